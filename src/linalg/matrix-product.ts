/**
 * The one level-3 kernel: C ← C ± A·B on strided views of flat arrays, cache-blocked and register-tiled. Cholesky,
 * triangular inversion and the inverse of a positive definite matrix are recursions that end here.
 *
 * Operands are copied into contiguous panels of four rows (columns) before use, so that transposes cost nothing and the inner
 * loop reads memory in order (Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication").
 */
import { COLUMNS, DEPTH, portableKernel, ROWS, simdKernel, TILE, type TileKernel } from "./tile-kernel.ts";

let kernel: TileKernel | null = null;

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
  kernel ??= simdKernel() ?? portableKernel();
  const { tiles } = kernel;
  for (let column = 0; column < n; column += COLUMNS) {
    const columns = Math.min(COLUMNS, n - column);
    for (let level = 0; level < k; level += DEPTH) {
      const depth = Math.min(DEPTH, k - level);
      packRows(b, bOffset + level * bRow + column * bColumn, bColumn, bRow, columns, depth, kernel.b);
      for (let row = lower ? column : 0; row < m; row += ROWS) {
        const rows = Math.min(ROWS, m - row);
        packRows(a, aOffset + row * aRow + level * aColumn, aRow, aColumn, rows, depth, kernel.a);
        const used = lower ? Math.min(columns, row + rows - column) : columns;
        for (let j = 0; j < used; j += TILE) {
          const width = Math.min(TILE, columns - j);
          // With `lower`, tiles wholly above the diagonal are left out: row and column are multiples of the tile apart.
          const first = lower ? Math.max(0, column + j - row) : 0;
          if (first >= rows) continue;
          kernel.strip(first * depth, j * depth, depth, Math.ceil((rows - first) / TILE));
          addTiles(
            sign,
            tiles,
            c,
            cOffset + (row + first) * ldc + column + j,
            ldc,
            rows - first,
            width,
            lower ? row + first - column - j : width,
          );
        }
      }
    }
  }
}

/** c ← c + sign · tiles, `rows` × `width`; row r takes columns s ≤ r + `diagonal` only. */
function addTiles(
  sign: number,
  tiles: Float64Array,
  c: Float64Array,
  start: number,
  ldc: number,
  rows: number,
  width: number,
  diagonal: number,
): void {
  for (let r = 0; r < rows; r++) {
    const target = start + r * ldc;
    const source = r * TILE;
    if (width === TILE && r + diagonal >= TILE - 1) {
      c[target] = c[target]! + sign * tiles[source]!;
      c[target + 1] = c[target + 1]! + sign * tiles[source + 1]!;
      c[target + 2] = c[target + 2]! + sign * tiles[source + 2]!;
      c[target + 3] = c[target + 3]! + sign * tiles[source + 3]!;
    } else
      for (let s = 0, last = Math.min(width, r + diagonal + 1); s < last; s++)
        c[target + s]! += sign * tiles[source + s]!;
  }
}
