/**
 * Weighted cross-products Σ w zz' of many short rows. Rows are gathered column by column in a block that fits in the first-level cache, so that
 * the products are long dot products, four at a time.
 */

/** Rows of a block, unless one cluster has more. */
export const BLOCK_ROWS = 256;

export interface RowBlock {
  /** Column a of the row at place i is `values[a · stride + i]`. */
  readonly values: Float64Array;
  readonly weight: Float64Array;
  readonly stride: number;
  /** Number of columns. */
  readonly q: number;
}

/** A block for `rows` rows of q columns. */
export const rowBlock = (q: number, rows: number): RowBlock => ({
  values: new Float64Array(q * rows),
  weight: new Float64Array(rows),
  stride: rows,
  q,
});

/** Adds Σ w zz' over the first `count` rows to `into`, q × q row-major, lower triangle. */
export function addCrossProducts({ values, weight, stride, q }: RowBlock, count: number, into: Float64Array): void {
  const even = q - (q & 1);
  for (let a = 0; a < even; a += 2) {
    const a0 = a * stride;
    const a1 = a0 + stride;
    for (let b = 0; b <= a; b += 2) {
      const b0 = b * stride;
      const b1 = b0 + stride;
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      for (let i = 0; i < count; i++) {
        const w = weight[i]!;
        const x0 = w * values[a0 + i]!;
        const x1 = w * values[a1 + i]!;
        const y0 = values[b0 + i]!;
        const y1 = values[b1 + i]!;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s10 += x1 * y0;
        s11 += x1 * y1;
      }
      into[a * q + b]! += s00;
      if (b < a) into[a * q + b + 1]! += s01;
      into[(a + 1) * q + b]! += s10;
      into[(a + 1) * q + b + 1]! += s11;
    }
  }
  if (even === q) return;
  const last = even * stride;
  for (let b = 0; b < even; b += 2) {
    const b0 = b * stride;
    const b1 = b0 + stride;
    let s0 = 0;
    let s1 = 0;
    for (let i = 0; i < count; i++) {
      const x = weight[i]! * values[last + i]!;
      s0 += x * values[b0 + i]!;
      s1 += x * values[b1 + i]!;
    }
    into[even * q + b]! += s0;
    into[even * q + b + 1]! += s1;
  }
  let square = 0;
  for (let i = 0; i < count; i++) square += weight[i]! * values[last + i]! * values[last + i]!;
  into[even * q + even]! += square;
}
