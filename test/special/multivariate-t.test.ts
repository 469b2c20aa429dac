import { describe, expect, it } from "vitest";
import { studentTTwoSided } from "../../src/special/distributions.ts";
import { maximumT } from "../../src/special/multivariate-t.ts";
import { studentisedRangeUpper } from "../../src/special/studentised-range.ts";

/** Correlations of all differences of means with these variances: singular from three means on. */
function differences(variances: readonly number[]): { readonly R: Float64Array; readonly n: number } {
  const pairs = variances.flatMap((_, b) => Array.from({ length: b }, (__, a) => [a, b] as const));
  const n = pairs.length;
  const covariance = (p: readonly [number, number], q: readonly [number, number]) =>
    variances.reduce((sum, v, m) => {
      const own = Number(m === p[1]) - Number(m === p[0]);
      return sum + own * (Number(m === q[1]) - Number(m === q[0])) * v;
    }, 0);
  const R = Float64Array.from({ length: n * n }, (_, k) => {
    const [p, q] = [pairs[Math.floor(k / n)]!, pairs[k % n]!];
    return covariance(p, q) / Math.sqrt(covariance(p, p) * covariance(q, q));
  });
  return { R, n };
}

const equal = (n: number, rho: number) => Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : rho));

describe("the largest of correlated t statistics", () => {
  it("is the studentised range of differences between equally good means", () => {
    const { R, n } = differences([1, 1, 1, 1]);
    for (const [c, df] of [
      [2, 7],
      [3, 20],
      [2.5, Number.POSITIVE_INFINITY],
    ] as const)
      expect(Math.abs(maximumT(R, n, df, "two").upper(c) - studentisedRangeUpper(Math.SQRT2 * c, 4, df))).toBeLessThan(
        1e-4,
      );
  });

  it("is mvtnorm's pmvt of unequal ones", () => {
    // mvtnorm, R 4.2: 1 - pmvt(rep(-c, 6), rep(c, 6), df, corr = R, algorithm = GenzBretz(maxpts = 2e6, abseps = 1e-7))
    const { R, n } = differences([1, 0.5, 2, 1.3]);
    for (const [c, df, p] of [
      [2, 7, 0.268790164],
      [2.8, 7, 0.09530527264],
      [4, 7, 0.02047566841],
      [2.5, 30, 0.0781470183],
      [2.5, Number.POSITIVE_INFINITY, 0.05807157938],
    ] as const)
      expect(Math.abs(maximumT(R, n, df, "two").upper(c) - p)).toBeLessThan(1e-4);
  });

  it("has a quantile that is exceeded as often as is asked, on one side and on both", () => {
    for (const tail of ["two", "upper"] as const) {
      const max = maximumT(equal(5, 0.5), 5, 10, tail);
      expect(Math.abs(max.upper(max.critical(0.05)) - 0.05)).toBeLessThan(1e-4);
    }
    // Dunnett 1964, Biometrics 20, table II: five treatments, 10 degrees of freedom
    expect(maximumT(equal(5, 0.5), 5, 10, "two").critical(0.05)).toBeCloseTo(2.99, 2);
  });

  it("is that of one where all are the same, and of independent ones a product", () => {
    expect(maximumT(equal(3, 1), 3, 8, "two").upper(2)).toBeCloseTo(studentTTwoSided(2, 8), 12);
    const one = studentTTwoSided(2, Number.POSITIVE_INFINITY);
    expect(maximumT(equal(4, 0), 4, Number.POSITIVE_INFINITY, "two").upper(2)).toBeCloseTo(1 - (1 - one) ** 4, 8);
    expect(maximumT(equal(4, 0), 4, 12, "two").upper(0)).toBe(1);
  });
});
