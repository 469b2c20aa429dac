/**
 * The columns of a matrix replaced by orthogonal ones: X = X̃R(I + C), X̃'X̃ = nI, R and C upper triangular (modified Gram-Schmidt with
 * reorthogonalisation). A column that earlier ones nearly make, as a time stamp beside the intercept, first has that part taken off: X' = X(I + C)⁻¹,
 * column by column x'_j = x_j − Σ_k C_kj x'_k. C and these differences are carried in twice the precision, so that what is left is as exact as
 * the data, of these rows and of new ones, however far the column lies from its origin.
 */
import { Accumulator } from "../linalg/double-double.ts";
import { choleskyOrthogonal } from "../linalg/gram-matrix.ts";

export interface OrthogonalColumns {
  /** X̃, n × p row-major. */
  readonly X: Float64Array;
  /** p × p, row-major. */
  readonly R: Float64Array;
  /** Null where no column was shifted, as is usual. */
  readonly shift: ColumnShift | null;
  /** The smallest share of a column's length that earlier columns do not make. */
  readonly leastShare: number;
}

/** C, p × p row-major and strictly upper triangular, with its rounding errors. */
export interface ColumnShift {
  readonly high: Float64Array;
  readonly low: Float64Array;
}

/** A column of which less than this share is left after the earlier ones is shifted. */
const SHIFTED = 1e-3;
/** Rounds in which the coefficients of a shift are refined; each gives a double's digits. */
const ROUNDS = 3;
/** Rows of X that are taken apart together. */
const STRETCH = 512;

const sum = new Accumulator();

/** A row (or gradient) of the columns of X as one of X', in place. */
export function shiftRow({ high, low }: ColumnShift, p: number, row: Float64Array, at = 0): void {
  for (let j = 1; j < p; j++) {
    sum.set(row[at + j]!);
    for (let k = 0; k < j; k++) sum.addProduct(-high[k * p + j]!, -low[k * p + j]!, row[at + k]!, 0);
    row[at + j] = sum.high;
  }
}

/** (I + C)'g, in place: the gradient in β from the one in (I + C)β. */
export function unshiftRow({ high }: ColumnShift, p: number, row: Float64Array, at = 0): void {
  for (let j = p - 1; j > 0; j--) for (let k = 0; k < j; k++) row[at + j]! += high[k * p + j]! * row[at + k]!;
}

/** (I + C)β, in place. */
export function shiftCoefficients({ high, low }: ColumnShift, p: number, beta: Float64Array, at = 0): void {
  for (let k = 0; k < p; k++) {
    sum.set(beta[at + k]!);
    for (let j = k + 1; j < p; j++) sum.addProduct(high[k * p + j]!, low[k * p + j]!, beta[at + j]!, 0);
    beta[at + k] = sum.high;
  }
}

