/**
 * Fixed-effect columns made orthonormal, and the response made orthogonal to them, before any cross-product is formed, so that
 * badly scaled or uncentred columns cost no digits.
 *
 * Rows are read as x = L q with L lower triangular and Σ w q q' ≈ I: Cholesky QR, repeated until it holds (Fukaya et al. 2020,
 * "Shifted Cholesky QR for computing the QR factorization of ill-conditioned matrices"). Nothing of size n × p is stored.
 */

import { ofMean } from "../../families/of-mean.ts";
import { choleskyFactor, choleskySolve } from "../../linalg/dense-cholesky.ts";
import { addGram } from "../../linalg/gram-matrix.ts";
import { solveLower } from "../../linalg/triangular.ts";
import { badWeight, dependentColumns, onePredictorOnly } from "../../messages/gaussian.ts";
import { DeclarationError, type Issue } from "../../messages/issue.ts";
import type { IntegralData } from "../integral-data.ts";

export interface OrthogonalDesign {
  readonly p: number;
  /** p × p row-major, lower triangular: x = L q. */
  readonly transform: Float64Array;
  /** Coefficients of q that were taken out of the response: y − offset = q'γ + residual. */
  readonly removed: Float64Array;
  /** Σ log L_jj. */
  readonly logDet: number;
  /** Weight of each row in cross-products: multiplier × precision weight; 0 for rows that take no part. */
  readonly weight: Float64Array;
  /** Observations that each row stands for: its multiplier; 0 for rows that take no part. */
  readonly copies: Float64Array;
  /** Number of observations: Σ multiplier over rows that take part. */
  readonly observations: number;
  /** Σ multiplier · log(precision weight). */
  readonly logWeights: number;
  /** Writes row i as [q | residual], length p + 1. */
  row(i: number, out: Float64Array): void;
}

/** Largest departure of Σ w q q' from the identity that is left to the later exact solve. */
const ORTHOGONAL_ENOUGH = 0.1;
const PASSES = 6;

