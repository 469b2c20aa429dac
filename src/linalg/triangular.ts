/**
 * Lower-triangular L in flat row-major storage: solves, products and the inverse. `offset` is the position of the first entry,
 * `ld` the distance between rows; entries above the diagonal are neither read nor written.
 *
 * The large ones are recursions on halves that end in `addProduct` (Andersen, Gustavson & Waśniewski 2001, "A recursive
 * formulation of Cholesky factorization").
 */
import { addProduct } from "./matrix-product.ts";

/** Below this order the recursions use plain loops. */
const BASE = 12;

/** Half of n, rounded to whole register tiles. */
export function split(n: number): number {
  return ((n >> 1) + 3) & ~3;
}

/**
 * X ← L⁻¹X for `columns` right-hand sides: X is n × columns, row-major, contiguous, from `xOffset`.
 *
 * @example
 * solveLower(L, 0, n, n, y); // one right-hand side
 */
export function solveLower(
  l: Float64Array,
  offset: number,
  ld: number,
  n: number,
  x: Float64Array,
  xOffset = 0,
  columns = 1,
): void {
  if (columns === 1) {
    for (let i = 0; i < n; i++) {
      const row = offset + i * ld;
      let sum = x[xOffset + i]!;
      for (let k = 0; k < i; k++) sum -= l[row + k]! * x[xOffset + k]!;
      x[xOffset + i] = sum / l[row + i]!;
    }
    return;
  }
  for (let i = 0; i < n; i++) {
    const row = offset + i * ld;
    const target = xOffset + i * columns;
    for (let k = 0; k < i; k++) {
      const factor = l[row + k]!;
      const source = xOffset + k * columns;
      for (let c = 0; c < columns; c++) x[target + c]! -= factor * x[source + c]!;
    }
    const diagonal = l[row + i]!;
    for (let c = 0; c < columns; c++) x[target + c]! /= diagonal;
  }
}

/** X ← L⁻ᵀX for `columns` right-hand sides: X is n × columns, row-major, contiguous, from `xOffset`. */
export function solveLowerTransposed(
  l: Float64Array,
  offset: number,
  ld: number,
  n: number,
  x: Float64Array,
  xOffset = 0,
  columns = 1,
): void {
  // By rows of L, so that memory is read in order: once x_i is known it is removed from all earlier equations.
  for (let i = n - 1; i >= 0; i--) {
    const row = offset + i * ld;
    const source = xOffset + i * columns;
    const diagonal = l[row + i]!;
    if (columns === 1) {
      const value = (x[source]! /= diagonal);
      for (let k = 0; k < i; k++) x[xOffset + k]! -= l[row + k]! * value;
      continue;
    }
    for (let c = 0; c < columns; c++) x[source + c]! /= diagonal;
    for (let k = 0; k < i; k++) {
      const factor = l[row + k]!;
      const target = xOffset + k * columns;
      for (let c = 0; c < columns; c++) x[target + c]! -= factor * x[source + c]!;
    }
  }
}

/** B ← B·L⁻ᵀ, B rows × n with row stride `ldb` (the panel step of a Cholesky factorisation). */
export function solveRightTransposed(
  l: Float64Array,
  offset: number,
  ld: number,
  n: number,
  b: Float64Array,
  bOffset: number,
  ldb: number,
  rows: number,
): void {
  if (n > BASE) {
    const n1 = split(n);
    const below = offset + n1 * ld;
    solveRightTransposed(l, offset, ld, n1, b, bOffset, ldb, rows);
    addProduct(-1, rows, n - n1, n1, b, bOffset, ldb, 1, l, below, 1, ld, b, bOffset + n1, ldb);
    solveRightTransposed(l, below + n1, ld, n - n1, b, bOffset + n1, ldb, rows);
    return;
  }
  for (let r = 0; r < rows; r++) {
    const target = bOffset + r * ldb;
    for (let j = 0; j < n; j++) {
      const row = offset + j * ld;
      let sum = b[target + j]!;
      for (let k = 0; k < j; k++) sum -= b[target + k]! * l[row + k]!;
      b[target + j] = sum / l[row + j]!;
    }
  }
}

