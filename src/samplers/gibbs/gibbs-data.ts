/** What a Gibbs chain is made of: plain data, so that a worker thread and the main thread give the same bits. */
import type { KernelText } from "../../autodiff/kernel-text.ts";
import type { PriorDistribution } from "../../dsl/model-spec.ts";
import type { ParameterSupport } from "../../families/family.ts";
import type { IntegralData } from "../../marginal/integral-data.ts";
import type { GibbsChainState, GibbsRecord } from "./chain-state.ts";

/**
 * How the likelihood is brought to the coefficients and random effects.
 *
 * - `gaussian`: it is Gaussian already;
 * - `probit`: latent normals (Albert & Chib 1993);
 * - `polya-gamma`: logit, and `negative-binomial`: nbinom2, by Pólya-Gamma variables (Polson, Scott & Windle 2013);
 * - `ordinal-probit`: latent normals between thresholds, drawn with the latent normals integrated out;
 * - `metropolis`: Gaussian proposals from the likelihood's own derivatives, accepted exactly (Gamerman 1997).
 */
export type Augmentation =
  | "gaussian"
  | "probit"
  | "ordinal-probit"
  | "polya-gamma"
  | "negative-binomial"
  | "metropolis";

/** Prior of the coefficients: independent ones, or jointly normal (covariance p × p row-major). */
export type CoefficientPrior =
  | { readonly kind: "independent"; readonly distributions: readonly PriorDistribution[] }
  | { readonly kind: "normal"; readonly mean: readonly number[]; readonly covariance: readonly number[] };

/** Prior of a term's covariance matrix Σ; matrices q × q row-major. */
export type CovariancePrior =
  /** Independent standard deviations times an LKJ correlation matrix with shape eta (1 where the prior of correlations is flat). */
  | { readonly kind: "separate"; readonly sd: readonly PriorDistribution[]; readonly eta: number }
  /** Inverse-Wishart with `df` degrees of freedom and scale matrix Ψ: density ∝ |Σ|^(−(df+q+1)/2) exp(−½ tr ΨΣ⁻¹). */
  | { readonly kind: "inverse-wishart"; readonly df: number; readonly scale: readonly number[] }
  /** Huang & Wand (2013): Σ | a ~ IW(df + q − 1, 2 df diag(1/a)), a_k ~ IG(½, 1/A_k²): every sd is half-t(df, A_k). */
  | { readonly kind: "huang-wand"; readonly df: number; readonly scales: readonly number[] }
  /** Σ = diag(α) Ω diag(α) with Ω inverse-Wishart and α normal: MCMCglmm's parameter-expanded prior. */
  | {
      readonly kind: "expanded";
      readonly df: number;
      readonly scale: readonly number[];
      readonly alphaMean: readonly number[];
      readonly alphaCovariance: readonly number[];
    };

export interface GibbsData {
  readonly augmentation: Augmentation;
  /** In the user's units, columns counted from where the priors are stated. */
  readonly data: IntegralData;
  /** The log density of a row; null where the model is Gaussian. */
  readonly kernel: KernelText | null;
  readonly coefficients: CoefficientPrior;
  /** One a random term. */
  readonly covariances: readonly CovariancePrior[];
  /**
   * Gaussian models: whether sigma and covariances are drawn with the effects integrated out, which mixes best and costs a factorisation an evaluation;
   * without it each covariance is drawn given the effects and given the spherical effects. Default false.
   */
  readonly collapsed?: boolean;
  /**
   * Binary, binomial and ordinal models: whether outcomes are so rare that the steps given latent variables hardly move, and each sweep ends with
   * Metropolis steps that integrate them out. Default false.
   */
  readonly rare?: boolean;
  /** One a family parameter. */
  readonly parameters: readonly PriorDistribution[];
  readonly supports: readonly ParameterSupport[];
  /**
   * Number of thresholds of an ordered response. Then data, coefficients and chain are in the coordinates of `threshold-level.ts`, an intercept
   * for the level of the thresholds; draws are natural parameters as ever.
   */
  readonly thresholds?: number;
}

/** The settings of a Gibbs chain: plain data. */
export interface GibbsSettings {
  readonly warmup: number;
  /** Draws kept. */
  readonly draws: number;
  /** Sweeps a kept draw. */
  readonly thin: number;
  /** Key of the chain's stream of random numbers. */
  readonly seed: string;
  /** Natural parameters starts are dispersed around: standard deviations and positive parameters are multiplied by e^(½N(0,1)). */
  readonly start: Float64Array;
}

/** What a Gibbs chain leaves behind: plain arrays. */
export interface GibbsResult extends GibbsRecord {
  readonly kind: "gibbs";
  /** Share of accepted proposals after warm-up, by Metropolis block. */
  readonly acceptance: readonly { readonly block: string; readonly rate: number }[];
  /** Where the chain stands, without its draws: from here it can be extended. */
  readonly end: GibbsChainState;
}
