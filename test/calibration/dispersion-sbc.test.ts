/**
 * A smoke test of posteriors with a predictor for the dispersion, and of the beta distribution, by simulation-based calibration: 20 seeded fits each,
 * thinned to 19 draws, at level 0.999; more are run by `bench/validation/sbc.ts`.
 */
import { expect, test } from "vitest";
import { Beta, model, nuts } from "../../src/index.ts";
import { sbc } from "../../src/public/checks.ts";
import { halfNormal, normal } from "../../src/public/priors.ts";

const rows = Array.from({ length: 12 }, (_, i) => i);
const declared = model({
  g: rows.map((i) => "abcd"[i % 4]!),
  x: rows.map((i) => Math.sin(1.7 * i + 0.3)),
  y: rows.map((i) => (1 + i) / 14),
})
  .formula("y ~ x + (1 | g)")
  .prior("fixed", normal(0, 0.5))
  .prior("sd", halfNormal(0.5))
  .dispersion("~ x");

test.each([
  ["gaussian", declared.prior("fixed:disp", normal(0, 0.5))],
  ["beta", declared.family(Beta()).prior("fixed:disp", normal(2, 0.5))],
] as const)(
  "%s: ranks of 20 fits are uniform, those of the dispersion by their own names",
  async (name, declaration) => {
    const result = await sbc(declaration, {
      fits: 20,
      ranks: 19,
      level: 0.999,
      sampler: nuts({ chains: 1, warmup: 100, draws: 100, target: "integrated", targetAcceptance: 0.9 }),
      seed: `smoke/dispersion/${name}`,
    });
    expect(result.calibrated, String(result)).toBe(true);
    const names = result.quantities.map((quantity) => quantity.name);
    expect(names.slice(0, 4)).toEqual(["(Intercept)", "x", "disp (Intercept)", "disp x"]);
    expect(new Set(names).size).toBe(names.length);
    for (const { name: quantity, ranks } of result.quantities) expect(new Set(ranks).size, quantity).toBeGreaterThan(5);
  },
);
