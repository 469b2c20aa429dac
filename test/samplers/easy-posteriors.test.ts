/** Posteriors that are easy must not diverge at the default settings. */
import { expect, test } from "vitest";
import { binomial } from "../../src/families/binomial.ts";
import { model } from "../../src/model-builder.ts";
import { halfStudentT, normal, uniform } from "../../src/priors/distributions.ts";
import { createRng } from "../../src/random/rng.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";

const divergent = (fit: Posterior) => fit.diagnostics.divergences.reduce((sum, count) => sum + count, 0);

test("four groups of 100 000 trials: none diverges, and the sd is that of four known logits", async () => {
  const shares = [0.31, 0.2, 0.16, 0.28];
  const table = {
    y: shares.map((share) => Math.round(share * 1e5)),
    n: shares.map(() => 1e5),
    g: ["a", "b", "c", "d"],
  };
  const fit = await model(table)
    .formula("y | trials(n) ~ 1 + (1 | g)")
    .family(binomial())
    .prior("fixed", normal(0, 2.5))
    .prior("sd", halfStudentT(3, 2.5))
    .sample(nuts({ seed: 1 }));
  expect(divergent(fit)).toBe(0);
  // p(sd | logits), the intercept integrated out: logits ~ N(0, sd²I + 6.25 11')
  const logits = shares.map((share) => Math.log(share / (1 - share)));
  const mean = logits.reduce((sum, value) => sum + value, 0) / 4;
  const within = logits.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  let total = 0;
  let first = 0;
  for (let s = 0.01; s < 60; s *= 1.002) {
    const level = s * s + 4 * 6.25;
    const density =
      s ** -3 *
      level ** -0.5 *
      Math.exp(-within / (2 * s * s) - (2 * mean * mean) / level) *
      (1 + (s / 2.5) ** 2 / 3) ** -2;
    total += density * s;
    first += density * s * s;
  }
  const row = fit.tidy().find(({ term }) => term === "sd__(Intercept)")!;
  expect(Math.abs(row.estimate - first / total)).toBeLessThan(5 * row.mcse!);
});

test("a uniform prior that cuts the posterior of the sds is no wall", async () => {
  const rng = createRng("wall");
  const effects = [1.2, -0.8, 0.1, 2, -1.5, 0.6];
  const g = Array.from({ length: 36 }, (_, i) => i % 6);
  const table = { g: g.map(String), y: g.map((group) => effects[group]! + 0.01 * rng.normal()) };
  const fit = await model(table)
    .formula("y ~ 1 + (1 | g)")
    .prior("sd", uniform(0, 1.3))
    .prior("sigma", uniform(0, 1))
    .sample(nuts({ seed: 1 }));
  // against a wall 1 in 7 transitions diverged
  expect(divergent(fit)).toBeLessThan(5);
  const { values, size } = fit.draws;
  const sds = Array.from({ length: 4000 }, (_, d) => values[d * size + 1]!);
  expect(Math.max(...sds)).toBeLessThan(1.3);
  expect(sds.filter((sd) => sd > 1.25).length).toBeGreaterThan(200);
});

test.each([1e-10, 1e10])("a response in a unit of %d: the posterior of the usual one", async (unit) => {
  const rng = createRng("units");
  const g = Array.from({ length: 40 }, (_, i) => `g${i % 12}`);
  const x = g.map(() => rng.normal());
  const y = g.map((_, i) => (1 + 0.5 * x[i]! + 0.2 * (i % 12) + 0.4 * rng.normal()) * unit);
  const declared = model({ g, x, y }).formula("y ~ x + (1 | g)");
  const ml = await declared.fit();
  const fit = await declared.sample(nuts({ seed: 1, chains: 2, draws: 500 }));
  for (const { rhat } of fit.tidy()) expect(rhat).toBeLessThan(1.03);
  for (const [j, row] of fit.tidy({ effects: ["fixed"] }).entries())
    expect(Math.abs(row.estimate - ml.tidy()[j]!.estimate)).toBeLessThan(0.2 * row.std_error!);
});
