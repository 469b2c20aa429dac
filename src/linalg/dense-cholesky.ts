/**
 * Cholesky factorisation A = LL' of a dense symmetric positive definite matrix and what follows from it. Flat row-major
 * storage, lower triangle only: the part above the diagonal is neither read nor written.
 */
import { addProduct } from "./matrix-product.ts";
import {
  invertLower,
  lowerTransposedProduct,
  solveLower,
  solveLowerTransposed,
  solveRightTransposed,
  split,
} from "./triangular.ts";

const BASE = 12;

/**
 * Overwrites the lower triangle of A with L. n³/3 floating point operations, cache-blocked beyond order 12.
 *
 * @param a n × n from `offset` with row stride `ld`
 * @returns false where A is not positive definite to working precision (or holds NaN); `a` is then unusable
 * @example
 * const a = Float64Array.of(4, 0, 2, 5);
 * choleskyFactor(a, 2); // true; a = [2, 0, 1, 2]
 */
export function choleskyFactor(a: Float64Array, n: number, offset = 0, ld = n): boolean {
  if (n > BASE) {
    const n1 = split(n);
    const below = offset + n1 * ld;
    if (!choleskyFactor(a, n1, offset, ld)) return false;
    solveRightTransposed(a, offset, ld, n1, a, below, ld, n - n1);
    addProduct(-1, n - n1, n - n1, n1, a, below, ld, 1, a, below, 1, ld, a, below + n1, ld, true);
    return choleskyFactor(a, n - n1, below + n1, ld);
  }
  for (let i = 0; i < n; i++) {
    const row = offset + i * ld;
    for (let j = 0; j < i; j++) {
      const other = offset + j * ld;
      let sum = a[row + j]!;
      for (let k = 0; k < j; k++) sum -= a[row + k]! * a[other + k]!;
      a[row + j] = sum / a[other + j]!;
    }
    let pivot = a[row + i]!;
    for (let k = 0; k < i; k++) pivot -= a[row + k]! * a[row + k]!;
    if (!(pivot > 0) || pivot === Number.POSITIVE_INFINITY) return false;
    a[row + i] = Math.sqrt(pivot);
  }
  return true;
}

/** log|A| from its Cholesky factor. */
export function choleskyLogDet(l: Float64Array, n: number, offset = 0, ld = n): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(l[offset + i * ld + i]!);
  return 2 * sum;
}

/** X ← A⁻¹X from the Cholesky factor of A; X is n × columns, row-major. */
export function choleskySolve(l: Float64Array, n: number, x: Float64Array, columns = 1): void {
  solveLower(l, 0, n, n, x, 0, columns);
  solveLowerTransposed(l, 0, n, n, x, 0, columns);
}

/** Overwrites L by the lower triangle of A⁻¹ = L⁻ᵀL⁻¹; 2n³/3 floating point operations. */
export function choleskyInverse(l: Float64Array, n: number, offset = 0, ld = n): void {
  invertLower(l, n, offset, ld);
  lowerTransposedProduct(l, n, offset, ld);
}

/** Copies the lower triangle onto the upper one. */
export function symmetrise(a: Float64Array, n: number): void {
  for (let i = 1; i < n; i++) for (let j = 0; j < i; j++) a[j * n + i] = a[i * n + j]!;
}
