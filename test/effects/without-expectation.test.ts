/** Means that draws cannot give: the median and the interval instead. */
import { expect, test } from "vitest";
import { marginalCoefficients } from "../../src/effects/marginal-coefficients.ts";
import { populationAverage } from "../../src/effects/population-average.ts";
import { poisson } from "../../src/families/poisson.ts";
import { model } from "../../src/model-builder.ts";
import { predict } from "../../src/prediction/predict.ts";
import { posteriorOf } from "../checks/fits.ts";

const table = { y: [3, 5, 1, 0, 12, 9], x: [0, 1, 0, 1, 0, 1], g: ["a", "a", "b", "b", "c", "c"] };
const declared = model(table).formula("y ~ x + (1 | g)").family(poisson());
/** sds with a tail of t with 3 degrees of freedom: E exp(sd²/2) is infinite. */
const draws = Array.from({ length: 1000 }, (_, d) => {
  const u = (d + 0.5) / 1000;
  return [1 + Math.sin(d), 0.1, 0.5 * (1 - u) ** (-1 / 3)];
});
const fit = posteriorOf(declared.compile(), draws);

test("population averages, their contrasts, predictions and marginal coefficients", () => {
  const { rows, contrasts, warnings } = populationAverage(fit, {
    by: "x",
    contrasts: "reference",
    estimands: ["population", "typical"],
  });
  const population = rows.filter(({ estimand }) => estimand === "population");
  for (const { estimate, std_error, conf_low, conf_high } of population) {
    expect(std_error).toBeNull();
    expect(estimate).toBeGreaterThan(conf_low!);
    expect(estimate).toBeLessThan(conf_high!);
  }
  // the ratio does not depend on the sd: it has its mean
  const ratio = contrasts.find((row) => row.estimand === "population" && row.measure === "ratio")!;
  expect(ratio.estimate).toBeCloseTo(Math.exp(0.1), 10);
  const typical = rows.find(({ estimand }) => estimand === "typical")!;
  expect(typical.std_error).toBeGreaterThan(0);
  expect(warnings.map(({ code }) => code)).toContain("no-expectation");
  expect(warnings.map(({ message }) => message).join()).toMatch(
    /The draws of 2 averages have tails too heavy for a mean/,
  );

  const predicted = predict(fit, { newdata: { x: [0], g: ["a"] }, estimand: "population" });
  expect(predicted.rows[0]).toMatchObject({ std_error: null });
  expect(predicted.rows[0]!.estimate).toBeCloseTo(population[0]!.estimate!, 8);
  expect(predicted.warnings.map(({ code }) => code)).toContain("no-expectation");
  // log E[Y] = β + sd²/2 has a tail with k = 2/3
  expect(marginalCoefficients(fit).rows[1]!.std_error).not.toBeNull();
});
