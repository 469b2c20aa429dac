/**
 * Columns of a model matrix that are linear combinations of those before them: the later column goes, as in R's limited column
 * pivoting (tolerance 1e-7 of the column's own length). The rows are first folded into a triangle by Householder reflections, a block at
 * a time (Golub and Van Loan, *Matrix Computations*, 4th ed., section 5.2), which keeps all lengths and angles of columns; Gram-Schmidt with
 * reorthogonalisation on the triangle then finds what each column adds.
 *
 * Most matrices are far from that, which their cross-products show at a fraction of the cost: products lose half of the digits, so they
 * decide only where every column adds a thousandth of its length or more.
 *
 * Where there is an intercept, lengths are those about the mean, so that a column such as a time stamp, large but hardly varying in
 * proportion, is not mistaken for the intercept.
 */

import { addCrossProducts, BLOCK_ROWS, rowBlock } from "../linalg/cross-products.ts";
import { choleskyFactor } from "../linalg/dense-cholesky.ts";
import { addGram } from "../linalg/gram-matrix.ts";
import { type NullSpace, nullSpace } from "./null-space.ts";

/** A column is aliased when what is left of it is less than this share of its length. */
const TOLERANCE = 1e-7;
/** A column whose variation about its mean is less than this share of it is constant but for rounding. */
const CONSTANT = 1e-13;
const BLOCK = 256;

/** Which columns are kept, and what the others are combinations of. */
export interface IndependentColumns {
  /** Positions of the columns to keep. */
  readonly kept: readonly number[];
  /** Absent where all are kept. */
  readonly aliased?: NullSpace;
}

/**
 * The columns of X (n × p, row-major) to keep, and the null space of X where it has one.
 *
 * @param intercept whether the first column is constant
 */
export function independentColumns(X: Float64Array, n: number, p: number, intercept: boolean): IndependentColumns {
  if (clearlyIndependent(X, n, p, intercept)) return { kept: Array.from({ length: p }, (_, c) => c) };
  const { triangle, lengths, scale, mean } = foldRows(X, n, p, intercept);
  const basis: Float64Array[] = [];
  const lead = intercept && p > 0 ? 1 : 0;
  const kept: number[] = lead === 1 ? [0] : [];
  /** By kept column after the intercept: its coordinates in the basis. */
  const coordinates: Float64Array[] = [];
  const dropped: { readonly column: number; readonly coordinates: Float64Array }[] = [];
  for (let c = lead; c < p; c++) {
    const v = triangle.slice(c * p, (c + 1) * p);
    const length = norm(v);
    const along = new Float64Array(basis.length + 1);
    if (length === 0 || length <= CONSTANT * lengths[c]!) {
      dropped.push({ column: c, coordinates: along });
      continue;
    }
    for (let pass = 0; pass < 2; pass++)
      basis.forEach((q, k) => {
        along[k]! += subtractProjection(v, q);
      });
    const left = norm(v);
    if (left < TOLERANCE * length) {
      dropped.push({ column: c, coordinates: along });
      continue;
    }
    along[basis.length] = left;
    for (let r = 0; r < p; r++) v[r]! /= left;
    basis.push(v);
    coordinates.push(along);
    kept.push(c);
  }
  if (dropped.length === 0) return { kept };
  const centres = Array.from(mean, (value, c) => (scale[c] === 0 ? 0 : value / scale[c]!));
  const spread = Float64Array.from({ length: p }, (_, c) =>
    scale[c] === 0 ? 0 : norm(triangle.subarray(c * p, (c + 1) * p)) / (scale[c]! * Math.sqrt(n)),
  );
  const directions = dropped.map(({ column, coordinates: s }) => {
    // column = Σ a_k kept_k: back substitution in the triangle of coordinates
    const a = s.slice();
    const direction = new Float64Array(p);
    direction[column] = 1;
    for (let k = Math.min(coordinates.length, s.length) - 1; k >= 0; k--) {
      const own = coordinates[k]!;
      a[k]! /= own[k]!;
      for (let l = 0; l < k; l++) a[l]! -= a[k]! * own[l]!;
      direction[kept[lead + k]!] = (-a[k]! * scale[kept[lead + k]!]!) / (scale[column]! || 1);
    }
    if (lead === 1) direction[0] = interceptOf(direction, centres);
    return direction;
  });
  return { kept, aliased: nullSpace(directions, centres, spread) };
}

/** The entry of the intercept that makes the direction 0 at the centres, exactly so where it is but for rounding. */
function interceptOf(direction: Float64Array, centres: readonly number[]): number {
  let sum = 0;
  let size = 0;
  for (let c = 1; c < direction.length; c++) {
    const term = centres[c]! * direction[c]!;
    sum += term;
    size += Math.abs(term);
  }
  return Math.abs(sum) < 1e-12 * size ? 0 : -sum;
}

/** The share of a squared length below which cross-products do not decide, and of the squared variation in a squared length. */
const CLEAR = 1e-6;
const CLEAR_VARIATION = 1e-10;

/** From so many columns on cross-products go by stretches of rows through the level-3 kernel. */
const MANY = 48;
const STRETCH = 512;

/** Adds (X − 1c')'(X − 1c') to the lower triangle of G. */
function addManyProducts(X: Float64Array, n: number, p: number, centre: Float64Array, G: Float64Array): void {
  const stretch = new Float64Array(STRETCH * p);
  for (let from = 0; from < n; from += STRETCH) {
    const rows = Math.min(STRETCH, n - from);
    for (let at = 0, r = 0; r < rows; r++)
      for (let c = 0; c < p; c++, at++) stretch[at] = X[(from + r) * p + c]! - centre[c]!;
    addGram(stretch, 0, rows, p, G);
  }
}

