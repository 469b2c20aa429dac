import { describe, expect, it } from "vitest";
import { type ConditionalMean, meanBuffers } from "../../src/prediction/conditional-mean.ts";
import { jointPopulationMean } from "../../src/prediction/joint-population-mean.ts";
import { linkFunction } from "../../src/prediction/link-function.ts";
import { populationMean } from "../../src/prediction/population-mean.ts";

const logit = linkFunction("logit");

/** A zero-inflated mean with a scale: φ(1 − π)exp(η₀), logit π = η₁. */
const inflated: ConditionalMean = {
  predictors: 2,
  globals: 1,
  evaluate(eta, phi, n, out) {
    for (let i = 0; i < n; i++) {
      const rate = Math.exp(eta[0]![i]!);
      const pi = logit.mean(eta[1]![i]!);
      out.value[i] = phi[0]! * rate * (1 - pi);
      out.dEta[0]![i] = out.value[i]!;
      out.dEta[1]![i] = -phi[0]! * rate * logit.slope(eta[1]![i]!);
      out.dPhi[0]![i] = rate * (1 - pi);
    }
  },
};
const phi = Float64Array.of(1.7);
const at = (eta: [number, number], v: [number, number]) => {
  const out = meanBuffers(1, 2, 1);
  jointPopulationMean(
    inflated,
    eta.map((e) => Float64Array.of(e)),
    v.map((e) => (e === 0 ? null : Float64Array.of(e))),
    phi,
    1,
    out,
  );
  return out;
};
const cases: [[number, number], [number, number]][] = [
  [
    [0.3, -0.8],
    [0, 0],
  ],
  [
    [0.3, -0.8],
    [1.2, 0],
  ],
  [
    [0.3, -0.8],
    [0, 6],
  ],
  [
    [0.3, -0.8],
    [0.5, 2],
  ],
  [
    [-1, 2],
    [9, 16],
  ],
];

describe("the population mean over several predictors", () => {
  it.each(cases)("factorises where the mean does: η %j, v %j", (eta, v) => {
    const one = [new Float64Array(1), new Float64Array(1), new Float64Array(1)] as const;
    populationMean(logit, Float64Array.of(eta[1]), Float64Array.of(v[1]), 1, ...one);
    const rate = Math.exp(eta[0] + v[0] / 2);
    const out = at(eta, v);
    const truth = phi[0]! * rate * (1 - one[0][0]!);
    expect(out.value[0]! / truth).toBeCloseTo(1, 12);
    expect(out.dEta[0]![0]! / truth).toBeCloseTo(1, 12);
    expect(out.dEta[1]![0]! / (-phi[0]! * rate * one[1][0]!)).toBeCloseTo(1, 11);
    expect(out.dPhi[0]![0]! / (truth / phi[0]!)).toBeCloseTo(1, 12);
    if (v[0] > 0) expect(out.dVariance[0]![0]! / (truth / 2)).toBeCloseTo(1, 10);
    if (v[1] > 0) expect(out.dVariance[1]![0]! / (-phi[0]! * rate * one[2][0]!)).toBeCloseTo(1, 9);
  });

  it("leaves ∂/∂v at 0 where there is no variance", () => {
    const out = at([0.3, -0.8], [0, 6]);
    expect(out.dVariance[0]![0]).toBe(0);
  });

  it("refuses more directions than its rules have, and a mean that is not finite, in a sentence", () => {
    const wide = (size: number): ConditionalMean => ({
      predictors: size,
      globals: 0,
      evaluate(eta, _, n, out) {
        for (let i = 0; i < n; i++) out.value[i] = Math.sqrt(eta[0]![i]!);
      },
    });
    const run = (size: number) => {
      const one = () => Array.from({ length: size }, () => Float64Array.of(1));
      jointPopulationMean(wide(size), one(), one(), new Float64Array(0), 1, meanBuffers(1, size, 0));
    };
    expect(() => run(21)).toThrow(/random effects of 21 linear predictors at once, and at most 20 are supported/);
    expect(() => run(1)).toThrow(/not finite for some of the values that the random effects can take/);
  });
});

