/**
 * The coefficients of the Gaussian working model with the random effects integrated out: β̃ − removed is normal with precision P = s·R_XX + P₀ and linear
 * part m = s·R_Xr + P₀(μ − removed), where R = E'WE − s·E'WZΛH⁻¹Λ'Z'WE for E = [X̃ r].
 */
import { choleskyFactor, choleskyLogDet } from "../../linalg/dense-cholesky.ts";
import { solveLower } from "../../linalg/triangular.ts";
import type { NormalCoefficients } from "./coefficient-prior.ts";
import type { WorkingModel } from "./working-model.ts";

/** The normal law of β̃ − removed with the random effects integrated out. */
export interface IntegratedCoefficients {
  /** P, p × p; its lower Cholesky factor; and m. */
  readonly precision: Float64Array;
  readonly factor: Float64Array;
  readonly linear: Float64Array;
  /**
   * Sets all three from R (k × k row-major, lower triangle) at the model's s.
   *
   * @returns whether P is positive definite
   */
  set(reduced: Float64Array): boolean;
  /** −½log|P| + ½m'P⁻¹m − ½s·R_rr after `set` with the same R: log p(y | Λ, s) but ½N log s − ½log|H|. */
  logMarginal(reduced: Float64Array): number;
}

export function integratedCoefficients(
  model: WorkingModel,
  { standardised: { precision: P0, shift } }: NormalCoefficients,
): IntegratedCoefficients {
  const { p, k, removed } = model;
  const precision = new Float64Array(p * p);
  const factor = new Float64Array(p * p);
  const linear = new Float64Array(p);
  const half = new Float64Array(p);
  return {
    precision,
    factor,
    linear,
    set(reduced) {
      const s = model.scale;
      for (let a = 0; a < p; a++) {
        for (let b = 0; b <= a; b++) {
          const value = s * reduced[a * k + b]! + P0[a * p + b]!;
          precision[a * p + b] = precision[b * p + a] = value;
          factor[a * p + b] = factor[b * p + a] = value;
        }
        let own = s * reduced[p * k + a]! + shift[a]!;
        for (let b = 0; b < p; b++) own -= P0[a * p + b]! * removed[b]!;
        linear[a] = own;
      }
      return choleskyFactor(factor, p);
    },
    logMarginal(reduced) {
      half.set(linear);
      solveLower(factor, 0, p, p, half, 0, 1);
      let sum = -0.5 * (model.scale * reduced[p * k + p]! + choleskyLogDet(factor, p));
      for (let a = 0; a < p; a++) sum += 0.5 * half[a]! * half[a]!;
      return sum;
    },
  };
}
