/** What the search of a Gaussian model reads, and what it finds. */
import type { CompiledModel } from "../model/compiled-model.ts";
import type { Standardisation } from "../model/standardise.ts";
import type { EquivalentMaximum } from "./equivalent-maxima.ts";
import type { FlatCovariance } from "./flat-covariance.ts";
import type { TriedStart } from "./several-starts.ts";

/** The part of a compiled model that the search reads; a working linear model has no more. */
export type GaussianProblem = Pick<CompiledModel, "layout" | "residual"> & {
  readonly standardisation: Pick<
    Standardisation,
    "data" | "toStandardised" | "toOriginal" | "covarianceToOriginal" | "logDeterminant"
  >;
  readonly design: Pick<CompiledModel["design"], "n" | "y" | "random">;
  readonly family: Pick<CompiledModel["family"], "parameters">;
};

export interface GaussianMaximum {
  /** Natural parameters in the user's units. */
  readonly x: Float64Array;
  /** Log-likelihood, restricted for REML, with all constants, in the user's units. */
  readonly logLik: number;
  readonly evaluations: number;
  readonly converged: boolean;
  /** Predicted further rise of the log-likelihood. */
  readonly remaining: number;
  /** What rounding alone makes of the residual standard deviation; 0 where that is no free parameter. */
  readonly roundingSigma: number;
  /** The starts that were searched from; none where one was given, or where the model has nothing to search for. */
  readonly starts: readonly TriedStart[];
  /** Variances and correlations on which the criterion does not depend; null where there are none. */
  readonly flat: FlatCovariance | null;
  /** Other maxima, along what the criterion does not depend on: there the errors of β may be others. */
  readonly equivalents: readonly EquivalentMaximum[];
  /** Names of the residual parameters in which the likelihood has a kink at the maximum. */
  readonly kinks: readonly string[];
  /** Covariance of x: generalised least squares for β, observed information for the rest. */
  covariance(): Float64Array;
  /** The same in standardised coordinates. */
  standardisedCovariance(): Float64Array;
}
