/**
 * A smoke test of every Gibbs sampler by simulation-based calibration: 20 seeded fits of small models, thinned to 19 draws. At level 0.999 a model the
 * false-alarm rate is below 0.1 % a model (Bonferroni over its quantities) and 0.7 % over the file; 1000 fits a sampler are run by `bench/validation/sbc.ts`.
 */
import { expect, test } from "vitest";
import { sbc } from "../../src/calibration/sbc.ts";
import { model } from "../../src/model-builder.ts";
import { gamma, halfNormal, lkj, normal } from "../../src/priors/distributions.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";

const rows = Array.from({ length: 12 }, (_, i) => i);
const many = Array.from({ length: 28 }, (_, i) => i);
const declared = model({
  g: rows.map((i) => "abcd"[i % 4]!),
  x: rows.map((i) => Math.sin(1.7 * i + 0.3)),
  size: rows.map((i) => 1 + (i % 3)),
  y: rows.map(() => 1),
})
  .formula("y ~ x + (1 | g)")
  .prior("fixed", normal(0, 0.8))
  .prior("sd", halfNormal(0.7));
const trials = declared.response("y", { trials: "size" });
const manyLevels = model({
  g: many.map((i) => `g${i % 14}`),
  x: many.map((i) => Math.sin(1.7 * i + 0.3)),
  y: many.map((i) => i % 2),
})
  .formula("y ~ x + (1 | g)")
  .prior("fixed", normal(0, 0.8))
  .prior("sd", halfNormal(0.7));

test.each([
  ["gaussian, effects integrated out", () => declared.prior("sigma", halfNormal(1))],
  [
    "gaussian with slopes",
    () => declared.formula("y ~ x + (x | g)").prior("cor", lkj(2)).prior("sigma", halfNormal(1)),
  ],
  ["gaussian, interwoven", () => manyLevels.prior("sigma", halfNormal(1))],
  ["probit", () => trials.family({ name: "binomial", link: "probit" })],
  ["logit", () => trials.family({ name: "binomial" })],
  ["nbinom2", () => declared.family({ name: "nbinom2" }).prior("aux", gamma(4, 2))],
  ["poisson", () => declared.family({ name: "poisson" })],
] as const)("%s: ranks of 20 fits are uniform", async (name, declare) => {
  const result = await sbc(declare() as Parameters<typeof sbc>[0], {
    fits: 20,
    ranks: 19,
    level: 0.999,
    sampler: gibbs({ chains: 1, warmup: 100, draws: 200 }),
    seed: `smoke/${name}`,
  });
  expect(result.fits).toBe(20);
  expect(result.calibrated, String(result)).toBe(true);
  for (const { name: quantity, ranks } of result.quantities) expect(new Set(ranks).size, quantity).toBeGreaterThan(5);
});
