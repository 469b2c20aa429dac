/**
 * K = Z'V⁻¹Z, N = Z'V⁻¹E and E'V⁻¹E at one point of a Gaussian model, V its marginal covariance, E the orthonormal columns of the fixed effects: K as a
 * product, from cross-products alone. By Woodbury σ²K = A − AΛH⁻¹Λ'A with A = Z'R⁻¹Z, Λ relative to σ.
 *
 * Effects with a known covariance A across levels are written b = (A^½ ⊗ I)u here, so that levels are independent: "spherical" coordinates.
 */

import { choleskyFactor, choleskyInverse, symmetrise } from "../../../linalg/dense-cholesky.ts";
import { analyse, type SparseCholesky } from "../../../linalg/sparse-cholesky.ts";
import type { IntegralData } from "../../integral-data.ts";
import type { MergedFactor } from "../merged-factor.ts";
import { type PenalisedLeastSquares, penalisedLeastSquares } from "../penalised-least-squares.ts";

export interface EffectsPrecision {
  readonly data: IntegralData;
  readonly pls: PenalisedLeastSquares;
  /** Natural parameters of `data`. */
  readonly x: Float64Array;
  readonly sigma: number;
  /** Number of fixed effects, and of random effects. */
  readonly p: number;
  readonly size: number;
  /** E'V⁻¹E and its inverse Φ, p × p. */
  readonly information: Float64Array;
  readonly covariance: Float64Array;
  /** Z'V⁻¹E, size × p, spherical. */
  readonly N: Float64Array;
  /** Σ by factor, q × q. */
  readonly sigmas: readonly Float64Array[];
  /** B ← KB, spherical, size × columns. */
  multiply(B: Float64Array, columns: number): void;
  /** From spherical coordinates to those of u, by rows of levels, and the transpose back. */
  fromSpherical(B: Float64Array, columns: number): void;
  toSpherical(B: Float64Array, columns: number): void;
  /** B ← ΛH⁻¹Λ'B. */
  shrink(B: Float64Array, columns: number): void;
  /** B ← B − ΛH⁻¹Λ'AB: V⁻¹ZB = R⁻¹Z(that)/σ². */
  residualEffects(B: Float64Array, columns: number): void;
}

/** The root of a known covariance across levels, of a block of levels × width. */
function levelRoots(factors: readonly MergedFactor[]): readonly (SparseCholesky | null)[] {
  return factors.map(({ known }) => {
    if (!known) return null;
    const cholesky = analyse(known.pattern, "minimum-degree");
    cholesky.factor(known.values);
    return cholesky;
  });
}

/** Null where the point cannot be computed with. */
export function effectsPrecision(data: IntegralData, x: Float64Array): EffectsPrecision | null {
  const pls = penalisedLeastSquares(data);
  const { layout } = data;
  const sigma = data.sigma ?? x[layout.phi.offset]!;
  if (!(sigma > 0) || sigma === Number.POSITIVE_INFINITY) return null;
  const psiAt = layout.phi.offset + (data.sigma === undefined ? 1 : 0);
  if (pls.residual && !pls.residual.update(x, psiAt)) return null;
  const lambdaAt = layout.terms[0]?.offset ?? layout.phi.offset;
  if (!pls.setFactor(x, lambdaAt, 1 / sigma)) return null;
  const { design, statistics, system, grouping } = pls;
  const { p } = design;
  const { k, EE, ZE } = statistics;
  const { size } = system;
  const precision = 1 / (sigma * sigma);

  function shrink(B: Float64Array, columns: number): void {
    pls.multiplyFactorTransposed(B, columns);
    system.halfSolve(B, columns);
    system.halfSolveTransposed(B, columns);
    const half = B.slice();
    pls.multiplyFactor(half, B, columns);
  }
  function residualEffects(B: Float64Array, columns: number): void {
    const shrunk = new Float64Array(B.length);
    system.subtractCrossproduct(B, shrunk, columns);
    shrink(shrunk, columns);
    for (let i = 0; i < B.length; i++) B[i]! += shrunk[i]!;
  }

  const roots = levelRoots(grouping.factors);
  const onLevels = (
    B: Float64Array,
    columns: number,
    solve: (root: SparseCholesky, x: Float64Array, c: number) => void,
  ) =>
    grouping.factors.forEach(({ levels, q, base }, f) => {
      const root = roots[f];
      if (root) solve(root, B.subarray(base * columns, (base + levels * q) * columns), q * columns);
    });
  const fromSpherical = (B: Float64Array, columns: number) =>
    onLevels(B, columns, (root, part, c) => root.halfSolveTransposed(part, c));
  const toSpherical = (B: Float64Array, columns: number) =>
    onLevels(B, columns, (root, part, c) => root.halfSolve(part, c));

  // N = (Z'R⁻¹E − A·ΛH⁻¹Λ'Z'R⁻¹E)/σ²
  const N = new Float64Array(size * p);
  for (let row = 0; row < size; row++) for (let a = 0; a < p; a++) N[row * p + a] = ZE[row * k + a]!;
  const shrunk = N.slice();
  shrink(shrunk, p);
  const information = new Float64Array(p * p);
  for (let a = 0; a < p; a++)
    for (let b = 0; b < p; b++) {
      let sum = EE[a * k + b]!;
      for (let row = 0; row < size; row++) sum -= N[row * p + a]! * shrunk[row * p + b]!;
      information[a * p + b] = precision * sum;
    }
  for (let a = 0; a < p; a++) for (let b = 0; b < a; b++) information[b * p + a] = information[a * p + b]!;
  system.subtractCrossproduct(shrunk, N, p);
  for (let i = 0; i < N.length; i++) N[i]! *= precision;
  toSpherical(N, p);
  const covariance = information.slice();
  if (!choleskyFactor(covariance, p)) return null;
  choleskyInverse(covariance, p);
  symmetrise(covariance, p);

  const sigmas = grouping.factors.map(({ q }, f) => {
    const L = pls.lambda[f]!;
    const S = new Float64Array(q * q);
    for (let a = 0; a < q; a++)
      for (let b = 0; b < q; b++)
        for (let c = 0; c <= Math.min(a, b); c++) S[a * q + b]! += L[a * q + c]! * L[b * q + c]! * sigma * sigma;
    return S;
  });

  return {
    data,
    pls,
    x,
    sigma,
    p,
    size,
    information,
    covariance,
    N,
    sigmas,
    shrink,
    residualEffects,
    fromSpherical,
    toSpherical,
    multiply(B, columns) {
      fromSpherical(B, columns);
      residualEffects(B, columns);
      const out = new Float64Array(B.length);
      system.subtractCrossproduct(B, out, columns);
      for (let i = 0; i < B.length; i++) B[i] = -precision * out[i]!;
      toSpherical(B, columns);
    },
  };
}
