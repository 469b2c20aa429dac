/** The gradient of a function of A through its Cholesky factor (Smith 1995, Journal of Computational and Graphical Statistics 4, 134–147). */

/**
 * Overwrites dL, the gradient in the lower triangle of L (n × n, row-major), with that in the lower triangle of A = LL', an entry off the diagonal standing for
 * both. Columns of L that are 0, of a singular A, add nothing.
 */
export function choleskyPullback(L: Float64Array, n: number, dL: Float64Array): void {
  for (let j = n - 1; j >= 0; j--) {
    const own = j * n;
    const pivot = L[own + j]!;
    if (!(pivot > 0)) {
      for (let i = j; i < n; i++) dL[i * n + j] = 0;
      continue;
    }
    let d = dL[own + j]!;
    for (let i = j + 1; i < n; i++) {
      const row = i * n;
      const g = dL[row + j]! / pivot;
      dL[row + j] = g;
      if (g === 0) continue;
      d -= g * L[row + j]!;
      for (let k = 0; k < j; k++) {
        dL[row + k]! -= g * L[own + k]!;
        dL[own + k]! -= g * L[row + k]!;
      }
    }
    d /= 2 * pivot;
    dL[own + j] = d;
    for (let k = 0; k < j; k++) dL[own + k]! -= 2 * d * L[own + k]!;
  }
}
