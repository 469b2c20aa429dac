/** The linear mixed model that a generalised one is at its linear predictor: working response and weights of iterated least squares. */

import type { Design } from "../../data/design.ts";
import { gaussian } from "../../families/gaussian.ts";
import { ofMean } from "../../families/of-mean.ts";
import { createMarginalLikelihood } from "../../marginal/create.ts";
import { linearPredictors } from "../../marginal/linear-predictors.ts";
import { inOriginalUnits } from "../../marginal/rescaled.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import type { ConditionalOnData } from "../../model/fit.ts";
import { parameterLayout } from "../../model/parameter-layout.ts";
import { standardise } from "../../model/standardise.ts";
import { dispersionParameter, quasiLikelihood } from "./quasi-likelihood.ts";
import type { WorkingData } from "./working-model.ts";

/** η = Xβ + offset + Zb of the mean's predictor; without effects, Xβ + offset. */
export function linearPredictor(
  model: CompiledModel,
  x: Float64Array,
  effects: readonly Float64Array[],
  eta: Float64Array,
): void {
  const { design, layout } = model;
  linearPredictors(design, layout.beta).eta(x, effects.length > 0 ? effects : null, [eta]);
}

/** The response of one unit, proportions for trials, and the weight of each row; null = 1. */
export function unitResponse({ n, y, trials, weights }: Design): { y: Float64Array; prior: Float64Array | null } {
  return {
    y: trials ? y.map((count, i) => count / trials[i]!) : y,
    prior:
      trials || weights ? Float64Array.from({ length: n }, (_, i) => (trials?.[i] ?? 1) * (weights?.[i] ?? 1)) : null,
  };
}

/** The working model's data but for its random terms. */
export const workingRows = (design: Design, columns: WorkingData["columns"]): Omit<WorkingData, "random"> => ({
  n: design.n,
  predictors: [{ ...ofMean(design.predictors), role: "mu" }],
  columns,
  multiplier: design.frequencyWeights,
});

/**
 * The random effects given the data in the working model at an estimate, as a function of x = [β | Λ | φ]: what penalised quasi-likelihood
 * takes the model to be.
 *
 * @param effects conditional modes at the estimate, by term
 * @param dispersion residual sd of the working model, for families that have no parameter of the kind
 */
export const linearisedPredictor =
  (model: CompiledModel, estimate: Float64Array, effects: readonly Float64Array[], dispersion = 1) =>
  (): ConditionalOnData => {
    const { design, family, layout } = model;
    const { n, random } = design;
    const { y, prior } = unitResponse(design);
    const columns = { y: new Float64Array(n), weights: new Float64Array(n) };
    const eta = new Float64Array(n);
    linearPredictor(model, estimate, effects, eta);
    quasiLikelihood(family)!.linearise(eta, y, prior, columns.y, columns.weights);
    const data = {
      ...workingRows(design, columns),
      random,
      layout: parameterLayout([ofMean(design.predictors).names.length], random, gaussian().parameters.length),
    };
    const standardisation = standardise(data);
    const exact = createMarginalLikelihood(standardisation.data, null, { kind: "exact" });
    const marginal = inOriginalUnits(exact, standardisation, data.layout);
    const head = layout.phi.offset;
    const sigmaOf = (x: Float64Array) =>
      layout.phi.size === 0 ? dispersion : dispersionParameter(family).sigma(x[head]!);
    const working = (x: Float64Array) => Float64Array.of(...x.subarray(0, head), sigmaOf(x));
    return {
      conditionalModes: (x) => marginal.conditionalModes(working(x)),
      effectsCovariance: (x) => marginal.effectsCovariance(working(x)),
    };
  };