/** Whether cross-products show every column to add to those before it. Columns beside an intercept are taken about their first entry. */
function clearlyIndependent(X: Float64Array, n: number, p: number, intercept: boolean): boolean {
  if (n <= p || p === 0) return false;
  const block = rowBlock(p, BLOCK_ROWS);
  block.weight.fill(1);
  const centre = Float64Array.from({ length: p }, (_, c) => (intercept && c > 0 ? X[c]! : 0));
  const G = new Float64Array(p * p);
  if (p >= MANY) addManyProducts(X, n, p, centre, G);
  for (let from = 0; from < n && p < MANY; from += BLOCK_ROWS) {
    const size = Math.min(BLOCK_ROWS, n - from);
    for (let c = 0; c < p; c++) {
      const shift = centre[c]!;
      const to = c * block.stride;
      for (let r = 0, at = from * p + c; r < size; r++, at += p) block.values[to + r] = X[at]! - shift;
    }
    addCrossProducts(block, size, G);
  }
  const least = new Float64Array(p);
  for (let c = 0; c < p; c++) {
    const square = G[c * p + c]!;
    const variation = intercept && c > 0 ? square - G[c * p]! ** 2 / n : square;
    if (!(variation > CLEAR * square && variation > CLEAR_VARIATION * n * centre[c]! ** 2)) return false;
    least[c] = Math.sqrt(CLEAR * variation);
  }
  if (!choleskyFactor(G, p)) return false;
  for (let c = 0; c < p; c++) if (!(G[c * p + c]! > least[c]!)) return false;
  return true;
}

/**
 * The triangular factor of X with its columns scaled to at most 1 (squares of very large or small entries leave the range of doubles) and,
 * with an intercept, centred; column-major. `lengths` are those of the scaled columns before centring, `scale` what each column was multiplied by (0 for a column of
 * zeros), `mean` the scaled columns' means that were taken off (0 without an intercept).
 */
function foldRows(X: Float64Array, n: number, p: number, intercept: boolean) {
  const scale = new Float64Array(p);
  const lengths = new Float64Array(p);
  for (let r = 0; r < n; r++)
    for (let c = 0; c < p; c++) {
      const size = Math.abs(X[r * p + c]!);
      if (size > scale[c]!) scale[c] = size;
    }
  // A power of two scales without rounding, which a column that hardly varies could not bear.
  for (let c = 0; c < p; c++)
    scale[c] = scale[c]! < Number.MIN_VALUE * 2 ** 60 ? 0 : 2 ** -Math.ceil(Math.log2(scale[c]!));
  for (let r = 0; r < n; r++)
    for (let c = 0; c < p; c++) {
      const x = X[r * p + c]! * scale[c]!;
      lengths[c]! += x * x;
    }
  for (let c = 0; c < p; c++) lengths[c] = Math.sqrt(lengths[c]!);
  // The mean in two parts: the second is the rounding of the first.
  const mean = new Float64Array(p);
  const rest = new Float64Array(p);
  if (intercept) {
    for (let r = 0; r < n; r++) for (let c = 0; c < p; c++) mean[c]! += X[r * p + c]! * scale[c]!;
    for (let c = 0; c < p; c++) mean[c]! /= n;
    for (let r = 0; r < n; r++) for (let c = 0; c < p; c++) rest[c]! += X[r * p + c]! * scale[c]! - mean[c]!;
    for (let c = 0; c < p; c++) rest[c]! /= n;
  }
  const triangle = new Float64Array(p * p);
  const block = new Float64Array(p * BLOCK);
  for (let from = 0; from < n; from += BLOCK) {
    const size = Math.min(BLOCK, n - from);
    for (let r = 0; r < size; r++)
      for (let c = 0; c < p; c++) block[c * BLOCK + r] = X[(from + r) * p + c]! * scale[c]! - mean[c]! - rest[c]!;
    reflect(triangle, block, p, size);
  }
  for (let c = 0; c < p; c++) mean[c]! += rest[c]!;
  return { triangle, lengths, scale, mean };
}

/** Folds a block of rows (column-major, BLOCK apart) into the triangle. */
function reflect(triangle: Float64Array, block: Float64Array, p: number, size: number): void {
  for (let k = 0; k < p; k++) {
    const own = k * BLOCK;
    let below = 0;
    for (let r = 0; r < size; r++) below += block[own + r]! * block[own + r]!;
    if (below === 0) continue;
    const head = triangle[k * p + k]!;
    const length = Math.sqrt(head * head + below);
    const reflected = head > 0 ? -length : length;
    const v0 = head - reflected;
    const factor = 2 / (v0 * v0 + below);
    triangle[k * p + k] = reflected;
    for (let j = k + 1; j < p; j++) {
      const other = j * BLOCK;
      let dot = v0 * triangle[j * p + k]!;
      for (let r = 0; r < size; r++) dot += block[own + r]! * block[other + r]!;
      if (dot === 0) continue;
      const step = dot * factor;
      triangle[j * p + k]! -= step * v0;
      for (let r = 0; r < size; r++) block[other + r]! -= step * block[own + r]!;
    }
  }
}

function norm(v: Float64Array): number {
  let sum = 0;
  for (let r = 0; r < v.length; r++) sum += v[r]! * v[r]!;
  return Math.sqrt(sum);
}

function subtractProjection(v: Float64Array, q: Float64Array): number {
  let dot = 0;
  for (let r = 0; r < v.length; r++) dot += v[r]! * q[r]!;
  for (let r = 0; r < v.length; r++) v[r]! -= dot * q[r]!;
  return dot;
}
