/**
 * A smoke test of the samplers of ordered responses by simulation-based calibration: 20 seeded fits each, thinned to 19 draws. At level 0.999 the
 * false-alarm rate is below 0.1 % a model (Bonferroni over its quantities); 1000 fits a sampler are run by `bench/validation/sbc.ts`.
 */
import { expect, test } from "vitest";
import { sbc } from "../../src/calibration/sbc.ts";
import { model } from "../../src/model-builder.ts";
import { halfNormal, normal } from "../../src/priors/distributions.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";
import { nuts } from "../../src/samplers/sampler.ts";

const rows = Array.from({ length: 12 }, (_, i) => i);
const declared = model({
  g: rows.map((i) => "abcd"[i % 4]!),
  x: rows.map((i) => Math.sin(1.7 * i + 0.3)),
  y: rows.map((i) => 1 + (i % 3)),
})
  .formula("y ~ x + (1 | g)")
  .prior("fixed", normal(0, 0.8))
  .prior("threshold", normal(0, 1.2))
  .prior("sd", halfNormal(0.7));

test.each([
  ["probit", gibbs({ chains: 1, warmup: 100, draws: 200 })],
  ["logit", nuts({ chains: 1, warmup: 100, draws: 100, target: "integrated", targetAcceptance: 0.9 })],
] as const)("cumulative %s: ranks of 20 fits are uniform", async (link, sampler) => {
  const result = await sbc(declared.family({ name: "cumulative", link }), {
    fits: 20,
    ranks: 19,
    level: 0.999,
    sampler,
    seed: `smoke/ordinal/${link}`,
  });
  expect(result.fits).toBe(20);
  expect(result.calibrated, String(result)).toBe(true);
  for (const { name: quantity, ranks } of result.quantities) expect(new Set(ranks).size, quantity).toBeGreaterThan(5);
});
