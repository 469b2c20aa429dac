/**
 * Draws of vectors and matrices: every part that has a known distribution, and the whole against the log density.
 * @module-tag slow
 */
import { describe, expect, test } from "vitest";
import { drawLkjPartialCorrelations, lkjLogNormaliser } from "../../src/covariance/lkj.ts";
import { correlationFactor } from "../../src/covariance/partial-correlations.ts";
import { choleskyFactor } from "../../src/linalg/dense-cholesky.ts";
import { createRng, type Rng } from "../../src/random/rng.ts";
import { multivariateNormal } from "../../src/random/variates.ts";
import { inverseWishartFactor } from "../../src/random/wishart.ts";
import { betaCdf, gammaP, normalCdf, normalQuantile } from "../../src/special/distributions.ts";
import { FALSE_ALARM, kolmogorovP } from "./goodness-of-fit.ts";
import { wishartVariate } from "./wishart-variate.ts";

const N = 20_000;

/** x with Lx = b, L lower triangular. */
function solveLower(L: ArrayLike<number>, q: number, b: ArrayLike<number>): number[] {
  const x: number[] = [];
  for (let i = 0; i < q; i++) {
    let sum = b[i]!;
    for (let j = 0; j < i; j++) sum -= L[i * q + j]! * x[j]!;
    x.push(sum / L[i * q + i]!);
  }
  return x;
}

const column = (rows: readonly (readonly number[])[], k: number) => rows.map((row) => row[k]!);

/** Numbers that are uniform and independent by row: each column is uniform, and the sum of squares of their normal scores is χ². */
function expectIndependentUniforms(rows: readonly (readonly number[])[]): void {
  const width = rows[0]!.length;
  for (let k = 0; k < width; k++)
    expect(
      kolmogorovP(column(rows, k), (u) => u),
      `part ${k}`,
    ).toBeGreaterThan(FALSE_ALARM);
  const scores = rows.map((row) => row.map((u) => normalQuantile(Math.min(Math.max(u, 1e-300), 1 - 1e-16))));
  const squares = scores.map((row) => row.reduce((sum, z) => sum + z * z, 0));
  expect(
    kolmogorovP(squares, (x) => gammaP(width / 2, x / 2)),
    "sum of squares",
  ).toBeGreaterThan(FALSE_ALARM);
  // a sum of normal scores with signs that differ from part to part would show a correlation that the squares hide
  const sums = scores.map((row) => row.reduce((sum, z, k) => sum + (k % 2 === 0 ? z : -z), 0) / Math.sqrt(width));
  expect(kolmogorovP(sums, normalCdf), "alternating sum").toBeGreaterThan(FALSE_ALARM);
}

test("multivariate normal: whitened, its parts are independent normals", () => {
  const rng = createRng("multivariate normal");
  const factor = Float64Array.of(2, 0, 0, -1.5, 0.5, 0, 0.3, 0.8, 1.2);
  const mean = Float64Array.of(1, -1, 10);
  const out = new Float64Array(3);
  const rows = Array.from({ length: N }, () => {
    multivariateNormal(rng, mean, factor, out);
    return solveLower(
      factor,
      3,
      out.map((x, i) => x - mean[i]!),
    ).map(normalCdf);
  });
  expectIndependentUniforms(rows);
});

