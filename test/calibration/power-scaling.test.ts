import { describe, expect, test } from "vitest";
import { cumulativeJensenShannon } from "../../src/calibration/jensen-shannon.ts";
import { type PowerScaleSensitivity, powerScaleSensitivity } from "../../src/calibration/power-scale-sensitivity.ts";
import { model } from "../../src/model-builder.ts";
import { flat, halfNormal, normal } from "../../src/priors/distributions.ts";
import { resolvePriors } from "../../src/priors/resolve.ts";
import { createRng } from "../../src/random/rng.ts";
import type { Posterior } from "../../src/samplers/posterior.ts";
import { nuts } from "../../src/samplers/sampler.ts";
import { normalCdf, normalQuantile } from "../../src/special/distributions.ts";

/** √(∫ [P log2(P/M) + Q log2(Q/M)] / ∫ (P + Q)) for distribution functions P, Q on [a, b], the larger of the two directions. */
function reference(P: (x: number) => number, Q: (x: number) => number, a: number, b: number): number {
  const steps = 20_000;
  const one = (p: (x: number) => number, q: (x: number) => number) => {
    let divergence = 0;
    let area = 0;
    for (let i = 0; i < steps; i++) {
      const x = a + ((i + 0.5) * (b - a)) / steps;
      const m = 0.5 * (p(x) + q(x));
      divergence += p(x) * Math.log2(p(x) / m) + q(x) * Math.log2(q(x) / m);
      area += p(x) + q(x);
    }
    return Math.sqrt(divergence / area);
  };
  return Math.max(
    one(P, Q),
    one(
      (x) => 1 - P(a + b - x),
      (x) => 1 - Q(a + b - x),
    ),
  );
}

describe("the cumulative Jensen-Shannon distance", () => {
  test("is that of the distribution functions", () => {
    const n = 20_000;
    const draws = Float64Array.from({ length: n }, (_, i) => normalQuantile((i + 0.5) / n));
    // density ratio of N(0.3, 1) to N(0, 1)
    const raw = draws.map((x) => Math.exp(0.3 * x - 0.045));
    const sum = raw.reduce((s, w) => s + w, 0);
    const found = cumulativeJensenShannon(
      draws,
      raw.map((w) => w / sum),
    );
    const range = draws[n - 1]!;
    const expected = reference(normalCdf, (x) => normalCdf(x - 0.3), -range, range);
    expect(Math.abs(found / expected - 1)).toBeLessThan(2e-3);
    expect(cumulativeJensenShannon(draws, new Float64Array(n).fill(1 / n))).toBeLessThan(1e-6);
  });
  test("does not depend on units or on the sign", () => {
    const rng = createRng("units");
    const draws = Float64Array.from({ length: 500 }, () => rng.normal());
    const raw = draws.map((x) => Math.exp(0.5 * x));
    const sum = raw.reduce((s, w) => s + w, 0);
    const weights = raw.map((w) => w / sum);
    const found = cumulativeJensenShannon(draws, weights);
    expect(
      cumulativeJensenShannon(
        draws.map((x) => -40 * x),
        weights,
      ),
    ).toBeCloseTo(found, 10);
    expect(found).toBeGreaterThan(0.05);
    expect(found).toBeLessThan(1);
  });
});

