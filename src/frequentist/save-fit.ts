/** A maximum-likelihood fit to JSON: the declaration, the columns it used, and the estimate. */
import type { NumberJSON, NumberListJSON } from "../data/number-json.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { IntegralMethod } from "../model/compiled-model.ts";
import type { SavedModel } from "../model/saved-model.ts";
import { saveModel } from "../model/saved-model.ts";
import type { WorkingResult } from "./estimate.ts";
import type { MaximumLikelihood } from "./maximum-likelihood.ts";
import type { FitMethod } from "./method.ts";
import type { TriedStart } from "./several-starts.ts";
import type { VerdictWithReason } from "./verdict.ts";

/** The JSON of a fit. Numbers are written in full, so a loaded fit prints the same tables. */
export interface SavedMaximumLikelihood extends SavedModel {
  readonly kind: "MaximumLikelihoodFit";
  /** Version 1 had no digest. */
  readonly version: 2 | 1;
  readonly requested: FitMethod;
  readonly method: string;
  readonly integral: IntegralMethod;
  readonly estimate: NumberListJSON;
  /** NaN, null in JSON, where it is not known. */
  readonly covariance: NumberListJSON;
  /** In standardised coordinates, of a model with columns far from their origin. */
  readonly standardisedCovariance?: NumberListJSON;
  readonly logLik: NumberJSON;
  readonly restricted: boolean;
  readonly verdict: VerdictWithReason;
  /** Absent where every parameter is determined. */
  readonly undetermined?: readonly string[];
  /** Other maxima, absent where there are none. */
  readonly equivalents?: readonly {
    readonly estimate: NumberListJSON;
    readonly covariance: NumberListJSON;
    readonly standardisedCovariance?: NumberListJSON;
  }[];
  readonly warnings: readonly FitWarning[];
  readonly evaluations: number;
  readonly starts?: readonly TriedStart[];
  /** What a method by working linear models found, see `WorkingResult`. */
  readonly working?: {
    readonly likelihood: boolean;
    readonly sigma?: { readonly estimate: NumberJSON; readonly error: NumberJSON };
    readonly modes: readonly NumberListJSON[];
    readonly covariances: readonly NumberListJSON[];
  };
  /** Of all the rest, see `digestOf`. */
  readonly digest: string;
}

/** A fit as plain data, its numbers still in typed arrays. */
export function saveMaximumLikelihood(fit: MaximumLikelihood): Omit<SavedMaximumLikelihood, "digest"> {
  return {
    kind: "MaximumLikelihoodFit",
    version: 2,
    ...saveModel(fit.model),
    requested: fit.requested,
    method: fit.method,
    integral: fit.integral,
    estimate: fit.estimate,
    covariance: fit.covariance,
    ...(fit.standardisedCovariance && { standardisedCovariance: fit.standardisedCovariance }),
    logLik: fit.logLik,
    restricted: fit.restricted,
    verdict: fit.verdict,
    ...(fit.undetermined.length > 0 && { undetermined: fit.undetermined }),
    ...(fit.equivalents.length > 0 && { equivalents: fit.equivalents.map(saveEquivalent) }),
    warnings: fit.warnings,
    evaluations: fit.evaluations,
    ...(fit.starts.length > 0 && { starts: fit.starts }),
    ...(fit.working && { working: saveWorking(fit.working) }),
  };
}

const saveEquivalent = ({ estimate, covariance, standardisedCovariance }: MaximumLikelihood) => ({
  estimate,
  covariance,
  ...(standardisedCovariance && { standardisedCovariance }),
});

const saveWorking = ({
  likelihood,
  sigma,
  modes,
  covariances,
}: WorkingResult): NonNullable<SavedMaximumLikelihood["working"]> => ({
  likelihood,
  ...(sigma && { sigma: { estimate: sigma.estimate, error: sigma.error() } }),
  modes,
  covariances,
});
