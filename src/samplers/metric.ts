/** Euclidean metrics of Hamiltonian dynamics: the inverse mass matrix Σ ≈ the posterior covariance. */
import { choleskyFactor } from "../linalg/dense-cholesky.ts";
import type { Rng } from "../random/rng.ts";

export interface Metric {
  readonly dim: number;
  readonly kind: "diagonal" | "dense" | "low-rank";
  /** Velocity Σp into `out`. */
  velocity(momentum: Float64Array, out: Float64Array): void;
  /** Draws p ~ N(0, Σ⁻¹) into `out`. */
  drawMomentum(rng: Rng, out: Float64Array): void;
  /** Draws N(0, Σ) into `out`: how far apart points of the posterior are. */
  drawDisplacement(rng: Rng, out: Float64Array): void;
}

/** Σ = diag(variances). */
export function diagonalMetric(variances: Float64Array): Metric {
  const dim = variances.length;
  const deviations = variances.map(Math.sqrt);
  return {
    dim,
    kind: "diagonal",
    velocity(p, out) {
      for (let i = 0; i < dim; i++) out[i] = variances[i]! * p[i]!;
    },
    drawMomentum(rng, out) {
      for (let i = 0; i < dim; i++) out[i] = rng.normal() / deviations[i]!;
    },
    drawDisplacement(rng, out) {
      for (let i = 0; i < dim; i++) out[i] = rng.normal() * deviations[i]!;
    },
  };
}

/**
 * Σ = covariance, dim × dim row-major.
 *
 * @throws RangeError when it is not positive definite
 */
export function denseMetric(covariance: Float64Array, dim: number): Metric {
  const factor = covariance.slice();
  if (!choleskyFactor(factor, dim)) throw new RangeError("The covariance of a dense metric must be positive definite.");
  return {
    dim,
    kind: "dense",
    velocity(p, out) {
      for (let i = 0; i < dim; i++) {
        let sum = 0;
        for (let j = 0; j < dim; j++) sum += covariance[i * dim + j]! * p[j]!;
        out[i] = sum;
      }
    },
    // Σ = LL': p = L⁻ᵀξ has covariance Σ⁻¹.
    drawMomentum(rng, out) {
      for (let i = 0; i < dim; i++) out[i] = rng.normal();
      for (let i = dim - 1; i >= 0; i--) {
        let sum = out[i]!;
        for (let j = i + 1; j < dim; j++) sum -= factor[j * dim + i]! * out[j]!;
        out[i] = sum / factor[i * dim + i]!;
      }
    },
    drawDisplacement(rng, out) {
      for (let i = 0; i < dim; i++) out[i] = rng.normal();
      for (let i = dim - 1; i >= 0; i--) {
        let sum = 0;
        for (let j = 0; j <= i; j++) sum += factor[i * dim + j]! * out[j]!;
        out[i] = sum;
      }
    },
  };
}
