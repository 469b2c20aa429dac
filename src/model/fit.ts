/** What a fit is, whichever engine made it: one discriminated union with shared capabilities. */
import type { MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { CompiledModel } from "./compiled-model.ts";
import type { DdfMethod, TidyOptions } from "./tidy-options.ts";

/** A row of a coefficient table, with broom.mixed's columns. */
export interface TidyRow {
  readonly effect: "fixed" | "ran_pars" | "ran_vals" | "aux";
  readonly component: string;
  /** Grouping factor, `Residual` for the residual, null for fixed effects. */
  readonly group: string | null;
  /** `period2`, `sd__(Intercept)`, `cor__(Intercept).Days`, `sd__Observation`, `theta`. */
  readonly term: string;
  readonly level?: string;
  /** Fixed effects of an ordered response: `intercept` for its thresholds, `location` for coefficients, as in broom's tidy of a `clmm`. */
  readonly coef_type?: "intercept" | "location";
  readonly estimate: number;
  readonly std_error: number | null;
  readonly statistic: number | null;
  readonly df: number | null;
  readonly p_value: number | null;
  readonly conf_low: number | null;
  readonly conf_high: number | null;
  /** Posteriors only. */
  readonly median?: number;
  readonly rhat?: number | null;
  readonly ess_bulk?: number | null;
  readonly ess_tail?: number | null;
  readonly mcse?: number | null;
  /** Present where the interval is of the profile likelihood; then an end that is null is open. */
  readonly ci?: "profile";
  /** What the row is to be read with: an interval so wide that it says nothing. */
  readonly note?: string;
}

/** One row about the whole fit. */
export interface Glance {
  readonly nobs: number;
  readonly omitted: number;
  readonly logLik: number | null;
  readonly AIC: number | null;
  /** With the number of rows; see `informationCriteria` for that with the number of groups. */
  readonly BIC: number | null;
  /** AIC + 2k(k + 1)/(n − k − 1) (Hurvich & Tsai 1989); null for n − k − 1 ≤ 0. */
  readonly AICc: number | null;
  /**
   * As broom.mixed's column: −2 logLik of a Gaussian response, null for REML; of others the sum of squared deviance residuals given the random
   * effects at their conditional modes (lme4's `deviance`), null for families without.
   */
  readonly deviance: number | null;
  readonly REMLcrit: number | null;
  /** Number of estimated parameters. */
  readonly df: number | null;
  /** Rows less estimated parameters, as lme4's `df.residual`; no denominator degrees of freedom of a test. */
  readonly df_residual: number | null;
  /** Residual sd; null where the family has none. */
  readonly sigma: number | null;
  readonly converged: boolean;
  readonly singular: boolean;
  readonly method: string;
}

/** One conditional mode (maximum likelihood) or posterior mean of a random effect. */
export interface RanefRow {
  /** Of another parameter than the mean, as `disp`; absent: the mean. */
  readonly component?: string;
  readonly group: string;
  readonly level: string;
  readonly term: string;
  readonly estimate: number;
  readonly std_error: number;
}

export interface FitCommon {
  readonly model: CompiledModel;
  readonly warnings: readonly FitWarning[];
  tidy(options?: TidyOptions): TidyRow[];
  glance(): Glance;
}

/** A fit with random effects to report. */
export interface WithRandomEffects {
  /** Conditional modes with conditional standard deviations, or posterior means and sds. */
  ranef(): RanefRow[];
}

/** Why the optimiser's answer can or cannot be taken at its word. */
export type Verdict = "converged" | "boundary" | "separation" | "not identified" | "failed";

/** The conditional distribution of the random effects as a function of the parameters. */
export type ConditionalOnData = Pick<MarginalLikelihood, "conditionalModes" | "effectsCovariance">;

/** A fit that maximises the marginal likelihood. */
export interface MaximumLikelihoodFit extends FitCommon, WithRandomEffects {
  readonly kind: "ml";
  /** `REML`, `ML`, `Laplace`, `AGQ 25`. */
  readonly method: string;
  readonly verdict: { readonly code: Verdict; readonly reason: string };
  /** The estimate, natural parameters in the user's units (see `ParameterLayout`). */
  readonly estimate: Float64Array;
  /** Covariance of the estimate in natural parameters, size × size; zero rows for directions at a boundary. */
  readonly covariance: Float64Array;
  /** The same in standardised coordinates, where columns lie so far from their origin that combinations need it; else absent. */
  readonly standardisedCovariance?: Float64Array | undefined;
  readonly logLik: number;
  /** What coefficients are tested with where nothing is asked for: Satterthwaite's degrees of freedom for REML, else `normal`, as where it is absent. */
  readonly ddf?: DdfMethod;
  /** Conditional modes by term (levels × q) and their conditional covariances (levels × q × q). */
  readonly modes: readonly Float64Array[];
  readonly modeCovariances: readonly Float64Array[];
  /** The fit at other maxima of its likelihood, where that does not depend on some variances; absent or empty: there are none. */
  readonly equivalents?: readonly MaximumLikelihoodFit[];
  /** What the random effects are given the data as a function of x, where that is of a linearised model; absent: that of `model.marginal`. */
  readonly linearised?: (() => ConditionalOnData) | undefined;
}

/** Posterior draws in natural parameters: flat, chain after chain. */
export interface ParameterDraws {
  readonly chains: number;
  readonly drawsPerChain: number;
  readonly size: number;
  /** (chains × drawsPerChain) × size, row-major. */
  readonly values: Float64Array;
  /** Draws of the hyperparameters of a shrinkage prior; absent without one. */
  readonly hyper?: HyperDraws;
}

/** Draws of hyperparameters, beside those of the parameters whose prior they are of. */
export interface HyperDraws {
  /** `hs_global`, `hs_slab`, `hs_local[x]` …, or `R2D2_R2`, `R2D2_phi[x]` …. */
  readonly names: readonly string[];
  /** (chains × drawsPerChain) × names.length, row-major. */
  readonly values: Float64Array;
}

/** A fit that samples the posterior. */
export interface PosteriorFit extends FitCommon, WithRandomEffects {
  readonly kind: "posterior";
  /** `NUTS, random effects integrated out (exact)`. */
  readonly method: string;
  /** Why the random effects were integrated out or sampled; absent of draws made elsewhere. */
  readonly reason?: string;
  readonly draws: ParameterDraws;
  /** Draws of the random effects, one a parameter draw, by term: draws × (levels × q). Computed on first use from their conditional. */
  randomEffects(): readonly Float64Array[];
  /** Those of draw d (counted from 0, chain after chain) by term: levels × q. Views, good until the next call. */
  randomEffectsOf?(d: number): readonly Float64Array[];
  /** False where draws of the random effects are made anew whenever they are asked for, there being too many to keep. */
  readonly randomEffectsKept?: boolean;
}

/** One row about a fit by estimating equations: the likelihood's statistics are null. */
export interface EstimatingEquationsGlance extends Glance {
  readonly logLik: null;
  readonly clusters: number;
  readonly max_cluster_size: number;
  /** The kind of the standard errors: `robust`, `naive`, `KC`, … */
  readonly std_err: string;
  /** φ: Var[Y] = φ v(μ). */
  readonly scale: number;
  /** Pan's criteria; null for families without a quasi-likelihood formula. */
  readonly QIC: number | null;
  readonly QICu: number | null;
  readonly CIC: number | null;
}

/**
 * A fit by generalised estimating equations: a mean and a working covariance, and no distribution, so neither a log-likelihood nor random
 * effects nor simulation. Its mean is the population mean.
 */
export interface EstimatingEquationsFit extends FitCommon {
  readonly kind: "gee";
  /** `GEE exchangeable`. */
  readonly method: string;
  readonly verdict: { readonly code: Verdict; readonly reason: string };
  /** Natural parameters in the user's units: coefficients, then the family's parameters. */
  readonly estimate: Float64Array;
  /** Covariance of the estimate, size × size; zero rows for the family's parameters. */
  readonly covariance: Float64Array;
  /** The same in standardised coordinates, where columns lie so far from their origin that combinations need it; else absent. */
  readonly standardisedCovariance?: Float64Array | undefined;
  readonly scale: number;
  readonly correlation: { readonly names: readonly string[]; readonly estimate: Float64Array };
  readonly clusters: { readonly count: number; readonly largest: number; readonly id: string };
  glance(): EstimatingEquationsGlance;
  /** Residuals of the rows used. */
  residuals(type?: "response" | "pearson"): Float64Array;
}

/** A fit that states a distribution of the response. */
export type DistributionFit = MaximumLikelihoodFit | PosteriorFit;

export type Fit = DistributionFit | EstimatingEquationsFit;
