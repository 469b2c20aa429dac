/** X'X of many columns by the level-3 kernels, and Q with orthonormal columns from it. */
import { choleskyFactor } from "./dense-cholesky.ts";
import { addProduct } from "./matrix-product.ts";
import { solveRightTransposed } from "./triangular.ts";

/** Adds X'X to the lower triangle of G; X is rows × p row-major from `offset`. */
export function addGram(X: Float64Array, offset: number, rows: number, p: number, G: Float64Array, ld = p): void {
  addProduct(1, p, p, rows, X, offset, 1, p, X, offset, p, 1, G, 0, ld, true);
}

/**
 * Cholesky QR in two passes (Yamamoto et al. 2015, "Roundoff error analysis of the CholeskyQR2 algorithm", ETNA 44), for columns that are far
 * from dependent: overwrites X, n × p row-major with columns of mean square near 1, by Q with Q'Q = nI, X = QL'.
 *
 * @param least smallest pivot that is accepted
 * @returns L, p × p row-major lower triangular, or null where a column adds less than `least` to those before it; X is then unusable
 */
export function choleskyOrthogonal(X: Float64Array, n: number, p: number, least: number): Float64Array | null {
  let product: Float64Array | null = null;
  for (let pass = 0; pass < 2; pass++) {
    const L = new Float64Array(p * p);
    addGram(X, 0, n, p, L);
    for (let cell = 0; cell < L.length; cell++) L[cell]! /= n;
    if (!choleskyFactor(L, p)) return null;
    for (let j = 0; j < p; j++) if (!(L[j * p + j]! > least)) return null;
    for (let i = 0; i < p; i++) L.fill(0, i * p + i + 1, (i + 1) * p);
    solveRightTransposed(L, 0, p, p, X, 0, p, n);
    if (product === null) product = L;
    else {
      // X = Q(L₁L₂)'
      const both = new Float64Array(p * p);
      addProduct(1, p, p, p, product, 0, p, 1, L, 0, p, 1, both, 0, p, true);
      product = both;
    }
  }
  return product;
}
