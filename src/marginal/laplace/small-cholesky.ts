/** Cholesky factors of the small dense matrices of one group (q ≤ about 10): flat, row-major, without allocation. */
import { invertLower } from "../../linalg/triangular.ts";

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
