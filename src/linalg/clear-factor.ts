/**
 * Triangular factors of tall matrices by cross-products, for columns so far from collinear that half of the digits are enough (Golub and Van
 * Loan, *Matrix Computations*, 4th ed., section 5.3): a fraction of the cost of orthogonalising columns one by one.
 */
import { addCrossProducts, BLOCK_ROWS, rowBlock } from "./cross-products.ts";
import { choleskyFactor } from "./dense-cholesky.ts";

/** The share of a squared length below which cross-products do not decide, and of the squared variation in a squared length. */
const CLEAR = 1e-6;
const CLEAR_VARIATION = 1e-10;

export interface ClearFactor {
  /** L, p × p lower triangular, row-major, with LL' = (X − 1c')'(X − 1c'). */
  readonly L: Float64Array;
  /** c: beside an intercept the first entry of each column, else 0. */
  readonly centre: Float64Array;
}

/**
 * The factor of X (n × p, row-major), its columns beside an intercept taken about their first entries; null unless every column adds a
 * thousandth of its length or more to those before it.
 *
 * @param intercept whether the first column is constant, and not 0
 */
export function clearFactor(X: Float64Array, n: number, p: number, intercept: boolean): ClearFactor | null {
  if (n <= p || p === 0) return null;
  const block = rowBlock(p, BLOCK_ROWS);
  block.weight.fill(1);
  const centre = Float64Array.from({ length: p }, (_, c) => (intercept && c > 0 ? X[c]! : 0));
  const L = new Float64Array(p * p);
  for (let from = 0; from < n; from += BLOCK_ROWS) {
    const size = Math.min(BLOCK_ROWS, n - from);
    for (let c = 0; c < p; c++) {
      const shift = centre[c]!;
      const to = c * block.stride;
      for (let r = 0, at = from * p + c; r < size; r++, at += p) block.values[to + r] = X[at]! - shift;
    }
    addCrossProducts(block, size, L);
  }
  const least = new Float64Array(p);
  for (let c = 0; c < p; c++) {
    const square = L[c * p + c]!;
    const variation = intercept && c > 0 ? square - L[c * p]! ** 2 / L[0]! : square;
    if (!(variation > CLEAR * square && variation > CLEAR_VARIATION * n * centre[c]! ** 2)) return null;
    least[c] = Math.sqrt(CLEAR * variation);
  }
  if (!choleskyFactor(L, p)) return null;
  for (let c = 0; c < p; c++) if (!(L[c * p + c]! > least[c]!)) return null;
  return { L, centre };
}