/** The logistic curve A/(1 + exp((m − x)/s)) of a few x: three predictors with sds of their own scale. */
const curve: ConditionalMean = {
  predictors: 3,
  globals: 0,
  evaluate([A, m, s], _, n, out, columns) {
    for (let i = 0; i < n; i++) {
      const u = (m![i]! - columns!["x"]![i]!) / s![i]!;
      const p = logit.mean(-u);
      const slope = A![i]! * p * (1 - p);
      out.value[i] = A![i]! * p;
      out.dEta[0]![i] = p;
      out.dEta[1]![i] = -slope / s![i]!;
      out.dEta[2]![i] = (slope * u) / s![i]!;
    }
  },
};

/** E f(η + Lx) by a fine tensor of trapezoids, the covariance as it is. */
function brute(mean: ConditionalMean, eta: readonly number[], L: readonly (readonly number[])[], x: number): number {
  const [K, d] = [eta.length, L[0]!.length];
  const points = 49;
  const out = meanBuffers(1, K, 0);
  const z = new Array<number>(d).fill(0);
  let total = 0;
  let sum = 0;
  const visit = (c: number, weight: number) => {
    if (c < d) {
      for (let j = 0; j < points; j++) {
        z[c] = (8.1 * (2 * j - points + 1)) / (points - 1);
        visit(c + 1, weight * Math.exp(-0.5 * z[c]! ** 2));
      }
      return;
    }
    const at = eta.map((value, r) => Float64Array.of(value + L[r]!.reduce((t, l, k) => t + l * z[k]!, 0)));
    mean.evaluate(at, new Float64Array(0), 1, out, { x: Float64Array.of(x) });
    total += weight;
    sum += weight * out.value[0]!;
  };
  visit(0, 1);
  return sum / total;
}

/** Variances and covariances LL' in the form of `jointPopulationMean`, for n rows alike. */
function covarianceOf(L: readonly (readonly number[])[], n: number) {
  const entry = (r: number, s: number) => L[r]!.reduce((sum, l, k) => sum + l * L[s]![k]!, 0);
  const rows = (value: number) => new Float64Array(n).fill(value);
  return {
    variance: L.map((_, r) => rows(entry(r, r))),
    covariance: L.flatMap((_, r) => Array.from({ length: r }, (_, s) => rows(entry(r, s)))),
  };
}

const factorsOfCurve: Record<string, number[][]> = {
  "three correlated parameters": [
    [10, 0, 0],
    [0.4, 0.9, 0],
    [0.06, -0.08, 0.1],
  ],
  "three independent parameters": [
    [10, 0, 0],
    [0, 2, 0],
    [0, 0, 0.2],
  ],
  "a correlation of one": [
    [10, 0],
    [0.8, 0],
    [0, 0.3],
  ],
  "one effect in all three": [[10], [-1], [0.2]],
};
const ages = [2, 11];
const eta = [100, 10, 2.5];