describe("Wishart and inverse-Wishart", () => {
  const S = [6, 1.5, -1, 1.5, 3, 0.4, -1, 0.4, 2];
  const q = 3;

  /** Bartlett's decomposition of W ~ Wishart(df, S): with S = FF' and W = LL', F⁻¹L has independent χ on its diagonal and normals below. */
  function bartlettParts(W: Float64Array, F: Float64Array, df: number): number[] {
    if (!choleskyFactor(W, q)) throw new Error("A draw is not positive definite.");
    const columns = Array.from({ length: q }, (_, j) =>
      solveLower(
        F,
        q,
        Array.from({ length: q }, (_, i) => (i < j ? 0 : W[i * q + j]!)),
      ),
    );
    const parts: number[] = [];
    for (let i = 0; i < q; i++)
      for (let j = 0; j <= i; j++) {
        const value = columns[j]![i]!;
        parts.push(i === j ? gammaP((df - i) / 2, (value * value) / 2) : normalCdf(value));
      }
    return parts;
  }

  function factorOf(matrix: readonly number[]): Float64Array {
    const F = Float64Array.from(matrix);
    choleskyFactor(F, q);
    return F;
  }

  test("Wishart of 3 × 3 by Bartlett's parts", () => {
    const rng = createRng("wishart 3");
    const F = factorOf(S);
    const W = new Float64Array(9);
    const rows = Array.from({ length: N }, () => {
      wishartVariate(rng, 4.5, F, q, W);
      return bartlettParts(W, F, 4.5);
    });
    expectIndependentUniforms(rows);
  });

  /** (MM')⁻¹ of a lower-triangular M. */
  function inverseOfProduct(M: Float64Array): number[] {
    const inverse = Array.from({ length: q }, (_, j) =>
      solveLower(
        M,
        q,
        Array.from({ length: q }, (_, i) => (i === j ? 1 : 0)),
      ),
    );
    // column j of M⁻¹ is inverse[j]; (M⁻¹)'M⁻¹
    return Array.from({ length: 9 }, (_, k) => {
      const [a, b] = [inverse[Math.floor(k / q)]!, inverse[k % q]!];
      return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    });
  }

  test("the inverse of an inverse-Wishart of 3 × 3 by Bartlett's parts", () => {
    const rng = createRng("inverse wishart 3");
    const F = factorOf(inverseOfProduct(factorOf(S)));
    const out = new Float64Array(9);
    const rows = Array.from({ length: N }, () => {
      inverseWishartFactor(rng, 5, Float64Array.from(S), q, out);
      return bartlettParts(Float64Array.from(inverseOfProduct(out)), F, 5);
    });
    expectIndependentUniforms(rows);
  });
});

describe("LKJ", () => {
  /** The factor of a correlation matrix from its distribution. */
  function drawFactor(rng: Rng, eta: number, q: number, L: Float64Array): void {
    const partial = new Float64Array((q * (q - 1)) / 2);
    drawLkjPartialCorrelations(rng, eta, q, partial);
    correlationFactor(q, partial.map(Math.atanh), 0, L);
  }

  test.each([
    [1, 2],
    [1, 3],
    [2, 3],
    [0.7, 4],
    [5, 5],
  ])("every correlation of LKJ(%d) of %d is 2 beta(eta − 1 + q/2, the same) − 1", (eta, q) => {
    const rng = createRng(`lkj ${eta} ${q}`);
    const L = new Float64Array(q * q);
    const correlations = Array.from({ length: (q * (q - 1)) / 2 }, () => new Float64Array(N));
    for (let d = 0; d < N; d++) {
      drawFactor(rng, eta, q, L);
      let pair = 0;
      for (let a = 1; a < q; a++)
        for (let b = 0; b < a; b++) {
          let r = 0;
          for (let k = 0; k <= b; k++) r += L[a * q + k]! * L[b * q + k]!;
          correlations[pair++]![d] = r;
        }
    }
    const shape = eta - 1 + q / 2;
    for (const draws of correlations)
      expect(kolmogorovP(draws, (r) => betaCdf((1 + r) / 2, shape, shape))).toBeGreaterThan(FALSE_ALARM);
  });

  test.each([
    [1, 2],
    [2, 3],
    [0.7, 4],
    [5, 5],
  ])("LKJ(%d) of %d against the log density: the ratio to other densities averages 1", (eta, q) => {
    const rng = createRng(`lkj density ${eta} ${q}`);
    const L = new Float64Array(q * q);
    const logDeterminants = Array.from({ length: N }, () => {
      drawFactor(rng, eta, q, L);
      let sum = 0;
      for (let a = 0; a < q; a++) sum += 2 * Math.log(L[a * q + a]!);
      return sum;
    });
    // det(R)^(other − eta) c(eta)/c(other) is bounded for another eta above
    for (const other of [eta + 0.5, eta + 1, eta + 3]) {
      const constant = lkjLogNormaliser(other, q) - lkjLogNormaliser(eta, q);
      const ratios = logDeterminants.map((log) => Math.exp((other - eta) * log + constant));
      const mean = ratios.reduce((a, b) => a + b) / N;
      const variance = ratios.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (N - 1);
      // two-sided 3.89 standard errors: 1e-4
      expect(Math.abs(mean - 1)).toBeLessThan(3.89 * Math.sqrt(variance / N));
    }
  });
});
