/** Savage and Dickey's density ratio of a linear hypothesis about coefficients (Dickey 1971, Ann. Math. Stat. 42, 204–223). */

import { MEAN_COMPONENT } from "../families/distribution-parameters.ts";
import { ofMean } from "../families/of-mean.ts";
import type { PosteriorFit } from "../model/fit.ts";
import { scalarPrior } from "../priors/density.ts";
import { resolvePriors } from "../priors/resolve.ts";
import type { ResolvedPrior } from "../priors/resolved.ts";
import type { Dual, ParsedHypothesis } from "./hypothesis-expression.ts";

/** Priors whose density at a point is a number, whatever the other parameters. */
const PROPER = new Set(["normal", "studentT", "cauchy", "doubleExponential", "logistic"]);

/**
 * The posterior density of the difference at 0 over its prior density there; null where the prior has none in closed form.
 *
 * @param linear coefficients and constant of the hypothesis @param draws of its difference
 */
export function evidenceRatio(
  fit: PosteriorFit,
  { parameters }: ParsedHypothesis,
  linear: Dual | null,
  draws: Float64Array,
): number | null {
  if (!linear) return null;
  const priors = parameters.map((parameter) => {
    if (parameter.kind !== "coefficient" || parameter.component !== MEAN_COMPONENT) return null;
    return priorOf(fit, parameter.term);
  });
  if (!priors.every((prior): prior is ResolvedPrior => prior !== null)) return null;
  const density = priorDensity(priors, linear);
  return density === null || !(density > 0) ? null : densityAtZero(draws) / density;
}

function priorOf({ model }: PosteriorFit, term: string): ResolvedPrior | null {
  const priors = resolvePriors(model);
  if (priors.jointNormal) return null;
  const place = ofMean(model.design.predictors).names.indexOf(term);
  const prior = place >= 0 ? priors.fixed[place] : undefined;
  // a prior that is stated elsewhere than at the origin is of a combination of coefficients
  return prior && PROPER.has(prior.distribution.name) && prior.at === undefined ? prior : null;
}

function priorDensity(priors: readonly ResolvedPrior[], { value, slopes }: Dual): number | null {
  if (priors.length === 1) {
    const [slope] = slopes;
    return Math.exp(scalarPrior(priors[0]!.distribution).logDensity(-value / slope!)) / Math.abs(slope!);
  }
  if (priors.some(({ distribution }) => distribution.name !== "normal")) return null;
  let mean = value;
  let variance = 0;
  priors.forEach(({ distribution: { parameters } }, k) => {
    mean += slopes[k]! * parameters[0]!;
    variance += (slopes[k]! * parameters[1]!) ** 2;
  });
  return Math.exp((-0.5 * mean * mean) / variance) / Math.sqrt(2 * Math.PI * variance);
}

/** A Gaussian kernel's estimate with the bandwidth of R's `density()` (Silverman 1986, eq. 3.31). */
function densityAtZero(draws: Float64Array): number {
  const sorted = draws.slice().sort();
  const count = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const sd = Math.sqrt(sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1));
  const spread = (sorted[Math.floor(0.75 * (count - 1))]! - sorted[Math.floor(0.25 * (count - 1))]!) / 1.34;
  const width = 0.9 * (spread > 0 ? Math.min(sd, spread) : sd) * count ** -0.2;
  let sum = 0;
  for (const value of sorted) sum += Math.exp(-0.5 * (value / width) ** 2);
  return sum / (count * width * Math.sqrt(2 * Math.PI));
}
