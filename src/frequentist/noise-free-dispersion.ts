/**
 * Gaussian models with a predictor for σ whose mean fits the response exactly. The likelihood rises without bound as σ goes to 0 in every row, however it is
 * distributed over them, so that nothing is known of the dispersion; everything else is least squares', as in the model with one σ.
 */

import { isOfMeanAlone } from "../data/design.ts";
import { parameterOfPredictor, residualSd } from "../families/distribution-parameters.ts";
import { isGaussian } from "../families/family.ts";
import { gaussian } from "../families/gaussian.ts";
import { ofMean } from "../families/of-mean.ts";
import { chooseIntegral } from "../model/choose-integral.ts";
import { modelOfDesign } from "../model/compile.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { familyOfDesign } from "../model/compose-family.ts";
import { parameterLabel, reportedParameters } from "../model/reported-parameters.ts";
import { type Pausable, quietly } from "../optimise/pausable.ts";
import { ZERO_RESIDUAL } from "../prediction/rounding-errors.ts";
import type { Found } from "./estimate.ts";
import { nearestCoefficients } from "./nearest-coefficients.ts";

/** Position of the predictor of a Gaussian model's σ; −1 where there is none. */
const predictorOfSigma = ({ family }: CompiledModel): number =>
  isGaussian(family) ? (residualSd(family)?.predictor ?? -1) : -1;

/** The same model with one σ. */
function withOneSigma({ design, table }: CompiledModel): CompiledModel {
  const mean = {
    ...design,
    spec: { ...design.spec, predictors: [ofMean(design.spec.predictors)] },
    predictors: [ofMean(design.predictors)],
    random: design.random.filter(isOfMeanAlone),
  };
  const { family, design: own } = familyOfDesign(gaussian(), mean);
  return modelOfDesign(own, table, family);
}

/** The fit with one σ as one of the model's own: σ is that in every row as nearly as its predictor can say it, and effects on it have no variance. */
function asOwn(model: CompiledModel, constant: CompiledModel, r: number, found: Found): Found {
  const { layout, design, standardisation } = model;
  const d = layout.size;
  const x = new Float64Array(d);
  /** By entry of the fit with one σ the model's own; −1 for σ. */
  const place = new Int32Array(constant.layout.size).fill(-1);
  const copy = (from: number, to: number, size: number) => {
    for (let i = 0; i < size; i++) place[from + i] = to + i;
  };
  copy(ofMean(constant.layout.beta).offset, ofMean(layout.beta).offset, ofMean(layout.beta).size);
  let t = 0;
  design.random.forEach((term, own) => {
    if (isOfMeanAlone(term))
      copy(constant.layout.terms[t++]!.offset, layout.terms[own]!.offset, layout.terms[own]!.size);
  });
  copy(constant.layout.phi.offset + 1, layout.phi.offset, layout.phi.size);
  const { offset, size } = layout.beta[r]!;
  const standardised = new Float64Array(d);
  const sigma = found.x[constant.layout.phi.offset]!;
  standardised.set(nearestCoefficients(standardisation.data, r, Math.log(sigma)), offset);
  const dispersion = new Float64Array(d);
  standardisation.toOriginal(standardised, dispersion);
  x.set(dispersion.subarray(offset, offset + size), offset);
  place.forEach((to, from) => {
    if (to >= 0) x[to] = found.x[from]!;
  });
  const { component } = parameterOfPredictor(model.family, r);
  const undetermined = reportedParameters(model)
    .filter((parameter) => parameter.component === component)
    .map(parameterLabel);
  const inPlace = (own: Float64Array): Float64Array => {
    const full = new Float64Array(d * d);
    place.forEach((row, a) => {
      place.forEach((column, b) => {
        if (row >= 0 && column >= 0) full[row * d + column] = own[a * place.length + b]!;
      });
    });
    return full;
  };
  return {
    ...found,
    model,
    integral: chooseIntegral(model).integral,
    x,
    covariance: () => inPlace(found.covariance()),
    ...(found.standardisedCovariance && { standardisedCovariance: () => inPlace(found.standardisedCovariance!()) }),
    undetermined: [...(found.undetermined ?? []), ...undetermined],
  };
}

/**
 * The fit with one σ, as one of the model's own, where it has no residual; else null.
 *
 * @param fit fits a model with one σ
 */
export function* noiseFreeDispersion(
  model: CompiledModel,
  fit: (constant: CompiledModel) => Pausable<Found>,
): Pausable<Found | null> {
  const r = predictorOfSigma(model);
  if (r < 0) return null;
  const constant = withOneSigma(model);
  const found = yield* quietly(fit(constant));
  return found.warningCode === ZERO_RESIDUAL ? asOwn(model, constant, r, found) : null;
}
