/**
 * The innermost loop of dense linear algebra: 4 × 4 tiles of a product of packed panels. Two versions that give the same bits: plain
 * JavaScript, and WebAssembly with two doubles an instruction where the platform has it.
 *
 * A panel holds four rows of A (columns of B) depth by depth: entry (r, k) at 4k + r.
 */
import { simdModule } from "./simd-module.ts";

/** Depth of a packed panel: one panel of A and one of B fit in the first-level cache. */
export const DEPTH = 192;
/** Rows of A packed at once. */
export const ROWS = 96;
/** Columns of B packed at once. */
export const COLUMNS = 768;
export const TILE = 4;

export interface TileKernel {
  readonly kind: "portable" | "simd";
  /** Packed panels of A, at most ROWS × DEPTH. */
  readonly a: Float64Array;
  /** Packed panels of B, at most DEPTH × COLUMNS. */
  readonly b: Float64Array;
  /** Tiles, 16 doubles each, row-major. */
  readonly tiles: Float64Array;
  /**
   * Multiplies `count` successive panels of A, from double `aStart`, by the panel of B at double `bStart`; the tiles overwrite
   * `tiles` from its start.
   */
  strip(aStart: number, bStart: number, depth: number, count: number): void;
}

/** Plain JavaScript. */
export function portableKernel(): TileKernel {
  const a = new Float64Array(ROWS * DEPTH);
  const b = new Float64Array(COLUMNS * DEPTH);
  const tiles = new Float64Array(ROWS * TILE);
  return {
    kind: "portable",
    a,
    b,
    tiles,
    strip(aStart, bStart, depth, count) {
      for (let t = 0; t < count; t++)
        multiplyTile(a, aStart + t * TILE * depth, b, bStart, depth, tiles, t * TILE * TILE);
    },
  };
}

/** WebAssembly, two doubles an instruction; null where the platform does not allow it. */
export function simdKernel(): TileKernel | null {
  const bytes = Float64Array.BYTES_PER_ELEMENT;
  const aSize = ROWS * DEPTH;
  const bSize = COLUMNS * DEPTH;
  const tileSize = ROWS * TILE;
  const pages = Math.ceil(((aSize + bSize + tileSize) * bytes) / 65536);
  try {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(simdModule(pages)));
    const { memory, strip } = instance.exports as {
      memory: WebAssembly.Memory;
      strip: (a: number, b: number, tiles: number, depth: number, count: number) => void;
    };
    const bAt = aSize * bytes;
    const tilesAt = bAt + bSize * bytes;
    return {
      kind: "simd",
      a: new Float64Array(memory.buffer, 0, aSize),
      b: new Float64Array(memory.buffer, bAt, bSize),
      tiles: new Float64Array(memory.buffer, tilesAt, tileSize),
      strip(aStart, bStart, depth, count) {
        strip(aStart * bytes, bAt + bStart * bytes, tilesAt, depth, count);
      },
    };
  } catch {
    // No WebAssembly, no SIMD, or a content security policy: the portable kernel does the same more slowly.
    return null;
  }
}

/** out ← Σ_k a(:,k) b(k,:) for one packed panel of A and of B. */
function multiplyTile(
  a: Float64Array,
  aStart: number,
  b: Float64Array,
  bStart: number,
  depth: number,
  out: Float64Array,
  outStart: number,
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
  out[outStart] = c00;
  out[outStart + 1] = c01;
  out[outStart + 2] = c02;
  out[outStart + 3] = c03;
  out[outStart + 4] = c10;
  out[outStart + 5] = c11;
  out[outStart + 6] = c12;
  out[outStart + 7] = c13;
  out[outStart + 8] = c20;
  out[outStart + 9] = c21;
  out[outStart + 10] = c22;
  out[outStart + 11] = c23;
  out[outStart + 12] = c30;
  out[outStart + 13] = c31;
  out[outStart + 14] = c32;
  out[outStart + 15] = c33;
}
