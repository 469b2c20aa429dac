/** Columns made orthogonal, with mean square 1, and the triangle that leads back. */
import { clearFactor } from "./clear-factor.ts";

export interface OrthogonalColumns {
  /** X̃, n × p, row-major, with X̃'X̃ = nI. */
  readonly X: Float64Array;
  /** R, p × p upper triangular, row-major: X = X̃R. */
  readonly R: Float64Array;
}

/** Rows of X that are taken apart together. */
const STRETCH = 512;
/** From so many rows on, columns that are clearly independent are divided by the factor of their cross-products. */
const MANY_ROWS = 1 << 15;

/** Column j of the rows from ≤ i < to of X (n × p, row-major) to `out`, from its start. */
function copyColumn(X: Float64Array, p: number, j: number, from: number, to: number, out: Float64Array): void {
  for (let i = from, at = from * p + j; i < to; i++, at += p) out[i - from] = X[at]!;
}

/** The way back of `copyColumn`. */
function placeColumn(column: Float64Array, p: number, j: number, from: number, to: number, X: Float64Array): void {
  for (let i = from, at = from * p + j; i < to; i++, at += p) X[at] = column[i - from]!;
}

/** Takes `multiple` times `previous` off `own` and returns the product of what is left with `next` (which may be `own`). */
function projection(own: Float64Array, previous: Float64Array | null, multiple: number, next: Float64Array): number {
  let dot = 0;
  if (previous === null) for (let i = 0; i < own.length; i++) dot += next[i]! * own[i]!;
  else if (next === own)
    for (let i = 0; i < own.length; i++) {
      const left = own[i]! - multiple * previous[i]!;
      own[i] = left;
      dot += left * left;
    }
  else
    for (let i = 0; i < own.length; i++) {
      const left = own[i]! - multiple * previous[i]!;
      own[i] = left;
      dot += next[i]! * left;
    }
  return dot;
}

/** Modified Gram-Schmidt with reorthogonalisation (Golub and Van Loan, *Matrix Computations*, 4th ed., section 5.2.8). */
function gramSchmidt(X: Float64Array, n: number, p: number): OrthogonalColumns {
  // column by column, so that the sweeps read memory in order
  const columns = Array.from({ length: p }, () => new Float64Array(n));
  for (let from = 0; from < n; from += STRETCH) {
    const to = Math.min(n, from + STRETCH);
    columns.forEach((column, j) => {
      copyColumn(X, p, j, from, to, column.subarray(from, to));
    });
  }
  const R = new Float64Array(p * p);
  columns.forEach((own, j) => {
    // each sweep takes off the projection found by the one before and finds the next
    let previous: Float64Array | null = null;
    let dot = 0;
    for (let sweep = 0; sweep < 2 * j; sweep++) {
      const k = sweep % j;
      dot = projection(own, previous, dot, columns[k]!) / n;
      R[k * p + j]! += dot;
      previous = columns[k]!;
    }
    const scale = Math.sqrt(projection(own, previous, dot, own) / n);
    R[j * p + j] = scale;
    for (let i = 0; i < n; i++) own[i]! /= scale;
  });
  const Q = new Float64Array(n * p);
  for (let from = 0; from < n; from += STRETCH) {
    const to = Math.min(n, from + STRETCH);
    columns.forEach((column, j) => {
      placeColumn(column.subarray(from, to), p, j, from, to, Q);
    });
  }
  return { X: Q, R };
}

/** Whether the first column is constant, and not 0. */
function startsConstant(X: Float64Array, n: number, p: number): boolean {
  const first = X[0]!;
  if (first === 0) return false;
  for (let i = 1, at = p; i < n; i++, at += p) if (X[at] !== first) return false;
  return true;
}

/** X divided by the factor of its cross-products; null where those do not show the columns to be far from collinear. */
function byCrossProducts(X: Float64Array, n: number, p: number): OrthogonalColumns | null {
  const factor = clearFactor(X, n, p, startsConstant(X, n, p));
  if (factor === null) return null;
  const { L, centre } = factor;
  const R = new Float64Array(p * p);
  for (let j = 0; j < p; j++) for (let k = 0; k <= j; k++) R[k * p + j] = L[j * p + k]! / Math.sqrt(n);
  const Q = new Float64Array(n * p);
  const columns = Array.from({ length: p }, () => new Float64Array(STRETCH));
  for (let from = 0; from < n; from += STRETCH) {
    const to = Math.min(n, from + STRETCH);
    const size = to - from;
    for (let j = 0; j < p; j++) {
      const own = columns[j]!;
      copyColumn(X, p, j, from, to, own);
      const shift = centre[j]!;
      if (shift !== 0) for (let i = 0; i < size; i++) own[i]! -= shift;
      for (let k = 0; k < j; k++) {
        const before = columns[k]!;
        const multiple = R[k * p + j]!;
        for (let i = 0; i < size; i++) own[i]! -= multiple * before[i]!;
      }
      const scale = R[j * p + j]!;
      for (let i = 0; i < size; i++) own[i]! /= scale;
      placeColumn(own, p, j, from, to, Q);
    }
  }
  // what was taken off is a multiple of the first column
  for (let j = 1; j < p; j++) R[j]! += (R[0]! * centre[j]!) / X[0]!;
  return { X: Q, R };
}

/**
 * X = X̃R with X̃'X̃ = nI for X of n × p, row-major, of full column rank. Columns are taken about a constant first column before all else, which
 * costs no accuracy when means are large.
 */
export function orthogonalColumns(X: Float64Array, n: number, p: number): OrthogonalColumns {
  return (n >= MANY_ROWS ? byCrossProducts(X, n, p) : null) ?? gramSchmidt(X, n, p);
}