describe("power-scaling", () => {
  const rng = createRng("data");
  const n = 60;
  const x = Array.from({ length: n }, () => rng.normal());
  const g = Array.from({ length: n }, (_, i) => `g${i % 10}`);
  const b = Array.from({ length: 10 }, () => 0.7 * rng.normal());
  const table = { x, g, y: x.map((value, i) => 1 + 2 * value + b[i % 10]! + rng.normal()) };
  const declared = () =>
    model(table).formula("y ~ x + (1 | g)").prior("sd", halfNormal(2)).prior("sigma", halfNormal(2));
  const sampler = nuts({ chains: 2, warmup: 200, draws: 1000, seed: 3, target: "integrated" });
  const of = (result: PowerScaleSensitivity, term: string) => result.rows.find((row) => row.term === term)!;

  test("tells a prior that conflicts from one that does not matter", async () => {
    const weak = powerScaleSensitivity(await declared().prior("fixed", normal(0, 20)).sample(sampler));
    expect(of(weak, "x").diagnosis).toBe("none");
    expect(of(weak, "x").prior).toBeLessThan(0.02);
    expect(of(weak, "x").likelihood).toBeGreaterThan(0.05);
    const conflict = await declared().prior("fixed:x", normal(0, 0.3)).sample(sampler);
    const found = powerScaleSensitivity(conflict);
    expect(of(found, "x").diagnosis).toBe("conflict");
    expect(String(found)).toMatch(/prior and data pull in different directions/);
    expect(found.warnings).toEqual([]);
    // only the prior of the residual sd: x does not notice
    const other = powerScaleSensitivity(conflict, { priors: ["sigma"] });
    expect(of(other, "x").prior).toBeLessThan(0.05);
    expect(() => powerScaleSensitivity(conflict, { priors: ["fixed:z"] })).toThrow(/priors .* fixed:x/);
    expect(() => powerScaleSensitivity(conflict, { delta: 2 })).toThrow(
      /delta of powerScaleSensitivity\(\) must be a number between 0 and 1, not 2/,
    );
  });

  test("is the exact derivative for a normal mean at known variance", () => {
    // y ~ N(mean, 1), mean ~ N(0, 1): to the power α the prior gives N(n ȳ/(n + α), 1/(n + α)), the likelihood N(α n ȳ/(α n + 1), 1/(α n + 1))
    const y = [3.1, 2.9, 3.0, 3.2, 2.8];
    const compiled = model({ y }).formula("y ~ 1").prior("fixed", normal(0, 1)).compile();
    const total = 20_000;
    const [precision, centre] = [6, 15 / 6];
    const draws = Float64Array.from(
      { length: total },
      (_, i) => centre + normalQuantile((i + 0.5) / total) / Math.sqrt(precision),
    );
    // the residual sd is held at 1, so that its own prior and the scale drop out
    const values = Float64Array.from({ length: 2 * total }, (_, k) => (k % 2 === 0 ? draws[k / 2]! : 1));
    const fit = {
      kind: "posterior",
      tidy: () => [],
      model: compiled,
      resolvedPriors: resolvePriors(compiled),
      integral: { kind: "exact" },
      sampler: { kind: "nuts" },
      draws: { chains: 1, drawsPerChain: total, size: 2, values },
    } as object as Posterior;
    const { rows, paretoK } = powerScaleSensitivity(fit);
    const distance = (mean: number, variance: number) =>
      reference(
        (v) => normalCdf((v - centre) * Math.sqrt(precision)),
        (v) => normalCdf((v - mean) / Math.sqrt(variance)),
        draws[0]!,
        draws[total - 1]!,
      );
    const derivative = (posterior: (alpha: number) => readonly [number, number]) =>
      (distance(...posterior(1.01)) + distance(...posterior(1 / 1.01))) / (2 * Math.log2(1.01));
    const prior = derivative((alpha) => [15 / (5 + alpha), 1 / (5 + alpha)]);
    const likelihood = derivative((alpha) => [(15 * alpha) / (5 * alpha + 1), 1 / (5 * alpha + 1)]);
    expect(Math.abs(rows[0]!.prior / prior - 1)).toBeLessThan(0.01);
    expect(Math.abs(rows[0]!.likelihood / likelihood - 1)).toBeLessThan(0.01);
    expect(rows[0]!.prior).toBeGreaterThan(0.05);
    expect(rows[0]!.diagnosis).toBe("conflict");
    expect(paretoK.prior).toBeLessThan(0.7);
  });

  test("refuses priors that cannot be scaled", async () => {
    const improper = await model({ y: [3.1, 2.9, 3.0, 3.2, 2.8] })
      .formula("y ~ 1")
      .prior("fixed", flat())
      .prior("sigma", halfNormal(1))
      .sample(nuts({ chains: 1, warmup: 100, draws: 100, seed: 1 }));
    expect(() => powerScaleSensitivity(improper, { priors: ["fixed"] })).toThrow(/flat \(fixed:\(Intercept\)\)/);
  });
});
