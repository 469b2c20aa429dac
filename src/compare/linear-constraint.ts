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
import { linearForm, type ParsedHypothesis } from "./hypothesis-expression.ts";

/**
 * The predictor where constant + Σ slopes β = 0: the coefficient of one column is what the others leave of it, so that the column goes into theirs and
 * into the offset.
 *
 * @param slopes one a column
 */
function constrainedPredictor(predictor: PredictorDesign, slopes: Float64Array, constant: number): PredictorDesign {
  const { names, X, offset } = predictor;
  const p = names.length;
  const first = predictor.intercept ? 1 : 0;
  let pivot = slopes.findIndex((slope, k) => k >= first && slope !== 0);
  if (pivot < 0) pivot = 0;
  slopes.forEach((slope, k) => {
    if (k >= first && Math.abs(slope) > Math.abs(slopes[pivot]!)) pivot = k;
  });
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

/** The model under a hypothesis that is linear in coefficients of its mean; null for others. */
export function constrainedModel(fit: MaximumLikelihood, hypothesis: ParsedHypothesis): CompiledModel | null {
  const { design, table, family } = fit.model;
  const mean = ofMean(design.predictors);
  const form = linearForm(hypothesis);
  // priors are of the coefficients as they were declared
  if (!form || fit.penalised || !isLinearMean(mean)) return null;
  const slopes = new Float64Array(mean.names.length);
  for (const [k, { kind, component, term }] of hypothesis.parameters.entries()) {
    const place = mean.names.indexOf(term);
    if (kind !== "coefficient" || component !== MEAN_COMPONENT || place < 0) return null;
    slopes[place]! += form.slopes[k]!;
  }
  if (slopes.every((slope) => slope === 0)) return null;
  const constrained = constrainedPredictor(mean, slopes, form.value);
  return modelOfDesign(
    {
      ...design,
      predictors: design.predictors.map((predictor) => (predictor === mean ? constrained : predictor)),
    },
    table,
    family,
  );
}

/** Twice what the log-likelihood of a fit, by maximum likelihood, is above that of a model within its own; null where the latter has no maximum. */
export function ratioByRefit(fit: MaximumLikelihood, constrained: CompiledModel): number | null {
  const within = fitModel(constrained, fit.restricted ? ml() : methodOf(fit));
  const { code } = within.verdict;
  if (code !== "converged" && code !== "boundary") return null;
  return Math.max(0, 2 * (fit.unrestricted().logLik - within.logLik));
}
