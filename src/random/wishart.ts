/** Inverse-Wishart variates by Bartlett's decomposition. Matrices are q × q row-major. */
import { choleskyFactor } from "../linalg/dense-cholesky.ts";
import { invertLower } from "../linalg/triangular.ts";
import type { Rng } from "./rng.ts";
import { gammaVariate } from "./variates.ts";

/**
 * Writes the lower-triangular Bartlett factor A of a standard Wishart: AA' ~ W(df, I).
 * Bartlett (1933), "On the theory of statistical regression"; Smith & Hocking (1972), AS 53.
 *
 * @param df above q − 1
 */
export function bartlettFactor(rng: Rng, df: number, q: number, out: Float64Array): void {
  for (let i = 0; i < q; i++) {
    out[i * q + i] = Math.sqrt(2 * gammaVariate(rng, (df - i) / 2));
    for (let j = 0; j < i; j++) out[i * q + j] = rng.normal();
    for (let j = i + 1; j < q; j++) out[i * q + j] = 0;
  }
}

/**
 * Writes the lower Cholesky factor of Σ ~ inverse-Wishart(df, Ψ), density ∝ |Σ|^(−(df+q+1)/2) exp(−½ tr ΨΣ⁻¹), into `out`.
 * Σ⁻¹ = KK' with K = L⁻ᵀA, Ψ = LL', A Bartlett's factor; so Σ = (LA⁻ᵀ)(LA⁻ᵀ)'.
 *
 * @param psi Ψ, lower triangle; overwritten
 * @returns false where Ψ is not positive definite to working precision
 */
export function inverseWishartFactor(rng: Rng, df: number, psi: Float64Array, q: number, out: Float64Array): boolean {
  if (!choleskyFactor(psi, q)) return false;
  if (q === 1) {
    out[0] = psi[0]! / Math.sqrt(2 * gammaVariate(rng, df / 2));
    return true;
  }
  const bartlett = new Float64Array(q * q);
  bartlettFactor(rng, df, q, bartlett);
  invertLower(bartlett, q);
  const half = new Float64Array(q * q);
  for (let i = 0; i < q; i++)
    for (let j = 0; j < q; j++) {
      let sum = 0;
      for (let k = 0; k <= Math.min(i, j); k++) sum += psi[i * q + k]! * bartlett[j * q + k]!;
      half[i * q + j] = sum;
    }
  crossproductOfRows(half, q, out);
  if (!choleskyFactor(out, q)) return false;
  for (let i = 0; i < q; i++) for (let j = i + 1; j < q; j++) out[i * q + j] = 0;
  return true;
}

/** out = MM', whole matrix. */
function crossproductOfRows(m: Float64Array, q: number, out: Float64Array): void {
  for (let i = 0; i < q; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < q; k++) sum += m[i * q + k]! * m[j * q + k]!;
      out[i * q + j] = out[j * q + i] = sum;
    }
}
