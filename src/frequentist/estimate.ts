/** What an engine hands over to become a fit. */
import type { ConditionalModes } from "../marginal/marginal-likelihood.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { WarningCode } from "../messages/warning-code.ts";
import type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";
import type { ConditionalOnData } from "../model/fit.ts";
import type { EquivalentMaximum } from "./equivalent-maxima.ts";
import type { MaximumLikelihood } from "./maximum-likelihood.ts";
import type { FitMethod } from "./method.ts";
import type { TriedStart } from "./several-starts.ts";
import type { VerdictWithReason } from "./verdict.ts";

/** The end of an iteration of working linear mixed models (penalised quasi-likelihood, Lindstrom-Bates). */
export interface WorkingResult extends ConditionalModes {
  /** False where there is no likelihood: then logLik is NaN, and `glance` has none. */
  readonly likelihood: boolean;
  /** The random effects given the data in the model linearised at the estimate, as a function of its natural parameters. */
  readonly linearised: () => ConditionalOnData;
  /** Residual sd of the working model where the family has none: the root of the dispersion. */
  readonly sigma?: { readonly estimate: number; readonly error: () => number };
}

/** What an engine hands over. All in the user's units. */
export interface Estimate {
  readonly model: CompiledModel;
  readonly requested: FitMethod;
  /** `REML`, `ML`, `Laplace`, `AGQ 25`. */
  readonly label: string;
  readonly x: Float64Array;
  /** Covariance of x; computed on first use. */
  readonly covariance: () => Float64Array;
  /** The same in standardised coordinates. */
  readonly standardisedCovariance?: (() => Float64Array) | undefined;
  readonly logLik: number;
  /** Whether logLik is a restricted one. */
  readonly restricted: boolean;
  /** The integral that was maximised; of a method that maximises none, the one whose likelihood the model has. */
  readonly integral: IntegralMethod;
  readonly verdict: VerdictWithReason;
  /** Labels of the parameters that are at infinity or not identified; see `parameterLabel`. */
  readonly undetermined?: readonly string[];
  /** Other maxima that are as high, where the likelihood does not depend on some variances. */
  readonly equivalents?: readonly EquivalentMaximum[];
  readonly warnings: readonly FitWarning[];
  /** Evaluations of the likelihood with gradient; iterations of a method by working models. */
  readonly evaluations: number;
  /** The starts that were searched from, where more than one was. */
  readonly starts?: readonly TriedStart[];
  /** What a method by working linear models found that the integral does not give. */
  readonly working?: WorkingResult;
  /** The declaration that made the model, where there is one. */
  readonly declaration?: Declaration;
  /** Fits the same model by the same method to another response, starting from this estimate. */
  readonly refit: (y: Float64Array) => MaximumLikelihood;
  /** Fits the model by (unrestricted) maximum likelihood, starting from this estimate. */
  readonly unrestricted: () => MaximumLikelihood;
}

/** What a search found. `warningCode`: of a verdict that is its own warning. */
export type Found = Omit<Estimate, "refit" | "unrestricted"> & { readonly warningCode?: WarningCode };

/** What a fit needs of its declaration to be updated. */
export interface Declaration {
  fit(method?: FitMethod): Promise<MaximumLikelihood>;
}
