/** Inverse Gaussian variates. */
import type { Rng } from "./rng.ts";

/**
 * Inverse Gaussian with the given mean μ and shape λ, density √(λ/2πx³) exp(−λ(x − μ)²/2μ²x); μ = Infinity gives the Lévy law λ/Z².
 * Michael, Schucany & Haas (1976), "Generating random variates using transformations with multiple roots", with the smaller root
 * written without cancellation.
 */
export function inverseGaussianVariate(rng: Rng, mean: number, shape: number): number {
  const z = rng.normal();
  const square = z * z;
  if (mean === Number.POSITIVE_INFINITY) return shape / square;
  const half = (mean * square) / (2 * shape);
  // The roots of λ(x − μ)² = μ²xz² multiply to μ²: the smaller is μ / (1 + h + √(h(h + 2))).
  const ratio = 1 / (1 + half + Math.sqrt(half * (half + 2)));
  return rng.uniform() * (1 + ratio) <= 1 ? mean * ratio : mean / ratio;
}
