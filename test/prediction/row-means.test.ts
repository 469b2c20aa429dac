import { describe, expect, it } from "vitest";
import type { DesignRows, PredictorDesign, RandomTermDesign } from "../../src/data/design.ts";
import { binomial } from "../../src/families/binomial.ts";
import type { Family } from "../../src/families/family.ts";
import { poisson } from "../../src/families/poisson.ts";
import { DeclarationError } from "../../src/messages/issue.ts";
import { parameterLayout } from "../../src/model/parameter-layout.ts";
import type { Estimand } from "../../src/prediction/estimand.ts";
import { rowMeans } from "../../src/prediction/row-means.ts";

const n = 4;
const predictor: PredictorDesign = {
  role: "mu",
  names: ["(Intercept)", "x"],
  X: Float64Array.of(1, -1, 1, 0, 1, 0.7, 1, 2),
  offset: Float64Array.of(0, 0.3, 0, -0.2),
  intercept: true,
};
const term = (change: Partial<RandomTermDesign>): RandomTermDesign => ({
  predictor: 0,
  group: "g",
  levels: ["a", "b"],
  index: Int32Array.of(0, 1, 1, 0),
  q: 2,
  names: ["(Intercept)", "x"],
  Z: predictor.X,
  covariance: "us",
  ...change,
});
const crossed: RandomTermDesign[] = [
  term({}),
  term({
    group: "h",
    levels: ["p", "q", "r"],
    index: Int32Array.of(2, 0, 1, 1),
    q: 1,
    names: ["(Intercept)"],
    Z: new Float64Array(n).fill(1),
  }),
  term({ covariance: "diag" }),
];
const rows = (random: RandomTermDesign[]): DesignRows => ({
  n,
  rows: Int32Array.of(0, 1, 2, 3),
  omitted: 0,
  trials: null,
  weights: null,
  predictors: [predictor],
  random,
});
const layout = parameterLayout([2], crossed, 0);
const x = Float64Array.of(-0.4, 0.8, 1.1, 0.5, 0.7, 0.9, 1.3, -0.6);
const b = [
  Float64Array.of(0.3, -0.2, 1.1, 0.4),
  Float64Array.of(-0.5, 0.2, 0.9),
  Float64Array.of(0.1, 0.2, -0.3, -0.4),
];

/** Σ_i s_i·mean_i for fixed s, with its gradients. */
function functional(family: Family, estimand: Estimand, at: Float64Array, effects: readonly Float64Array[]) {
  const means = rowMeans(family, layout, rows(crossed), estimand);
  means.evaluate(at, effects);
  const gx = new Float64Array(layout.size);
  const gb = effects.map((values) => new Float64Array(values.length));
  let value = 0;
  for (let i = 0; i < n; i++) {
    value += (i + 1) * means.mean.value[i]!;
    means.addMeanGradient(i, i + 1, gx, gb);
  }
  return { value, gx, gb };
}

const atZero = x.slice();
atZero.fill(0, 2);
const singular = x.slice();
singular[4] = 0;

describe.each([
  ["binomial, logit", binomial()],
  ["binomial, cloglog", binomial({ link: "cloglog" })],
  ["binomial, probit", binomial({ link: "probit" })],
  ["poisson, log", poisson()],
  ["poisson, sqrt", poisson({ link: "sqrt" })],
] as const)("row means, %s", (_, family) => {
  for (const estimand of ["population", "typical", "conditional"] as const)
    for (const [where, at] of [
      ["inside", x],
      ["at a singular Λ", singular],
      ["at Λ = 0", atZero],
    ] as const)
      it(`${estimand}: the gradient is that of the value, ${where}`, () => {
        const { gx, gb, value } = functional(family, estimand, at, b);
        const h = 1e-5;
        const scale = Math.max(1, Math.abs(value));
        for (let j = 0; j < layout.size; j++) {
          const up = at.slice();
          const down = at.slice();
          up[j]! += h;
          down[j]! -= h;
          const slope =
            (functional(family, estimand, up, b).value - functional(family, estimand, down, b).value) / (2 * h);
          expect(Math.abs(gx[j]! - slope) / scale).toBeLessThan(2e-9);
        }
        b.forEach((effects, t) => {
          effects.forEach((_value, k) => {
            const shifted = (by: number) => {
              const copy = b.map((values) => values.slice());
              copy[t]![k]! += by;
              return functional(family, estimand, at, copy).value;
            };
            expect(Math.abs(gb[t]![k]! - (shifted(h) - shifted(-h)) / (2 * h)) / scale).toBeLessThan(2e-9);
          });
        });
      });
});

describe("row means", () => {
  it("adds the variances of all terms: z'Σz", () => {
    const means = rowMeans(poisson(), layout, rows(crossed), "population");
    means.evaluate(x, null);
    for (let i = 0; i < n; i++) {
      const z = predictor.X[2 * i + 1]!;
      const us = (1.1 + 0.5 * z) ** 2 + (0.7 * z) ** 2;
      const scalar = 0.9 ** 2;
      const diag = 1.3 ** 2 + (0.6 * z) ** 2;
      expect(means.variance[0]![i]!).toBeCloseTo(us + scalar + diag, 13);
      const eta = predictor.offset[i]! - 0.4 + 0.8 * z;
      expect(means.mean.value[i]! / Math.exp(eta + (us + scalar + diag) / 2)).toBeCloseTo(1, 12);
    }
  });

  it("agrees across estimands where there is no variance", () => {
    const of = (estimand: Estimand) => {
      const means = rowMeans(binomial(), layout, rows(crossed), estimand);
      means.evaluate(
        atZero,
        b.map((values) => values.map(() => 0)),
      );
      return Array.from(means.mean.value);
    };
    expect(of("population")).toEqual(of("typical"));
    expect(of("conditional")).toEqual(of("typical"));
  });

  it("refuses, integrates or ignores levels the fit has not seen, as asked", () => {
    const unseen = [term({ index: Int32Array.of(0, -1, 1, 0) })];
    const small = parameterLayout([2], unseen, 0);
    const at = x.slice(0, small.size);
    const means = (newLevels: "error" | "population" | "typical") => {
      const made = rowMeans(binomial(), small, rows(unseen), "conditional", newLevels);
      made.evaluate(at, [b[0]!]);
      return made.mean.value;
    };
    expect(() => means("error")).toThrow(DeclarationError);
    expect(() => means("error")).toThrow(/Row 2 of the new data has a level of "g" that the fit has not seen/);
    const whole = (estimand: Estimand) => {
      const made = rowMeans(binomial(), small, rows([term({})]), estimand);
      made.evaluate(at, [b[0]!]);
      return made.mean.value;
    };
    expect(means("population")[1]).toBe(whole("population")[1]);
    expect(means("typical")[1]).toBe(whole("typical")[1]);
    expect(means("population")[0]).toBe(whole("conditional")[0]);
  });
});
