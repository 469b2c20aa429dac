/** x'H⁻¹x of a block-diagonal H = LL' and a sparse x. */

/**
 * @param L Cholesky factors of the blocks, one q × q row-major after the other, lower triangles
 * @param position where x has entries, e < count; one may come twice, its values add up
 */
export function blockDiagonalForm(
  L: Float64Array,
  q: number,
  position: Int32Array,
  value: Float64Array,
  count: number,
): number {
  const x = new Float64Array(q);
  const done = new Set<number>();
  let sum = 0;
  for (let e = 0; e < count; e++) {
    const block = Math.floor(position[e]! / q);
    if (done.has(block)) continue;
    done.add(block);
    x.fill(0);
    for (let f = e; f < count; f++)
      if (Math.floor(position[f]! / q) === block) x[position[f]! - block * q]! += value[f]!;
    for (let a = 0, at = block * q * q; a < q; a++, at += q) {
      for (let b = 0; b < a; b++) x[a]! -= L[at + b]! * x[b]!;
      x[a]! /= L[at + a]!;
      sum += x[a]! ** 2;
    }
  }
  return sum;
}
