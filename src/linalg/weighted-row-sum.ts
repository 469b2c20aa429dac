/** Weighted sums of the rows of a matrix. */

/**
 * Adds Σ w_i x_i over the rows from ≤ i < to of X (n × p, row-major) to `into` from its place `at` on.
 *
 * @param w w_i is at i − from
 */
export function addWeightedRows(
  w: Float64Array,
  X: Float64Array,
  p: number,
  from: number,
  to: number,
  into: Float64Array,
  at: number,
): void {
  let a = 0;
  for (; a + 4 <= p; a += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = 0, x = from * p + a; i < to - from; i++, x += p) {
      const weight = w[i]!;
      s0 += weight * X[x]!;
      s1 += weight * X[x + 1]!;
      s2 += weight * X[x + 2]!;
      s3 += weight * X[x + 3]!;
    }
    into[at + a]! += s0;
    into[at + a + 1]! += s1;
    into[at + a + 2]! += s2;
    into[at + a + 3]! += s3;
  }
  for (; a < p; a++) {
    let s = 0;
    for (let i = 0, x = from * p + a; i < to - from; i++, x += p) s += w[i]! * X[x]!;
    into[at + a]! += s;
  }
}
