/** Cholesky factors of the small dense matrices of one group (q ≤ about 10): flat, row-major, without allocation. */
import { choleskyFactor } from "../../linalg/dense-cholesky.ts";
import { invertLower } from "../../linalg/triangular.ts";

/** Writes L with LL' = A + ridge·I into `L` (lower triangles only). False when that is not positive definite. */
export function factorise(A: Float64Array, q: number, ridge: number, L: Float64Array): boolean {
  for (let i = 0; i < q; i++) {
    for (let j = 0; j < i; j++) L[i * q + j] = A[i * q + j]!;
    L[i * q + i] = A[i * q + i]! + ridge;
  }
  return choleskyFactor(L, q);
}

/** Writes L⁻¹ (lower triangle only) into `inverse`. */
export function invertFactor(L: Float64Array, q: number, inverse: Float64Array): void {
  for (let i = 0; i < q; i++) for (let j = 0; j <= i; j++) inverse[i * q + j] = L[i * q + j]!;
  invertLower(inverse, q);
}

/** Writes the whole of (LL')⁻¹ = L⁻ᵀL⁻¹, times `scale`, into `out`. */
export function inverseFromFactor(inverseFactor: Float64Array, q: number, scale: number, out: Float64Array): void {
  for (let i = 0; i < q; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = i; c < q; c++) sum += inverseFactor[c * q + i]! * inverseFactor[c * q + j]!;
      out[i * q + j] = scale * sum;
      out[j * q + i] = scale * sum;
    }
}
