import { describe, expect, test } from "vitest";
import { sbc } from "../../src/calibration/sbc.ts";
import { sbcResult } from "../../src/calibration/sbc-result.ts";
import { model } from "../../src/model-builder.ts";
import { huangWandPrior } from "../../src/priors/conjugate-prior.ts";
import { flat, halfNormal, normal } from "../../src/priors/distributions.ts";
import { createRng } from "../../src/random/rng.ts";
import { gibbs } from "../../src/samplers/gibbs/gibbs.ts";
import { hmc, nuts } from "../../src/samplers/sampler.ts";

const rows = Array.from({ length: 24 }, (_, i) => i);
const table = {
  y: rows.map((i) => i % 3),
  x: rows.map((i) => Math.sin(i)),
  g: rows.map((i) => "abcdef"[i % 6]!),
  f: rows.map(() => 2),
};
const declared = () =>
  model(table)
    .formula("y ~ x + (1 | g)")
    .prior("fixed", normal(0, 1))
    .prior("sd", halfNormal(1))
    .prior("sigma", halfNormal(1));
const sampler = nuts({ chains: 1, warmup: 200, draws: 300, target: "integrated", targetAcceptance: 0.9 });

describe("simulation-based calibration", () => {
  test("of NUTS on a small Gaussian model: 20 fits, ranks inside the simultaneous bands", async () => {
    const seen: number[] = [];
    const result = await sbc(declared(), {
      fits: 20,
      sampler,
      ranks: 19,
      seed: "smoke",
      quantities: { "mean of b": ({ effects }) => effects[0]!.reduce((s, b) => s + b, 0) / 6 },
      onFit: (done) => seen.push(done),
    });
    expect(result.calibrated).toBe(true);
    expect(result.fits).toBe(20);
    expect(seen).toHaveLength(20);
    expect(result.quantities.map(({ name }) => name)).toEqual([
      "(Intercept)",
      "x",
      "sd__(Intercept) (g)",
      "sd__Observation (Residual)",
      "g[a].(Intercept)",
      "joint log-likelihood",
      "mean of b",
    ]);
    for (const { ranks, p_value } of result.quantities) {
      expect(ranks.every((rank) => rank >= 0 && rank <= 19)).toBe(true);
      expect(p_value).toBeGreaterThan(0.001);
    }
    expect(String(result)).toMatch(/Calibrated, as far as 20 fits can tell: the ranks of all 7 quantities are uniform/);
  });

  test.each([
    gibbs({ chains: 1, warmup: 100, draws: 400 }),
    hmc({ chains: 1, warmup: 150, draws: 200, target: "integrated" }),
  ])("runs over other samplers: $kind", async (other) => {
    const result = await sbc(declared(), { fits: 6, sampler: other, ranks: 9, seed: "others" });
    expect(result.fits).toBe(6);
    expect(result.calibrated).toBe(true);
    expect(new Set(result.quantities.flatMap(({ ranks }) => Array.from(ranks))).size).toBeGreaterThan(4);
  });

  test("finds draws that are not of the posterior", async () => {
    // True values come in arrays of their own, draws as parts of all draws: as if the sampler were off by 1.5.
    const result = await sbc(declared(), {
      fits: 12,
      sampler,
      ranks: 19,
      seed: "wrong",
      quantities: { shifted: ({ x }) => x[1]! + (x.buffer.byteLength === 8 * x.length ? 1.5 : 0) },
    });
    const shifted = result.quantities.at(-1)!;
    expect(shifted.p_value).toBeLessThan(0.001);
    expect(shifted.shape).toBe("high");
    expect(result.calibrated).toBe(false);
    expect(result.verdict).toMatch(/not calibrated.*"shifted"/);
  });

  test("refuses what it cannot calibrate", async () => {
    await expect(sbc(declared().prior("fixed:x", flat()), { fits: 1, sampler })).rejects.toThrow(/flat prior/);
    await expect(sbc(declared().frequencyWeights("f"), { fits: 1, sampler })).rejects.toThrow(/leave the weights out/);
    await expect(sbc(declared(), { fits: 0, ranks: 1000, level: 2, sampler })).rejects.toThrow(/has 2 faults/);
    const own = gibbs({ chains: 1, prior: huangWandPrior([[1]]) });
    await expect(sbc(declared(), { fits: 1, sampler: own })).rejects.toThrow(/conjugate priors of its own/);
    const wild = model(table).formula("y ~ x").family({ name: "poisson" }).prior("fixed", normal(1e6, 1));
    await expect(sbc(wild, { fits: 1, sampler })).rejects.toThrow(/none gave a response the family can have/);
  });
});

describe("verdicts on ranks", () => {
  const ranksOf = (scale: number, shift: number, seed: string) => {
    const rng = createRng(seed);
    return Int32Array.from({ length: 200 }, () => {
      const truth = rng.normal();
      let below = 0;
      for (let i = 0; i < 99; i++) if (shift + scale * rng.normal() < truth) below++;
      return below;
    });
  };
  const judge = (ranks: Int32Array) =>
    sbcResult({
      names: ["a"],
      ranks: [ranks],
      possible: 100,
      level: 0.95,
      warnings: [],
      lengthened: 0,
      divergent: 0,
    }).quantities[0]!;

  test.each([
    ["uniform", 1, 0],
    ["narrow", 0.7, 0],
    ["wide", 1.5, 0],
    ["high", 1, -0.4],
    ["low", 1, 0.4],
  ] as const)("%s", (shape, scale, shift) => {
    const found = judge(ranksOf(scale, shift, shape));
    expect(found.shape).toBe(shape);
    expect(found.inside).toBe(shape === "uniform");
    expect(found.p_value < 0.05).toBe(shape !== "uniform");
    expect(found.difference).toHaveLength(99);
  });
});
