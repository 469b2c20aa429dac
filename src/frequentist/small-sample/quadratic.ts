/** Small dense algebra of contrasts: matrices are row-major, p × p or r × p. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/** l'Am. */
export function bilinear(l: Float64Array, A: Float64Array, m: Float64Array): number {
  const p = l.length;
  let total = 0;
  for (let a = 0; a < p; a++) {
    if (l[a] === 0) continue;
    let sum = 0;
    for (let b = 0; b < p; b++) sum += A[a * p + b]! * m[b]!;
    total += l[a]! * sum;
  }
  return total;
}

/** Al. */
export function times(A: Float64Array, l: Float64Array): Float64Array {
  const p = l.length;
  return Float64Array.from({ length: p }, (_, a) => {
    let sum = 0;
    for (let b = 0; b < p; b++) sum += A[a * p + b]! * l[b]!;
    return sum;
  });
}

/** AB, p × p. */
export function multiply(A: Float64Array, B: Float64Array, p: number): Float64Array {
  const out = new Float64Array(p * p);
  for (let a = 0; a < p; a++)
    for (let c = 0; c < p; c++) {
      const value = A[a * p + c]!;
      if (value !== 0) for (let b = 0; b < p; b++) out[a * p + b]! += value * B[c * p + b]!;
    }
  return out;
}

/** tr(AB), p × p. */
export function traceOfProduct(A: Float64Array, B: Float64Array, p: number): number {
  let sum = 0;
  for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) sum += A[a * p + b]! * B[b * p + a]!;
  return sum;
}

/** An eigenvalue of LAL' below this share of the largest, rows of L scaled, is none. */
const NO_RANK = 1e-10;

/**
 * The rows of L turned into as many as L has rank, uncorrelated under A: LAL' is diagonal.
 *
 * @returns the rows, each with its variance; none where LAL' is not finite
 */
export function uncorrelatedRows(
  L: readonly Float64Array[],
  A: Float64Array,
): { readonly row: Float64Array; readonly variance: number; readonly weights: Float64Array }[] {
  const r = L.length;
  const scale = L.map((row) => 1 / (Math.sqrt(bilinear(row, A, row)) || 1));
  const M = Matrix.zeros(r, r);
  for (let i = 0; i < r; i++)
    for (let j = 0; j < r; j++) M.set(i, j, scale[i]! * scale[j]! * bilinear(L[i]!, A, L[j]!));
  // where a covariance could not be computed, nothing is known of its rank
  if (M.to1DArray().some((value) => !Number.isFinite(value))) return [];
  const evd = new EigenvalueDecomposition(M, { assumeSymmetric: true });
  const values = evd.realEigenvalues;
  const largest = Math.max(...values);
  return values.flatMap((variance, k) => {
    if (!(variance > NO_RANK * largest)) return [];
    const weights = Float64Array.from(scale, (s, i) => s * evd.eigenvectorMatrix.get(i, k));
    const row = new Float64Array(L[0]!.length);
    L.forEach((own, i) => {
      for (let a = 0; a < row.length; a++) row[a]! += weights[i]! * own[a]!;
    });
    return [{ row, variance, weights }];
  });
}
