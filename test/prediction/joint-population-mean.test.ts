import { describe, expect, it } from "vitest";
import { type ConditionalMean, jointPopulationMean, meanBuffers } from "../../src/prediction/joint-population-mean.ts";
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

  it("refuses three integrated predictors in a sentence", () => {
    const three: ConditionalMean = { predictors: 3, globals: 0, evaluate() {} };
    const one = () => [1, 2, 3].map((e) => Float64Array.of(e));
    expect(() => jointPopulationMean(three, one(), one(), new Float64Array(0), 1, meanBuffers(1, 3, 0))).toThrow(
      /random effects of 3 linear predictors at once, and at most 2 are supported/,
    );
  });
});
