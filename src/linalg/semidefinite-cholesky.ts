/** A square root of a covariance that may be singular. */

/** A pivot below this share of its variance is taken to be 0. */
const NEGLIGIBLE = 1e-12;

/**
 * Overwrites the lower triangle of a symmetric positive semidefinite matrix A (n × n, row-major) with L, A = LL'. Where a pivot is 0
 * (or rounding has made it negative), its column of L is 0. For drawing from a normal distribution with a singular covariance.
 */
export function semidefiniteCholesky(a: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) {
    const variance = a[j * n + j]!;
    let pivot = variance;
    for (let k = 0; k < j; k++) pivot -= a[j * n + k]! ** 2;
    const root = pivot > NEGLIGIBLE * variance ? Math.sqrt(pivot) : 0;
    for (let i = j + 1; i < n; i++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!;
      a[i * n + j] = root > 0 ? sum / root : 0;
    }
    a[j * n + j] = root;
  }
}
