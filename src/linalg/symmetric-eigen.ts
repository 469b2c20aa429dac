/** Eigenvalues and vectors of a small dense symmetric matrix by cyclic Jacobi rotations (Golub & Van Loan 2013, §8.5), without allocation. */

/**
 * Overwrites the diagonal of A with its eigenvalues (unordered) and V with the eigenvectors as columns: A = V diag V'. The
 * off-diagonal entries are left at rounding level.
 *
 * @param a n × n row-major, both triangles
 * @param v n × n, overwritten
 */
export function symmetricEigen(a: Float64Array, n: number, v: Float64Array): void {
  v.fill(0);
  let norm = 0;
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let i = 0; i < n * n; i++) norm += a[i]! * a[i]!;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let i = 1; i < n; i++) for (let j = 0; j < i; j++) off += a[i * n + j]! * a[i * n + j]!;
    if (!(off > 1e-32 * norm)) return;
    for (let i = 0; i < n - 1; i++)
      for (let j = i + 1; j < n; j++) {
        const g = a[i * n + j]!;
        if (g === 0) continue;
        const theta = (a[j * n + j]! - a[i * n + i]!) / (2 * g);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) {
          const x = a[k * n + i]!;
          const y = a[k * n + j]!;
          a[k * n + i] = c * x - s * y;
          a[k * n + j] = s * x + c * y;
        }
        for (let k = 0; k < n; k++) {
          const x = a[i * n + k]!;
          const y = a[j * n + k]!;
          a[i * n + k] = c * x - s * y;
          a[j * n + k] = s * x + c * y;
        }
        for (let k = 0; k < n; k++) {
          const x = v[k * n + i]!;
          const y = v[k * n + j]!;
          v[k * n + i] = c * x - s * y;
          v[k * n + j] = s * x + c * y;
        }
      }
  }
}