/** B ← L·B, B n × columns with row stride `ldb`. */
function multiplyLowerLeft(
  l: Float64Array,
  offset: number,
  ld: number,
  n: number,
  b: Float64Array,
  bOffset: number,
  ldb: number,
  columns: number,
): void {
  if (n > BASE) {
    const n1 = split(n);
    const below = offset + n1 * ld;
    const second = bOffset + n1 * ldb;
    multiplyLowerLeft(l, below + n1, ld, n - n1, b, second, ldb, columns);
    addProduct(1, n - n1, columns, n1, l, below, ld, 1, b, bOffset, ldb, 1, b, second, ldb);
    multiplyLowerLeft(l, offset, ld, n1, b, bOffset, ldb, columns);
    return;
  }
  for (let i = n - 1; i >= 0; i--) {
    const row = offset + i * ld;
    const target = bOffset + i * ldb;
    const diagonal = l[row + i]!;
    for (let c = 0; c < columns; c++) b[target + c]! *= diagonal;
    for (let k = 0; k < i; k++) {
      const factor = l[row + k]!;
      const source = bOffset + k * ldb;
      for (let c = 0; c < columns; c++) b[target + c]! += factor * b[source + c]!;
    }
  }
}

/** B ← L'·B, B n × columns with row stride `ldb`. */
function multiplyLowerTransposedLeft(
  l: Float64Array,
  offset: number,
  ld: number,
  n: number,
  b: Float64Array,
  bOffset: number,
  ldb: number,
  columns: number,
): void {
  if (n > BASE) {
    const n1 = split(n);
    const below = offset + n1 * ld;
    const second = bOffset + n1 * ldb;
    multiplyLowerTransposedLeft(l, offset, ld, n1, b, bOffset, ldb, columns);
    addProduct(1, n1, columns, n - n1, l, below, 1, ld, b, second, ldb, 1, b, bOffset, ldb);
    multiplyLowerTransposedLeft(l, below + n1, ld, n - n1, b, second, ldb, columns);
    return;
  }
  for (let i = 0; i < n; i++) {
    const target = bOffset + i * ldb;
    const diagonal = l[offset + i * ld + i]!;
    for (let c = 0; c < columns; c++) b[target + c]! *= diagonal;
    for (let k = i + 1; k < n; k++) {
      const factor = l[offset + k * ld + i]!;
      const source = bOffset + k * ldb;
      for (let c = 0; c < columns; c++) b[target + c]! += factor * b[source + c]!;
    }
  }
}

/** B ← −B·L, B rows × n with row stride `ldb`. */
function multiplyRightNegated(
  l: Float64Array,
  offset: number,
  ld: number,
  n: number,
  b: Float64Array,
  bOffset: number,
  ldb: number,
  rows: number,
): void {
  if (n > BASE) {
    const n1 = split(n);
    const below = offset + n1 * ld;
    multiplyRightNegated(l, offset, ld, n1, b, bOffset, ldb, rows);
    addProduct(-1, rows, n1, n - n1, b, bOffset + n1, ldb, 1, l, below, ld, 1, b, bOffset, ldb);
    multiplyRightNegated(l, below + n1, ld, n - n1, b, bOffset + n1, ldb, rows);
    return;
  }
  for (let r = 0; r < rows; r++) {
    const target = bOffset + r * ldb;
    // Row of B times L, left to right: entry j needs only entries k ≥ j, which are still old.
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = j; k < n; k++) sum += b[target + k]! * l[offset + k * ld + j]!;
      b[target + j] = -sum;
    }
  }
}

/** L ← L⁻¹ in place. The diagonal must not hold zeros. n³/3 floating point operations. */
export function invertLower(l: Float64Array, n: number, offset = 0, ld = n): void {
  if (n > BASE) {
    const n1 = split(n);
    const below = offset + n1 * ld;
    invertLower(l, n1, offset, ld);
    invertLower(l, n - n1, below + n1, ld);
    multiplyRightNegated(l, offset, ld, n1, l, below, ld, n - n1);
    multiplyLowerLeft(l, below + n1, ld, n - n1, l, below, ld, n1);
    return;
  }
  for (let i = 0; i < n; i++) {
    const row = offset + i * ld;
    const inverse = 1 / l[row + i]!;
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum += l[row + k]! * l[offset + k * ld + j]!;
      l[row + j] = -sum * inverse;
    }
    l[row + i] = inverse;
  }
}

/** Lower triangle of L'L in place of L. */
export function lowerTransposedProduct(l: Float64Array, n: number, offset = 0, ld = n): void {
  if (n > BASE) {
    const n1 = split(n);
    const below = offset + n1 * ld;
    lowerTransposedProduct(l, n1, offset, ld);
    addProduct(1, n1, n1, n - n1, l, below, 1, ld, l, below, ld, 1, l, offset, ld, true);
    multiplyLowerTransposedLeft(l, below + n1, ld, n - n1, l, below, ld, n1);
    lowerTransposedProduct(l, n - n1, below + n1, ld);
    return;
  }
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += l[offset + k * ld + i]! * l[offset + k * ld + j]!;
      l[offset + i * ld + j] = sum;
    }
}
