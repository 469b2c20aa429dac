/**
 * The one integral: log ∫ p(y | b, β, φ) p(b | Λ) db as a function of the natural parameters `x = [β | Λ | φ]`
 * (see `model/parameter-layout.ts`), with its exact gradient. Used by maximum likelihood and by the samplers alike.
 */
import type { ParameterLayout } from "../model/parameter-layout.ts";
import type { Rng } from "../random/rng.ts";
import type { EffectsCovariance } from "./effects-covariance.ts";

export interface ConditionalModes {
  /** Modes of b by term: levels × q, row-major, on the scale of the linear predictor. */
  readonly modes: readonly Float64Array[];
  /** Conditional covariance of b by term at fixed parameters: levels × q × q (from the curvature at the mode; exact for Gaussian). */
  readonly covariances: readonly Float64Array[];
}

export interface MarginalLikelihood {
  readonly layout: ParameterLayout;
  /** How it is computed. */
  readonly method: { readonly kind: "exact" | "laplace" | "agq"; readonly nodes: number };
  /**
   * Log-likelihood with all constants; adds nothing to and overwrites `gradient` (length layout.size) when given.
   * −Infinity where it cannot be computed, never NaN, never throws.
   */
  evaluate(x: Float64Array, gradient?: Float64Array): number;
  /**
   * Log-likelihood contributions of the independent groups and (when `scores` is given: groups × layout.size) their gradients.
   * Absent where groups are not independent (crossed terms).
   */
  readonly groups?: {
    readonly count: number;
    evaluate(x: Float64Array, values: Float64Array, scores?: Float64Array): void;
  };
  conditionalModes(x: Float64Array): ConditionalModes;
  /** The covariance of all random effects together given the data at fixed parameters, as a sparse root; null where there is no mode. */
  effectsCovariance(x: Float64Array): EffectsCovariance | null;
  /**
   * Draws b given x into `out` (by term: levels × q). Exact for Gaussian; otherwise from the normal approximation at the mode,
   * corrected (importance resampling, or by the quadrature grid) so that it targets the conditional distribution.
   */
  drawRandomEffects(x: Float64Array, rng: Rng, out: readonly Float64Array[]): void;
  /** Counters since construction. */
  readonly trace: { evaluations: number; gradients: number; innerIterations: number; failures: number };
}
