/**
 * Variance functions of the fitted values, as nlme estimates them: maximise with the fitted values of the round before held in the variance
 * functions, renew them, and repeat until they settle (Pinheiro & Bates 2000, §5.2.2). That is a fixed point, not a maximum of the likelihood.
 */

import { usesFitted } from "../dsl/residual-spec.ts";
import { ofMean } from "../families/of-mean.ts";
import { linearPredictors } from "../marginal/linear-predictors.ts";
import type { FitWarning } from "../messages/issue.ts";
import { fittedUnsettled, fixedPoint } from "../messages/residual-fits.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { type Pausable, tell } from "../optimise/pausable.ts";
import type { GaussianMaximum } from "./gaussian-maximum.ts";
import { maximiseGaussian } from "./maximise-gaussian.ts";

const MOST_ROUNDS = 50;
/** Largest change of a fitted value, over the spread of the response, that counts as settled. */
const SETTLED = 1e-8;

/** Fitted values given the groups: Xβ + offset + Zb at the conditional modes. */
function conditionalFitted(model: CompiledModel, x: Float64Array): Float64Array {
  const { design, layout } = model;
  const modes = design.random.length > 0 ? model.marginal({ kind: "exact" }).conditionalModes(x).modes : null;
  const eta = design.predictors.map(() => new Float64Array(design.n));
  linearPredictors(design, layout.beta).eta(x, modes, eta);
  return ofMean(eta);
}

/** Puts fitted values where the variance functions read them; returns the largest change. */
function renewCovariates(model: CompiledModel, fitted: Float64Array): number {
  let change = 0;
  for (const part of model.residual.variance) {
    if (!part.fitted) continue;
    for (let i = 0; i < fitted.length; i++) change = Math.max(change, Math.abs(fitted[i]! - part.covariate![i]!));
    part.covariate!.set(fitted);
  }
  return change;
}

/** Brings the variance functions of a fit that was loaded to its estimate: what `x` was estimated with. */
export function restoreFitted(model: CompiledModel, x: Float64Array): void {
  if (!usesFitted(model.spec.residual)) return;
  const { y } = model.design;
  const spread = Math.max(...y) - Math.min(...y);
  renewCovariates(model, model.design.random.length > 0 ? Float64Array.from(y, (value) => value || spread) : y);
  for (let round = 0; round < MOST_ROUNDS; round++)
    if (renewCovariates(model, conditionalFitted(model, x)) < SETTLED * spread) return;
}

/** Maximises the (restricted) likelihood; by the fixed-point iteration where the variance depends on the fitted values. */
export function* maximiseWithStructure(
  model: CompiledModel,
  restricted: boolean,
  from?: Float64Array,
): Pausable<{ found: GaussianMaximum; warnings: FitWarning[] }> {
  if (!usesFitted(model.spec.residual))
    return { found: yield* maximiseGaussian(model, restricted, from), warnings: [] };
  const { y, n } = model.design;
  const mean = y.reduce((sum, value) => sum + value, 0) / n;
  const spread = Math.sqrt(y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n) || 1;
  // the first round has equal variances: with a covariate of 1 every power is 1, and an exponent is only a scale
  for (const part of model.residual.variance) if (part.fitted) part.covariate!.fill(1);
  let found = yield* maximiseGaussian(model, restricted, from);
  let evaluations = found.evaluations;
  renewCovariates(model, conditionalFitted(model, from ?? found.x));
  const ordinary = found.x.slice();
  const { family, layout } = model;
  family.parameters.forEach((parameter, g) => {
    if (parameter.reported !== "sigma") ordinary[layout.phi.offset + g] = parameter.start(y, null);
  });
  let start = from ?? ordinary;
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    tell({ iteration: round });
    found = yield* maximiseGaussian(model, restricted, start);
    evaluations += found.evaluations;
    start = found.x;
    if (renewCovariates(model, conditionalFitted(model, found.x)) < SETTLED * spread)
      return { found: { ...found, evaluations }, warnings: [fixedPoint(round)] };
  }
  return { found: { ...found, evaluations }, warnings: [fixedPoint(MOST_ROUNDS), fittedUnsettled()] };
}
