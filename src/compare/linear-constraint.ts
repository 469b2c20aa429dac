/** Linear hypotheses about coefficients of the mean as models of their own, whose maximum is looked for as any model's is. */
import type { PredictorDesign } from "../data/design.ts";
import { methodOf } from "../effects/bootstrap/refits.ts";
import { MEAN_COMPONENT } from "../families/distribution-parameters.ts";
import { isLinearMean, ofMean } from "../families/of-mean.ts";
import { fitModel } from "../frequentist/fit-model.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { ml } from "../frequentist/method.ts";
import { modelOfDesign } from "../model/compile.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { ParsedHypothesis } from "./hypothesis-expression.ts";

/** Place of the coefficient that the others say: the largest slope, of the intercept only where there is no other. */
function pivotOf(slopes: Float64Array, first: number): number {
  let pivot = Math.max(
    slopes.findIndex((slope, k) => k >= first && slope !== 0),
    0,
  );
  slopes.forEach((slope, k) => {
    if (k >= first && Math.abs(slope) > Math.abs(slopes[pivot]!)) pivot = k;
  });
  return pivot;
}

/**
 * The predictor where constant + Σ slopes β = 0: the coefficient of one column is what the others leave of it, so that the column goes into theirs and
 * into the offset.
 *
 * @param slopes one a column
 */
function constrainedPredictor(
  predictor: PredictorDesign,
  slopes: Float64Array,
  constant: number,
  pivot: number,
): PredictorDesign {
  const { names, X, offset } = predictor;
  const p = names.length;
  const kept = names.map((_, k) => k).filter((k) => k !== pivot);
  const n = offset.length;
  const reduced = new Float64Array(n * kept.length);
  const moved = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const own = X[i * p + pivot]! / slopes[pivot]!;
    moved[i] = offset[i]! - constant * own;
    kept.forEach((k, j) => {
      reduced[i * kept.length + j] = X[i * p + k]! - slopes[k]! * own;
    });
  }
  return {
    ...predictor,
    names: kept.map((k) => names[k]!),
    X: reduced,
    offset: moved,
    intercept: predictor.intercept && slopes[0] === 0,
  };
}

/** A model within that of a fit, where a linear function of coefficients of the mean is 0. */
export interface ConstrainedModel {
  readonly model: CompiledModel;
  /** Its natural parameters as those of the fit's model. */
  expand(x: Float64Array): Float64Array;
}

/**
 * The model where constant + Σ slopes β = 0.
 *
 * @param slopes by coefficient of the mean
 */
export function constrainedModel(fit: MaximumLikelihood, slopes: Float64Array, constant: number): ConstrainedModel {
  const { design, table, family, layout } = fit.model;
  const mean = ofMean(design.predictors);
  const pivot = pivotOf(slopes, mean.intercept ? 1 : 0);
  const constrained = constrainedPredictor(mean, slopes, constant, pivot);
  const predictors = design.predictors.map((predictor) => (predictor === mean ? constrained : predictor));
  const { offset } = ofMean(layout.beta);
  return {
    model: modelOfDesign({ ...design, predictors }, table, family),
    expand(x) {
      const place = offset + pivot;
      const out = Float64Array.from([...x.subarray(0, place), 0, ...x.subarray(place)]);
      let value = -constant;
      slopes.forEach((slope, k) => {
        if (k !== pivot) value -= slope * out[offset + k]!;
      });
      out[place] = value / slopes[pivot]!;
      return out;
    },
  };
}

/**
 * Slopes of a hypothesis by coefficient of the mean; null where it is of other parameters too, and of fits whose model cannot be changed so: the mean is a
 * curve, or priors are of the coefficients as they were declared.
 */
export function slopesInMean(
  fit: MaximumLikelihood,
  { parameters }: ParsedHypothesis,
  slopes: ArrayLike<number>,
): Float64Array | null {
  const mean = ofMean(fit.model.design.predictors);
  if (fit.penalised || !isLinearMean(mean)) return null;
  const out = new Float64Array(mean.names.length);
  for (const [k, { kind, component, term }] of parameters.entries()) {
    const place = mean.names.indexOf(term);
    if (kind !== "coefficient" || component !== MEAN_COMPONENT || place < 0) return null;
    out[place]! += slopes[k]!;
  }
  return out.some((slope) => slope !== 0) && out.every(Number.isFinite) ? out : null;
}

/** The maximum within, of fits by REML by maximum likelihood; null where there is none. */
export function maximumWithin(
  fit: MaximumLikelihood,
  { model, expand }: ConstrainedModel,
): { readonly logLik: number; readonly x: Float64Array } | null {
  const within = fitModel(model, fit.restricted ? ml() : methodOf(fit));
  const { code } = within.verdict;
  return code === "converged" || code === "boundary" ? { logLik: within.logLik, x: expand(within.estimate) } : null;
}
