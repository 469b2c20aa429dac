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

/** Adds the products of four columns, from a on, with each other: each is read once. */
function addFour({ values, weight, stride, q }: RowBlock, a: number, count: number, into: Float64Array): void {
  const a0 = a * stride;
  const a1 = a0 + stride;
  const a2 = a1 + stride;
  const a3 = a2 + stride;
  let s00 = 0;
  let s10 = 0;
  let s11 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let s30 = 0;
  let s31 = 0;
  let s32 = 0;
  let s33 = 0;
  for (let i = 0; i < count; i++) {
    const w = weight[i]!;
    const x0 = values[a0 + i]!;
    const x1 = values[a1 + i]!;
    const x2 = values[a2 + i]!;
    const x3 = values[a3 + i]!;
    const w0 = w * x0;
    const w1 = w * x1;
    const w2 = w * x2;
    s00 += w0 * x0;
    s10 += w0 * x1;
    s20 += w0 * x2;
    s30 += w0 * x3;
    s11 += w1 * x1;
    s21 += w1 * x2;
    s31 += w1 * x3;
    s22 += w2 * x2;
    s32 += w2 * x3;
    s33 += w * x3 * x3;
  }
  const d0 = a * q + a;
  const d1 = d0 + q;
  const d2 = d1 + q;
  const d3 = d2 + q;
  into[d0]! += s00;
  into[d1]! += s10;
  into[d1 + 1]! += s11;
  into[d2]! += s20;
  into[d2 + 1]! += s21;
  into[d2 + 2]! += s22;
  into[d3]! += s30;
  into[d3 + 1]! += s31;
  into[d3 + 2]! += s32;
  into[d3 + 3]! += s33;
}

/** Adds Σ w zz' over the first `count` rows to `into`, q × q row-major, lower triangle. */
export function addCrossProducts(block: RowBlock, count: number, into: Float64Array): void {
  const { values, weight, stride, q } = block;
  const even = q - (q & 1);
  const fours = q - (q & 3);
  for (let a = 0; a < fours; a += 4) addFour(block, a, count, into);
  for (let a = 0; a < even; a += 2) {
    const a0 = a * stride;
    const a1 = a0 + stride;
    // within a block of four the products are there
    const end = a < fours ? a - (a & 3) : a + 2;
    for (let b = 0; b < end; b += 2) {
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
