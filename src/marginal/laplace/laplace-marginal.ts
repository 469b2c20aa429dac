/** What the integrals of non-Gaussian models can do beyond every marginal likelihood. */
import type { Pausable } from "../../optimise/pausable.ts";
import type { Rng } from "../../random/rng.ts";
import type { MarginalLikelihood } from "../marginal-likelihood.ts";

/** A log-likelihood by importance sampling, with how far to trust it. */
export interface ImportanceEstimate {
  /** Estimate of the log-likelihood, all constants included. */
  readonly logLik: number;
  /** Monte Carlo standard error of `logLik` (delta method). */
  readonly standardError: number;
  /** Kish's effective number of draws, (Σw)²/Σw²; the smallest over groups where groups are independent. */
  readonly effectiveDraws: number;
}

export interface LaplaceMarginal extends MarginalLikelihood {
  /**
   * log L at x by importance sampling from a multivariate t at the mode: unbiased for L whatever the shape of the integrand, so
   * that its difference from `evaluate(x)` says how inaccurate Laplace (or too few nodes) is where quadrature cannot go.
   *
   * @param draws number of draws (in antithetic pairs; an odd number is rounded up)
   */
  importanceLogLikelihood(x: Float64Array, rng: Rng, draws: number): Pausable<ImportanceEstimate>;
}