/** (I + C)⁻¹β, in place. */
export function unshiftCoefficients({ high, low }: ColumnShift, p: number, beta: Float64Array, at = 0): void {
  for (let k = p - 2; k >= 0; k--) {
    sum.set(beta[at + k]!);
    for (let j = k + 1; j < p; j++) sum.addProduct(-high[k * p + j]!, -low[k * p + j]!, beta[at + j]!, 0);
    beta[at + k] = sum.high;
  }
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

/** Overwrites `own` with what the first j columns leave of it, writes its column of R, and returns its root mean square. */
function orthogonaliseColumn(
  own: Float64Array,
  columns: readonly Float64Array[],
  j: number,
  R: Float64Array,
  p: number,
): number {
  const n = own.length;
  for (let k = 0; k < j; k++) R[k * p + j] = 0;
  // each sweep takes off the projection found by the one before and finds the next
  let previous: Float64Array | null = null;
  let dot = 0;
  for (let sweep = 0; sweep < 2 * j; sweep++) {
    const k = sweep % j;
    dot = projection(own, previous, dot, columns[k]!) / n;
    R[k * p + j]! += dot;
    previous = columns[k]!;
  }
  return Math.sqrt(projection(own, previous, dot, own) / n);
}

const lengthOf = (R: Float64Array, p: number, j: number, rest: number): number => {
  let square = rest * rest;
  for (let k = 0; k < j; k++) square += R[k * p + j]! ** 2;
  return Math.sqrt(square);
};

/** From so many columns on the level-3 kernels are worth their packing. */
const MANY = 48;
/** Least share of its length that a column may add for cross-products to decide: half of the digits are theirs. */
const CLEAR = 1e-2;

/** The same by Cholesky QR, for many columns that are far from dependent; else null. */
function byCholesky(X: Float64Array, n: number, p: number, unit: number): OrthogonalColumns | null {
  const length = new Float64Array(p);
  for (let i = 0; i < n; i++) for (let j = 0; j < p; j++) length[j]! += X[i * p + j]! ** 2;
  for (let j = 0; j < p; j++) {
    length[j] = Math.sqrt(length[j]! / n);
    if (!(length[j]! > 0)) return null;
  }
  const Q = new Float64Array(n * p);
  for (let i = 0; i < n; i++) for (let j = 0; j < p; j++) Q[i * p + j] = X[i * p + j]! / length[j]!;
  const L = choleskyOrthogonal(Q, n, p, CLEAR);
  if (!L) return null;
  const R = new Float64Array(p * p);
  let leastShare = 1;
  for (let j = 0; j < p; j++) {
    leastShare = Math.min(leastShare, L[j * p + j]!);
    for (let k = 0; k <= j; k++) R[k * p + j] = (L[j * p + k]! * length[j]!) / unit;
  }
  if (unit !== 1) for (let i = 0; i < Q.length; i++) Q[i]! *= unit;
  return { X: Q, R, shift: null, leastShare };
}

/**
 * X = X̃R(I + C). A column that earlier ones make to rounding is left at length 0.
 *
 * @param unit root mean square of the columns of X̃
 * @param dependent positions of columns that earlier ones make: they are 0 in X̃ and have their own root mean square in R, so that R is
 *   invertible and of their coordinates of the coefficients the data say nothing
 */
export function orthogonalColumns(
  X: Float64Array,
  n: number,
  p: number,
  unit = 1,
  dependent: readonly number[] = [],
): OrthogonalColumns {
  if (p >= MANY && n > p) {
    const found = byCholesky(X, n, p, unit);
    if (found) return found;
  }
  // column by column, so that the sweeps read memory in order
  const columns = Array.from({ length: p }, () => new Float64Array(n));
  for (let from = 0; from < n; from += STRETCH)
    columns.forEach((column, j) => {
      const to = Math.min(n, from + STRETCH);
      for (let i = from, at = from * p + j; i < to; i++, at += p) column[i] = X[at]!;
    });
  const R = new Float64Array(p * p);
  const shifted: (Float64Array | undefined)[] = [];
  const shift: ColumnShift = { high: new Float64Array(p * p), low: new Float64Array(p * p) };
  let leastShare = 1;

  /** Column j of X'. */
  function shiftColumn(j: number): Float64Array {
    const { high, low } = shift;
    const coefficients = new Float64Array(j);
    const left = new Float64Array(n);
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < n; i++) {
        sum.set(X[i * p + j]!);
        for (let k = 0; k < j; k++)
          sum.addProduct(-high[k * p + j]!, -low[k * p + j]!, shifted[k]?.[i] ?? X[i * p + k]!, 0);
        left[i] = sum.high;
      }
      if (round === ROUNDS - 1) break;
      // least squares on the columns before: Rc = X̃'left/n
      for (let k = j - 1; k >= 0; k--) {
        let c = projection(left, null, 0, columns[k]!) / n;
        for (let l = k + 1; l < j; l++) c -= R[k * p + l]! * coefficients[l]!;
        coefficients[k] = c / R[k * p + k]!;
      }
      for (let k = 0; k < j; k++) {
        sum.set(high[k * p + j]!, low[k * p + j]!);
        sum.add(coefficients[k]!);
        high[k * p + j] = sum.high;
        low[k * p + j] = sum.low;
      }
    }
    return left;
  }

  columns.forEach((own, j) => {
    const size = dependent.includes(j) ? Math.sqrt(projection(own, null, 0, own) / n) || 1 : 0;
    let scale = orthogonaliseColumn(own, columns, j, R, p);
    if (size > 0) {
      R[j * p + j] = size;
      own.fill(0);
      return;
    }
    const share = scale / lengthOf(R, p, j, scale);
    if (share < leastShare) leastShare = share;
    if (share < SHIFTED) {
      shifted[j] = shiftColumn(j);
      own.set(shifted[j]!);
      scale = orthogonaliseColumn(own, columns, j, R, p);
    }
    R[j * p + j] = scale;
    for (let i = 0; i < n; i++) own[i]! /= scale;
  });
  const Q = new Float64Array(n * p);
  for (let from = 0; from < n; from += STRETCH)
    columns.forEach((column, j) => {
      const to = Math.min(n, from + STRETCH);
      for (let i = from, at = from * p + j; i < to; i++, at += p) Q[at] = column[i]!;
    });
  if (unit !== 1) {
    for (let i = 0; i < Q.length; i++) Q[i]! *= unit;
    for (let i = 0; i < R.length; i++) R[i]! /= unit;
  }
  return { X: Q, R, shift: shifted.length > 0 ? shift : null, leastShare };
}
