/**
 * The one level-3 kernel: C ← C ± A·B on strided views of flat arrays, cache-blocked and register-tiled. Cholesky,
 * triangular inversion and the inverse of a positive definite matrix are recursions that end here.
 *
 * Operands are copied into contiguous panels of four rows (columns) before use, so that transposes cost nothing and the inner
 * loop reads memory in order (Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication").
 */

/** Depth of a packed panel: 4 × 192 doubles of A and of B stay in the first-level cache. */
const DEPTH = 192;
/** Rows of A packed at once. */
const ROWS = 96;
/** Columns of B packed at once. */
const COLUMNS = 768;
const TILE = 4;

const packedA = new Float64Array(ROWS * DEPTH);
const packedB = new Float64Array(COLUMNS * DEPTH);
const tile = new Float64Array(TILE * TILE);

/** A view of a matrix inside a flat array: entry (i, j) is `data[offset + i * rowStride + j * columnStride]`. */
export interface MatrixView {
  data: Float64Array;
  offset: number;
  rowStride: number;
  columnStride: number;
}

/** Copies rows [row, row+rows) × depth [from, from+depth) into panels of four rows, depth by depth, padded with zeros. */
function packRows(
  data: Float64Array,
  start: number,
  rowStride: number,
  columnStride: number,
  rows: number,
  depth: number,
  out: Float64Array,
): void {
  let position = 0;
  for (let i = 0; i < rows; i += TILE) {
    const height = Math.min(TILE, rows - i);
    let source = start + i * rowStride;
    if (height === TILE) {
      const second = rowStride;
      const third = 2 * rowStride;
      const fourth = 3 * rowStride;
      for (let k = 0; k < depth; k++) {
        out[position] = data[source]!;
        out[position + 1] = data[source + second]!;
        out[position + 2] = data[source + third]!;
        out[position + 3] = data[source + fourth]!;
        position += TILE;
        source += columnStride;
      }
    } else {
      for (let k = 0; k < depth; k++) {
        for (let r = 0; r < TILE; r++) out[position + r] = r < height ? data[source + r * rowStride]! : 0;
        position += TILE;
        source += columnStride;
      }
    }
  }
}

/** tile ← Σ_k a(:,k) b(k,:) for one packed panel of A and of B. */
function multiplyTile(
  a: Float64Array,
  aStart: number,
  b: Float64Array,
  bStart: number,
  depth: number,
  out: Float64Array,
): void {
  let c00 = 0;
  let c01 = 0;
  let c02 = 0;
  let c03 = 0;
  let c10 = 0;
  let c11 = 0;
  let c12 = 0;
  let c13 = 0;
  let c20 = 0;
  let c21 = 0;
  let c22 = 0;
  let c23 = 0;
  let c30 = 0;
  let c31 = 0;
  let c32 = 0;
  let c33 = 0;
  let p = aStart;
  let q = bStart;
  for (const end = aStart + TILE * depth; p < end; p += TILE, q += TILE) {
    const b0 = b[q]!;
    const b1 = b[q + 1]!;
    const b2 = b[q + 2]!;
    const b3 = b[q + 3]!;
    const a0 = a[p]!;
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    const a1 = a[p + 1]!;
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    const a2 = a[p + 2]!;
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    const a3 = a[p + 3]!;
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
  }
  out[0] = c00;
  out[1] = c01;
  out[2] = c02;
  out[3] = c03;
  out[4] = c10;
  out[5] = c11;
  out[6] = c12;
  out[7] = c13;
  out[8] = c20;
  out[9] = c21;
  out[10] = c22;
  out[11] = c23;
  out[12] = c30;
  out[13] = c31;
  out[14] = c32;
  out[15] = c33;
}

/**
 * C ← C + sign · A·B, with A m × k and B k × n. C has unit column stride and row stride `ldc`. With `lower`, only entries of C
 * on and below its diagonal are touched.
 *
 * @param a entry (i, l) at `aOffset + i * aRow + l * aColumn`
 * @param b entry (l, j) at `bOffset + l * bRow + j * bColumn`
 * @example
 * // C −= A·A', lower triangle, A n × k row-major
 * addProduct(-1, n, n, k, A, 0, k, 1, A, 0, 1, k, C, 0, n, true);
 */
export function addProduct(
  sign: 1 | -1,
  m: number,
  n: number,
  k: number,
  a: Float64Array,
  aOffset: number,
  aRow: number,
  aColumn: number,
  b: Float64Array,
  bOffset: number,
  bRow: number,
  bColumn: number,
  c: Float64Array,
  cOffset: number,
  ldc: number,
  lower = false,
): void {
  for (let column = 0; column < n; column += COLUMNS) {
    const columns = Math.min(COLUMNS, n - column);
    const firstRow = lower ? column - (column % TILE) : 0;
    for (let level = 0; level < k; level += DEPTH) {
      const depth = Math.min(DEPTH, k - level);
      packRows(b, bOffset + level * bRow + column * bColumn, bColumn, bRow, columns, depth, packedB);
      for (let row = firstRow; row < m; row += ROWS) {
        const rows = Math.min(ROWS, m - row);
        packRows(a, aOffset + row * aRow + level * aColumn, aRow, aColumn, rows, depth, packedA);
        const used = lower ? Math.min(columns, row + rows - column) : columns;
        for (let j = 0; j < used; j += TILE) {
          const width = Math.min(TILE, columns - j);
          for (let i = 0; i < rows; i += TILE) {
            const height = Math.min(TILE, rows - i);
            const above = column + j - row - i;
            if (lower && above > height - 1) continue;
            multiplyTile(packedA, i * depth, packedB, j * depth, depth, tile);
            const target = cOffset + (row + i) * ldc + column + j;
            for (let r = 0; r < height; r++) {
              const last = lower ? Math.min(width, r - above + 1) : width;
              const base = target + r * ldc;
              for (let s = 0; s < last; s++) c[base + s]! += sign * tile[r * TILE + s]!;
            }
          }
        }
      }
    }
  }
}
