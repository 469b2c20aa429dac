/** A maximum-likelihood fit from its JSON: nothing is refitted on loading. */
import { decodeNumber, decodeNumbers } from "../data/number-json.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { Declaration, WorkingResult } from "./estimate.ts";
import { fitModel } from "./fit-model.ts";
import { restoreFitted } from "./fitted-variance.ts";
import { MaximumLikelihood, PENALISED } from "./maximum-likelihood.ts";
import { ml, startingAt } from "./method.ts";
import { linearisedMean, restoreNonlinearFitted } from "./pql/linearised-model.ts";
import { linearisedPredictor } from "./pql/linearised-predictor.ts";
import type { SavedMaximumLikelihood } from "./save-fit.ts";

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
export function loadMaximumLikelihood(
  saved: SavedMaximumLikelihood,
  model: CompiledModel,
  declaration?: Declaration,
): MaximumLikelihood {
  const x = decodeNumbers(saved.estimate);
  const penalised = saved.method.startsWith(PENALISED);
  const working = saved.working && loadWorking(saved.working);
  if (model.family.curve && working) restoreNonlinearFitted(model, x, working.modes);
  else restoreFitted(model, x);
  return new MaximumLikelihood({
    model,
    requested: saved.requested,
    label: saved.method,
    integral: saved.integral,
    x,
    covariance: () => decodeNumbers(saved.covariance),
    ...(saved.standardisedCovariance && {
      standardisedCovariance: () => decodeNumbers(saved.standardisedCovariance!),
    }),
    ...(declaration && { declaration }),
    logLik: decodeNumber(saved.logLik),
    restricted: saved.restricted,
    verdict: saved.verdict,
    ...(saved.undetermined && { undetermined: saved.undetermined }),
    ...(saved.equivalents && {
      equivalents: saved.equivalents.map(({ estimate, covariance, standardisedCovariance }) => ({
        x: decodeNumbers(estimate),
        covariance: () => decodeNumbers(covariance),
        ...(standardisedCovariance && { standardisedCovariance: () => decodeNumbers(standardisedCovariance) }),
      })),
    }),
    warnings: saved.warnings,
    evaluations: saved.evaluations,
    ...(saved.starts && { starts: saved.starts }),
    ...(working && {
      working: {
        ...working,
        linearised: model.family.curve
          ? linearisedMean(model, x, working.modes)
          : linearisedPredictor(model, x, working.modes, working.sigma?.estimate),
      },
    }),
    refit: (y) =>
      fitModel(model.withResponse(y), saved.requested, {
        ...startingAt(saved.requested, x),
        ...(penalised && { penalised: true }),
      }),
    unrestricted: () => fitModel(model, ml(), startingAt(saved.requested, x)),
  });
}
