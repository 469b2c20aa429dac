/** A rough starting point of the search for the mode: from the response's location and spread, never at a variance of 0. */

import { boundStructure } from "../covariance/structures.ts";
import { predictorOfColumn } from "../data/design.ts";
import { isLinearMean } from "../families/of-mean.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { writeFactor } from "../model/parameter-layout.ts";
import { predictorScale } from "../priors/defaults.ts";
import type { ResolvedPrior, ResolvedPriors } from "../priors/resolved.ts";
import type { Target } from "./target-data.ts";

/** The value, or the middle of a uniform prior that excludes it: there the density is not 0. */
function withinBounds(value: number, { distribution: { name, parameters } }: ResolvedPrior): number {
  if (name !== "uniform") return value;
  const [lower, upper] = parameters as [number, number];
  return value > lower && value < upper ? value : (lower + upper) / 2;
}

/** Coordinates z of the target's chart (without random effects) for a plausible fit: flat predictors, sds of half their scale. */
export function startingPoint(
  model: CompiledModel,
  { chart, standardisation, origin }: Pick<Target, "chart" | "standardisation" | "origin">,
  priors: ResolvedPriors,
): Float64Array {
  const { design, family, layout } = model;
  const x = new Float64Array(layout.size);
  design.predictors.forEach((predictor, r) => {
    if (predictor.nonlinear) x.set(predictor.nonlinear.start, layout.beta[r]!.offset);
    else if (predictor.intercept) x[layout.beta[r]!.offset] = predictorScale(design, family, r).location;
  });
  // the start of a nonlinear mean is told in the user's columns
  if (design.predictors.some((predictor) => predictor.nonlinear)) origin?.toMoved(x);
  family.parameters.forEach((parameter, g) => {
    x[layout.phi.offset + g] = withinBounds(parameter.start(design.y, design.trials), priors.phi[g]!);
  });
  for (let j = 0; j < chart.coefficients; j++) x[j] = withinBounds(x[j]!, priors.fixed[j]!);
  const standardised = new Float64Array(layout.size);
  standardisation.toStandardised(x, standardised);
  layout.terms.forEach((term, t) => {
    /** Of the predictor that effect a acts on; standardised effects of a nonlinear mean's parameters are already in units that matter. */
    const scaleOf = (a: number) => {
      const r = predictorOfColumn(design.random[t]!, a);
      const predictor = design.predictors[r]!;
      if (predictor.nonlinear) return 1;
      return predictorScale(design, family, r).scale / (isLinearMean(predictor) ? standardisation.unit : 1);
    };
    const { q } = term;
    const factor = new Float64Array(q * q);
    // In standardised units the columns of Z have one root mean square: every effect gets the same share.
    for (let a = 0; a < q; a++) {
      const share = (0.5 * scaleOf(a)) / Math.sqrt(q);
      const unit = standardisation.scales[t]![a]!;
      // given standard deviations have no prior, and writing the factor leaves them as they are
      const prior = priors.sd[t]![boundStructure(term).homogeneous ? 0 : a];
      factor[a * q + a] = prior ? withinBounds(share / unit, prior) * unit : share;
    }
    writeFactor(term, factor, standardised);
  });
  const z = new Float64Array(chart.size);
  chart.toUnconstrained(standardised, z);
  return z;
}
