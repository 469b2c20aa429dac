import { describe, expect, it } from "vitest";
import type { IntegralData } from "../../src/marginal/integral-data.ts";
import { parameterLayout } from "../../src/model/parameter-layout.ts";
import { standardise } from "../../src/model/standardise.ts";

/** A badly scaled design: an intercept, a calendar year, and a column of size 1e6. */
function awkwardData(): IntegralData {
  const n = 40;
  const X = new Float64Array(n * 3);
  const Z = new Float64Array(n * 2);
  for (let i = 0; i < n; i++) {
    X.set([1, 2000 + (i % 10), 1e6 * Math.sin(i)], 3 * i);
    Z.set([1, 2000 + (i % 10)], 2 * i);
  }
  const index = Int32Array.from({ length: n }, (_, i) => i % 8);
  const term = {
    predictor: 0,
    group: "g",
    levels: Array.from("abcdefgh"),
    index,
    q: 2,
    names: ["(Intercept)", "year"],
    Z,
    covariance: "us" as const,
  };
  return {
    n,
    predictors: [{ role: "mu", names: ["(Intercept)", "year", "x"], X, offset: new Float64Array(n), intercept: true }],
    random: [term],
    columns: { y: new Float64Array(n) },
    multiplier: null,
    layout: parameterLayout([3], [term], 1),
  };
}

describe("standardise", () => {
  const data = awkwardData();
  const map = standardise(data);
  const x = new Float64Array([-30, 0.02, 1e-6, 2, 0.3, 0.001, 1.5]);

  it("has orthogonal columns of mean square 1", () => {
    const { X } = map.data.predictors[0]!;
    for (let a = 0; a < 3; a++)
      for (let b = 0; b < 3; b++) {
        let s = 0;
        for (let i = 0; i < data.n; i++) s += X[3 * i + a]! * X[3 * i + b]!;
        expect(s / data.n).toBeCloseTo(a === b ? 1 : 0, 13);
      }
  });

  it("leaves linear predictors as they are", () => {
    const out = new Float64Array(7);
    map.toStandardised(x, out);
    for (let i = 0; i < data.n; i++) {
      let original = 0;
      let standardised = 0;
      for (let j = 0; j < 3; j++) {
        original += data.predictors[0]!.X[3 * i + j]! * x[j]!;
        standardised += map.data.predictors[0]!.X[3 * i + j]! * out[j]!;
      }
      expect(standardised).toBeCloseTo(original, 9);
      // z'Λ: the same row vector in both coordinates
      const L = [x[3]!, 0, x[4]!, x[5]!];
      const M = [out[3]!, 0, out[4]!, out[5]!];
      for (let k = 0; k < 2; k++) {
        const a = data.random[0]!.Z[2 * i]! * L[k]! + data.random[0]!.Z[2 * i + 1]! * L[2 + k]!;
        const b = map.data.random[0]!.Z[2 * i]! * M[k]! + map.data.random[0]!.Z[2 * i + 1]! * M[2 + k]!;
        expect(b).toBeCloseTo(a, 9);
      }
    }
  });

  it("goes there and back", () => {
    const there = new Float64Array(7);
    const back = new Float64Array(7);
    map.toStandardised(x, there);
    map.toOriginal(there, back);
    for (let i = 0; i < 7; i++) expect(back[i]! / x[i]!).toBeCloseTo(1, 9);
  });

  it("pulls gradients back as the transpose of the map", () => {
    const weights = Float64Array.from({ length: 7 }, (_, i) => Math.cos(i));
    const f = (point: Float64Array) => {
      const out = new Float64Array(7);
      map.toStandardised(point, out);
      return out.reduce((s, value, i) => s + value * weights[i]!, 0);
    };
    const gradient = new Float64Array(7);
    map.pullbackToOriginal(weights, gradient);
    const again = new Float64Array(7);
    map.pullbackToStandardised(gradient, again);
    for (let i = 0; i < 7; i++) expect(again[i]).toBeCloseTo(weights[i]!, 9);
    for (let i = 0; i < 7; i++) {
      const unit = new Float64Array(7);
      unit[i] = 1;
      expect(gradient[i]! / f(unit)).toBeCloseTo(1, 9);
    }
  });
});
