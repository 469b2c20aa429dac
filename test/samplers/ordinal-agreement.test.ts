/** The posterior of an ordinal probit model by three samplers: Gibbs, NUTS with the random effects integrated out, and NUTS with them sampled. */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { loo } from "../../src/checks/leave-one-out.ts";
import { posteriorPredictive } from "../../src/checks/posterior-predictive.ts";
import { quantileResiduals } from "../../src/checks/quantile-residuals.ts";
import { populationAverage } from "../../src/effects/population-average.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { model } from "../../src/model-builder.ts";
import { readTable } from "../../src/node/read-csv.ts";
import { halfNormal, normal } from "../../src/priors/distributions.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";
import { nuts } from "../../src/samplers/sampler.ts";

it("is the same, and answers the same questions", async () => {
  const wine = await readTable(fileURLToPath(new URL("../../examples/data/wine.csv", import.meta.url)));
  const declared = model(wine)
    .formula("rating ~ temp + contact + (1 | judge)")
    .family(cumulative({ link: "probit" }))
    .prior("fixed", normal(0, 2))
    .prior("threshold", normal(0, 3))
    .prior("threshold:1|2", normal(-1, 1))
    .prior("sd", halfNormal(1));
  const fits = {
    gibbs: await declared.sample(gibbs({ chains: 2, warmup: 200, draws: 2000, seed: "agree" })),
    integrated: await declared.sample(
      nuts({ chains: 2, warmup: 150, draws: 300, seed: "agree", target: "integrated" }),
    ),
    joint: await declared.sample(nuts({ chains: 2, warmup: 300, draws: 400, seed: "agree", target: "joint" })),
  };
  const tables = Object.values(fits).map((fit) => fit.tidy());
  expect(tables[0]!.map(({ term }) => term)).toEqual([
    "tempwarm",
    "contactyes",
    "sd__(Intercept)",
    "1|2",
    "2|3",
    "3|4",
    "4|5",
  ]);
  tables[0]!.forEach(({ term, std_error }, k) => {
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      const [one, other] = [tables[a]![k]!, tables[b]![k]!];
      const error = Math.hypot(one.mcse!, other.mcse!);
      // 21 comparisons: a false alarm in 7000 runs of other seeds
      expect(Math.abs(one.estimate - other.estimate), `${term}: ${a}, ${b}`).toBeLessThan(4.5 * error);
      expect(error, term).toBeLessThan(0.25 * std_error!);
    }
  });
  const averages = Object.values(fits).map(
    (fit) => populationAverage(fit, { by: "temp", estimands: ["population"] }).rows,
  );
  averages[0]!.forEach((row, k) => {
    for (const other of averages) expect(other[k]!.estimate).toBeCloseTo(row.estimate!, 1);
  });
  const sums = [0, 0];
  for (const { temp, estimate } of averages[0]!) sums[temp === "warm" ? 1 : 0]! += estimate!;
  for (const sum of sums) expect(sum).toBeCloseTo(1, 10);
  const [one, other] = [loo(fits.joint).elpd_loo, loo(fits.integrated).elpd_loo];
  expect(Math.abs(one.estimate - other.estimate)).toBeLessThan(0.1 * one.se);
  const { residuals } = quantileResiduals(fits.integrated, { seed: 1 });
  // normal under the model: their mean is within 4.5 standard errors of 0
  expect(Math.abs(residuals.reduce((sum, r) => sum + r, 0) / Math.sqrt(residuals.length))).toBeLessThan(4.5);
  const shares = Object.fromEntries(
    [1, 2, 3, 4, 5].map((k) => [
      `share of ${k}`,
      (y: Float64Array) => y.filter((value) => value === k).length / y.length,
    ]),
  );
  for (const { p_value } of posteriorPredictive(fits.integrated, { statistics: shares, nsim: 300, seed: 1 }).rows) {
    expect(p_value).toBeGreaterThan(0.01);
    expect(p_value).toBeLessThan(0.99);
  }
});
