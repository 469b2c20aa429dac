/** The true parameters as a fit that has them without error, so that every estimand can be asked of them. */
import type { CompiledModel } from "../model/compiled-model.ts";
import type { MaximumLikelihoodFit } from "../model/fit.ts";
import { emptyRow, reportedParameters } from "../model/reported-parameters.ts";

/** @param x the true natural parameters */
export function trueFit(model: CompiledModel, x: Float64Array): MaximumLikelihoodFit {
  const { random } = model.design;
  const size = x.length;
  return {
    kind: "ml",
    method: "truth",
    verdict: { code: "converged", reason: "These are the true parameters." },
    model,
    warnings: [],
    estimate: x,
    covariance: new Float64Array(size * size),
    logLik: Number.NaN,
    ddf: "normal",
    modes: random.map(({ levels, q }) => new Float64Array(levels.length * q)),
    modeCovariances: random.map(({ levels, q }) => new Float64Array(levels.length * q * q)),
    randomEffects: random.map(({ levels, q }) => new Float64Array(levels.length * q)),
    tidy: () =>
      reportedParameters(model).map((parameter) => ({ ...emptyRow(parameter), estimate: parameter.value(x) })),
  } as unknown as MaximumLikelihoodFit;
}
