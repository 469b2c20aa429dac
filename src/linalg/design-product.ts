/**
 * Products with a design matrix (rows × columns, row-major) of few columns: Xβ and X'd, four columns at a time, so that a pass over the rows
 * has neither an inner loop nor sums in memory. Sums are in the order of the plain loops, to the last bit.
 */

/**
 * out ← offset + Xβ.
 *
 * @param X n × p
 * @param beta its entries from `start` on are the p coefficients
 */
export function affineProduct(
  X: Float64Array,
  n: number,
  p: number,
  beta: Float64Array,
  start: number,
  offset: Float64Array,
  out: Float64Array,
): void {
  if (p === 0) for (let i = 0; i < n; i++) out[i] = offset[i]!;
  let from = offset;
  let j = 0;
  for (; j + 4 <= p; j += 4) {
    const b0 = beta[start + j]!;
    const b1 = beta[start + j + 1]!;
    const b2 = beta[start + j + 2]!;
    const b3 = beta[start + j + 3]!;
    for (let i = 0, at = j; i < n; i++, at += p)
      out[i] = from[i]! + X[at]! * b0 + X[at + 1]! * b1 + X[at + 2]! * b2 + X[at + 3]! * b3;
    from = out;
  }
  for (; j < p; j++) {
    const b = beta[start + j]!;
    for (let i = 0, at = j; i < n; i++, at += p) out[i] = from[i]! + X[at]! * b;
    from = out;
  }
}

/**
 * Adds X'd to the entries of `out` from `start` on.
 *
 * @param X n × p
 */
export function addTransposedProduct(
  X: Float64Array,
  n: number,
  p: number,
  d: Float64Array,
  out: Float64Array,
  start: number,
): void {
  let j = 0;
  for (; j + 4 <= p; j += 4) {
    let s0 = out[start + j]!;
    let s1 = out[start + j + 1]!;
    let s2 = out[start + j + 2]!;
    let s3 = out[start + j + 3]!;
    for (let i = 0, at = j; i < n; i++, at += p) {
      const slope = d[i]!;
      s0 += X[at]! * slope;
      s1 += X[at + 1]! * slope;
      s2 += X[at + 2]! * slope;
      s3 += X[at + 3]! * slope;
    }
    out[start + j] = s0;
    out[start + j + 1] = s1;
    out[start + j + 2] = s2;
    out[start + j + 3] = s3;
  }
  for (; j < p; j++) {
    let sum = out[start + j]!;
    for (let i = 0, at = j; i < n; i++, at += p) sum += X[at]! * d[i]!;
    out[start + j] = sum;
  }
}
