/** A maximum-likelihood fit to and from JSON: the declaration, the columns it used, and the estimate; nothing is refitted on loading. */
import type { NumberJSON, NumberListJSON } from "../data/number-json.ts";
import { decodeNumber, decodeNumbers } from "../data/number-json.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";
import type { SavedModel } from "../model/saved-model.ts";
import { saveModel } from "../model/saved-model.ts";
import { fitModel } from "./fit-model.ts";
import { restoreFitted } from "./fitted-variance.ts";
import { MaximumLikelihood, type WorkingResult } from "./maximum-likelihood.ts";
import type { FitMethod } from "./method.ts";
import { linearisedMean, restoreNonlinearFitted } from "./pql/linearised-model.ts";
import { linearisedPredictor } from "./pql/linearised-predictor.ts";
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
  readonly logLik: NumberJSON;
  readonly restricted: boolean;
  readonly verdict: VerdictWithReason;
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
    logLik: fit.logLik,
    restricted: fit.restricted,
    verdict: fit.verdict,
    warnings: fit.warnings,
    evaluations: fit.evaluations,
    ...(fit.starts.length > 0 && { starts: fit.starts }),
    ...(fit.working && { working: saveWorking(fit.working) }),
  };
}

const saveWorking = ({ likelihood, sigma, modes, covariances }: WorkingResult): SavedMaximumLikelihood["working"] => ({
  likelihood,
  ...(sigma && { sigma: { estimate: sigma.estimate, error: sigma.error() } }),
  modes,
  covariances,
});

const loadWorking = ({
  likelihood,
  sigma,
  modes,
  covariances,
}: NonNullable<SavedMaximumLikelihood["working"]>): Omit<WorkingResult, "linearised"> => ({
  likelihood,
  ...(sigma && { sigma: { estimate: decodeNumber(sigma.estimate), error: () => decodeNumber(sigma.error) } }),
  modes: modes.map(decodeNumbers),
  covariances: covariances.map(decodeNumbers),
});

/** The fit that was saved: tables, predictions, averages and refits work as before. */
export function loadMaximumLikelihood(saved: SavedMaximumLikelihood, model: CompiledModel): MaximumLikelihood {
  const x = decodeNumbers(saved.estimate);
  const penalised = saved.method.startsWith("penalised ");
  const working = saved.working && loadWorking(saved.working);
  if (model.spec.nonlinear && working) restoreNonlinearFitted(model, x, working.modes);
  else restoreFitted(model, x);
  return new MaximumLikelihood({
    model,
    requested: saved.requested,
    label: saved.method,
    integral: saved.integral,
    x,
    covariance: () => decodeNumbers(saved.covariance),
    logLik: decodeNumber(saved.logLik),
    restricted: saved.restricted,
    verdict: saved.verdict,
    warnings: saved.warnings,
    evaluations: saved.evaluations,
    ...(saved.starts && { starts: saved.starts }),
    ...(working && {
      working: {
        ...working,
        linearised: model.spec.nonlinear
          ? linearisedMean(model, x, working.modes)
          : linearisedPredictor(model, x, working.modes, working.sigma?.estimate),
      },
    }),
    refit: (y) =>
      fitModel(model.withResponse(y), saved.requested, {
        ...(saved.requested.kind !== "pql" && { start: x }),
        ...(penalised && { penalised: true }),
      }),
  });
}
