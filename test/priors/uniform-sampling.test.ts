/** Priors with walls: the search for the mode starts inside them, and no draw lies beyond. */
import { expect, test } from "vitest";
import { model } from "../../src/model-builder.ts";
import { doubleExponential, pcSd, uniform } from "../../src/priors/distributions.ts";
import { createRng } from "../../src/random/rng.ts";
import { nuts } from "../../src/samplers/sampler.ts";

const rng = createRng("walls");
const rows = Array.from({ length: 60 }, (_, i) => i);
const b = Array.from({ length: 10 }, () => 0.5 * rng.normal());
const x = rows.map(() => rng.normal());
const table = {
  x,
  g: rows.map((i) => `g${i % 10}`),
  y: rows.map((i) => 1 + 1.5 * x[i]! + b[i % 10]! + 0.5 * rng.normal()),
};

test("uniform priors for every class of parameter", async () => {
  const fit = await model(table)
    .formula("y ~ x + (1 | g)")
    .prior("fixed:(Intercept)", doubleExponential(0, 5))
    // the least-squares slope is near 1.5, and 0, where the search would begin, is excluded
    .prior("fixed:x", uniform(1, 4))
    .prior("sd", uniform(0, 0.9))
    .prior("sigma", uniform(0.1, 10))
    .sample(nuts({ chains: 2, warmup: 300, draws: 500, seed: 1 }));
  const by = Object.fromEntries(fit.tidy().map((row) => [row.term, row]));
  const { size, values } = fit.draws;
  for (let d = 0; d < values.length; d += size) {
    expect(values[d + 1]!).toBeGreaterThan(1);
    expect(values[d + 2]!).toBeGreaterThanOrEqual(0);
    expect(values[d + 2]!).toBeLessThan(0.9);
  }
  expect(Math.abs(by["x"]!.estimate - 1.5)).toBeLessThan(0.3);
  expect(by["x"]!.rhat!).toBeLessThan(1.05);
  expect(fit.priors.map(({ prior }) => prior)).toContain("uniform(0, 0.9)");
});

test("a tighter PC prior draws the groups together", async () => {
  const sdUnder = async (upper: number) => {
    const fit = await model(table)
      .formula("y ~ x + (1 | g)")
      .prior("sd", pcSd(upper, 0.05))
      .sample(nuts({ chains: 2, warmup: 200, draws: 500, seed: 2 }));
    return fit.tidy().find(({ term }) => term === "sd__(Intercept)")!.estimate;
  };
  const [loose, tight] = [await sdUnder(5), await sdUnder(0.1)];
  expect(tight).toBeLessThan(0.8 * loose);
});