describe("the population mean with effects correlated across predictors", () => {
  it.each(Object.entries(factorsOfCurve))("is that of brute force for %s", (_, L) => {
    const n = ages.length;
    const out = meanBuffers(n, 3, 0);
    const { variance, covariance } = covarianceOf(L, n);
    const at = eta.map((value) => new Float64Array(n).fill(value));
    const run = () =>
      jointPopulationMean(curve, at, variance, new Float64Array(0), n, out, { x: Float64Array.from(ages) }, covariance);
    run();
    ages.forEach((age, i) => {
      const truth = brute(curve, eta, L, age);
      expect(Math.abs(out.value[i]! / truth - 1)).toBeLessThan(1e-10);
      expect(out.error[i]).toBe(0);
    });
    // again, from the rules that served
    const before = out.value.slice();
    run();
    expect(Math.max(...out.value.map((value, i) => Math.abs(value / before[i]! - 1)))).toBeLessThan(1e-10);
  });

  it.each(Object.entries(factorsOfCurve))("has the gradient of differences for %s", (_, L) => {
    const n = ages.length;
    const value = (change: (eta: number[], L: number[][]) => void, out = meanBuffers(n, 3, 0)) => {
      const [e, F] = [eta.slice(), L.map((row) => row.slice())];
      change(e, F);
      const { variance, covariance } = covarianceOf(F, n);
      const at = e.map((one) => new Float64Array(n).fill(one));
      jointPopulationMean(curve, at, variance, new Float64Array(0), n, out, { x: Float64Array.from(ages) }, covariance);
      return out;
    };
    const out = value(() => {});
    const derivative = (change: (h: number) => (eta: number[], L: number[][]) => void, h: number) => {
      const [up, down] = [value(change(h)), value(change(-h))];
      return up.value.map((v, i) => (v - down.value[i]!) / (2 * h));
    };
    const steps = [1e-2, 1e-3, 1e-4];
    eta.forEach((_, r) => {
      const numeric = derivative((h) => (e) => void (e[r]! += h), steps[r]!);
      numeric.forEach((slope, i) => {
        expect(Math.abs(slope - out.dEta[r]![i]!) * steps[r]!).toBeLessThan(1e-7);
      });
    });
    // along every change of the factor, ∂/∂L = (2 ∂/∂V)L off the diagonal counted once: singular covariances too
    const pair = (r: number, s: number) => (r > s ? (r * (r - 1)) / 2 + s : (s * (s - 1)) / 2 + r);
    L.forEach((row, r) => {
      row.forEach((_, c) => {
        const numeric = derivative((h) => (_, F) => void (F[r]![c]! += h), steps[r]!);
        numeric.forEach((slope, i) => {
          let expected = 2 * out.dVariance[r]![i]! * L[r]![c]!;
          for (let s = 0; s < 3; s++) if (s !== r) expected += out.dCovariance[pair(r, s)]![i]! * L[s]![c]!;
          expect(Math.abs(slope - expected) * steps[r]!).toBeLessThan(1e-6);
        });
      });
    });
  });
});

describe("the population mean in many directions", () => {
  // exp of a sum: the exact mean is known
  const size = 5;
  const product: ConditionalMean = {
    predictors: size,
    globals: 0,
    evaluate(at, _, n, out) {
      for (let i = 0; i < n; i++) {
        out.value[i] = Math.exp(at.reduce((sum, e) => sum + e[i]!, 0));
        for (const d of out.dEta) d[i] = out.value[i]!;
      }
    },
  };
  it("is that of quasi-Monte Carlo with a standard error that holds", () => {
    const sd = 0.2;
    const out = meanBuffers(1, size, 0);
    const one = (value: number) => Array.from({ length: size }, () => Float64Array.of(value));
    jointPopulationMean(product, one(0.1), one(sd * sd), new Float64Array(0), 1, out);
    const truth = Math.exp(size * (0.1 + 0.5 * sd * sd));
    expect(out.error[0]).toBeGreaterThan(0);
    expect(out.error[0]! / truth).toBeLessThan(1e-4 * Math.exp(0.5 * size * sd * sd)); // of the root mean square
    expect(Math.abs(out.value[0]! - truth)).toBeLessThan(4 * out.error[0]!);
    for (let r = 0; r < size; r++) {
      expect(Math.abs(out.dEta[r]![0]! / truth - 1)).toBeLessThan(1e-3);
      expect(Math.abs(out.dVariance[r]![0]! / (0.5 * truth) - 1)).toBeLessThan(1e-2);
      for (let s = 0; s < r; s++)
        expect(Math.abs(out.dCovariance[(r * (r - 1)) / 2 + s]![0]! / truth - 1)).toBeLessThan(2e-2);
    }
  });
});