/** @throws DeclarationError for weights that are negative or not finite, dependent columns, more than one predictor */
export function orthogonalDesign(data: IntegralData): OrthogonalDesign {
  const { n, columns, multiplier } = data;
  if (data.predictors.length !== 1) throw new DeclarationError([onePredictorOnly(data.predictors.length)]);
  const { X, offset, names, dependent } = ofMean(data.predictors);
  const p = names.length;
  const y = columns["y"]!;
  const precision = columns["weights"] ?? null;

  const issues: Issue[] = [];
  const weight = new Float64Array(n);
  const copies = new Float64Array(n);
  let observations = 0;
  let logWeights = 0;
  for (let i = 0; i < n; i++) {
    const w = precision === null ? 1 : precision[i]!;
    const m = multiplier === null ? 1 : multiplier[i]!;
    if (!(w >= 0 && w < Number.POSITIVE_INFINITY)) issues.push(badWeight("precision", i, w));
    if (!(m >= 0 && m < Number.POSITIVE_INFINITY)) issues.push(badWeight("frequency", i, m));
    if (!(w * m > 0)) continue;
    weight[i] = w * m;
    copies[i] = m;
    observations += m;
    if (w !== 1) logWeights += m * Math.log(w);
  }
  if (issues.length > 0) throw new DeclarationError(issues);

  const transform = new Float64Array(p * p);
  const scratch = new Float64Array(p + 1);
  const removed = new Float64Array(p);
  for (let i = 0; i < n; i++) for (let j = 0; j < p; j++) transform[j * p + j]! += weight[i]! * X[i * p + j]! ** 2;
  for (let j = 0; j < p; j++) transform[j * p + j] = Math.sqrt(transform[j * p + j]!);
  // standardised columns of 0, of which the response says nothing: they are left as they are
  const empty = (dependent ?? []).filter((j) => transform[j * p + j] === 0);
  for (const j of empty) transform[j * p + j] = 1;
  if (transform.some((value, cell) => cell % (p + 1) === 0 && !(value > 0)))
    throw new DeclarationError([dependentColumns(names)]);

  // until a pass finds the columns not orthogonal, L is diagonal
  let diagonal = true;
  const row = (i: number, out: Float64Array): void => {
    for (let j = 0; j < p; j++) out[j] = X[i * p + j]!;
    if (diagonal) for (let j = 0; j < p; j++) out[j]! /= transform[j * p + j]!;
    else solveLower(transform, 0, p, p, out);
    let residual = y[i]! - offset[i]!;
    for (let j = 0; j < p; j++) residual -= removed[j]! * out[j]!;
    out[p] = residual;
  };

  const gram = new Float64Array(p * p);
  for (let pass = 0; pass < PASSES && p > 0; pass++) {
    gram.fill(0);
    removed.fill(0);
    const withResponse = new Float64Array(p);
    if (p >= MANY) gramOfMany(n, p, weight, row, gram, withResponse);
    for (let i = 0; i < n && p < MANY; i++) {
      const w = weight[i]!;
      if (w === 0) continue;
      row(i, scratch);
      for (let a = 0; a < p; a++) {
        const value = w * scratch[a]!;
        withResponse[a]! += value * scratch[p]!;
        for (let b = 0; b <= a; b++) gram[a * p + b]! += value * scratch[b]!;
      }
    }
    for (const j of empty) gram[j * p + j] = 1;
    let departure = 0;
    for (let a = 0; a < p; a++)
      for (let b = 0; b <= a; b++) departure = Math.max(departure, Math.abs(gram[a * p + b]! - (a === b ? 1 : 0)));
    if (departure < ORTHOGONAL_ENOUGH) {
      choleskyFactor(gram, p);
      choleskySolve(gram, p, withResponse);
      removed.set(withResponse);
      break;
    }
    const copy = gram.slice();
    if (pass === PASSES - 1) throw new DeclarationError([dependentColumns(names)]);
    if (!choleskyFactor(gram, p)) {
      // Nearly dependent columns: a shift of the size of rounding makes the factor exist; the next pass repairs what it spoils.
      gram.set(copy);
      for (let a = 0; a < p; a++) gram[a * p + a]! += 64 * p * p * Number.EPSILON;
      if (!choleskyFactor(gram, p)) throw new DeclarationError([dependentColumns(names)]);
    }
    multiplyTriangles(transform, gram, p);
    diagonal = false;
  }
  let logDet = 0;
  for (let j = 0; j < p; j++) logDet += Math.log(transform[j * p + j]!);
  return { p, transform, removed, logDet, weight, copies, observations, logWeights, row };
}

/** From so many columns on cross-products go by stretches of rows through the level-3 kernel. */
export const MANY = 48;
const STRETCH = 512;

/** Σ w qq' into the lower triangle of `gram` and Σ w q r into `withResponse`. */
function gramOfMany(
  n: number,
  p: number,
  weight: Float64Array,
  row: (i: number, out: Float64Array) => void,
  gram: Float64Array,
  withResponse: Float64Array,
): void {
  const all = new Float64Array((p + 1) * (p + 1));
  addWeightedGram(n, p + 1, weight, row, all);
  for (let a = 0; a < p; a++) {
    gram.set(all.subarray(a * (p + 1), a * (p + 1) + a + 1), a * p);
    withResponse[a] = all[p * (p + 1) + a]!;
  }
}

/** Adds Σ w ee' over the rows e to the lower triangle of `into`, k × k. */
export function addWeightedGram(
  n: number,
  k: number,
  weight: Float64Array,
  row: (i: number, out: Float64Array) => void,
  into: Float64Array,
): void {
  const stretch = new Float64Array(STRETCH * k);
  for (let from = 0; from < n; from += STRETCH) {
    const rows = Math.min(STRETCH, n - from);
    for (let r = 0; r < rows; r++) {
      const own = stretch.subarray(r * k, (r + 1) * k);
      const root = Math.sqrt(weight[from + r]!);
      if (root === 0) {
        own.fill(0);
        continue;
      }
      row(from + r, own);
      if (root !== 1) for (let a = 0; a < k; a++) own[a]! *= root;
    }
    addGram(stretch, 0, rows, k, into);
  }
}

/** L ← L·M, both lower triangular. */
function multiplyTriangles(l: Float64Array, m: Float64Array, p: number): void {
  for (let i = 0; i < p; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = j; k <= i; k++) sum += l[i * p + k]! * m[k * p + j]!;
      l[i * p + j] = sum;
    }
}
