/**
 * Default priors: proper, weakly informative, scaled by the data. With s the scale of the linear predictor (the sd of the response for
 * an identity link, 1 for log, logit and the like):
 *
 * - slopes: normal(0, 2.5·s/sd(x));
 * - the intercept as declared, not that of centred predictors: its location is the link of the mean response and its variance
 *   (2.5·s)² + Σ (2.5·s·mean(x)/sd(x))², the prior uncertainty of the slopes carried to x = 0, so that a predictor far from 0
 *   (a year) does not pin the fit;
 * - sds of random effects: halfStudentT(3, 2.5·s/sd(z)), with 1 for the sd of an intercept; correlations: lkj(2);
 * - thresholds of an ordered response: studentT(3, 0, S) each, restricted to increasing ones, S² the variance of the intercept above;
 * - sigma: halfStudentT(3, sd(y)); other positive family parameters: halfStudentT(4, 10·start), start at least 1.
 *
 * A predictor of another parameter is on the scale of its link, s = 1: its intercept is studentT(3, m, S) with S² as above; m is log sd(y) for sigma,
 * which has the unit of the response, and 0 for what has none.
 *
 * A parameter of a nonlinear mean has its starting value t (fitted to the pooled data) for a location and |t| for s, at least what moves the
 * mean by one residual sd.
 *
 * The scaling of slopes is that of rstanarm, the inflated intercept that of bambi (Capretto et al. 2022, J. Stat. Softw. 103(15)).
 */

import { type Design, type PredictorDesign, predictorOfColumn, type RandomTermDesign } from "../data/design.ts";
import { parameterStart } from "../data/parameter-start.ts";
import type { PriorDistribution } from "../dsl/model-spec.ts";
import type { DistributionParameter } from "../families/distribution-parameters.ts";
import { parameterOfPredictor } from "../families/distribution-parameters.ts";
import type { Family } from "../families/family.ts";
import { isLinearMean, ofMean } from "../families/of-mean.ts";
import { flat, halfStudentT, lkj, normal, studentT, uniform } from "./distributions.ts";

interface Moments {
  readonly mean: number;
  readonly sd: number;
}

/** Of the rows, each as often as its frequency weight says. */
function moments({ n, frequencyWeights }: Design, at: (i: number) => number): Moments {
  const count = (i: number) => frequencyWeights?.[i] ?? 1;
  let total = 0;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    total += count(i);
    sum += count(i) * at(i);
  }
  const mean = sum / total;
  let square = 0;
  for (let i = 0; i < n; i++) square += count(i) * (at(i) - mean) ** 2;
  return { mean, sd: Math.sqrt(square / Math.max(1, total - 1)) };
}

const column = (design: Design, matrix: Float64Array, width: number, j: number): Moments =>
  moments(design, (i) => matrix[i * width + j]!);

/** The spread by which a slope's prior is divided: the sd of its column, or for a constant column its size. */
function spread({ mean, sd }: Moments): number {
  return sd > 1e-12 * Math.abs(mean) && sd > 0 ? sd : Math.abs(mean) || 1;
}

/** About where the predictor of a parameter other than the mean lies: at the response's spread where it has its unit, else at 0. */
function locationOfParameter(
  design: Design,
  { offset }: PredictorDesign,
  { said, link }: DistributionParameter,
): number {
  if (!said?.inUnitOfResponse) return 0;
  const { sd } = moments(design, (i) => design.y[i]!);
  return (sd > 0 ? link!.forward(sd) : 0) - moments(design, (i) => offset[i]!).mean;
}

/** Location and scale of a linear predictor, guessed from the response. */
export function predictorScale(design: Design, family: Family, r: number): { location: number; scale: number } {
  const predictor = design.predictors[r]!;
  if (predictor.nonlinear) {
    const { typical, unit } = predictor.nonlinear;
    return { location: typical, scale: Math.max(Math.abs(typical), unit) };
  }
  if (!isLinearMean(predictor))
    return { location: locationOfParameter(design, predictor, parameterOfPredictor(family, r)), scale: 1 };
  const { n, y, trials, frequencyWeights } = design;
  const offset = moments(design, (i) => predictor.offset[i]!).mean;
  if (family.link === "identity" && !trials) {
    const { mean, sd } = moments(design, (i) => y[i]!);
    return { location: mean - offset, scale: sd > 0 ? sd : 1 };
  }
  let total = 0;
  let size = 0;
  for (let i = 0; i < n; i++) {
    const count = frequencyWeights?.[i] ?? 1;
    total += count * y[i]!;
    size += count * (trials ? trials[i]! : 1);
  }
  const pooled = trials ? family.startEta(total, size) : family.startEta(total / size, 1);
  const unitScale = ["log", "logit", "probit", "cloglog", "cauchit"].includes(family.link);
  const rows = unitScale ? null : moments(design, (i) => family.startEta(y[i]!, trials ? trials[i]! : 1));
  const location = Number.isFinite(pooled) ? pooled : 0;
  return { location: location - offset, scale: rows && rows.sd > 0 && Number.isFinite(rows.sd) ? rows.sd : 1 };
}

/** Prior sd of the predictor where all columns are 0: its own at their means, and that of the slopes carried there. */
const interceptScale = (scale: number, slopes: readonly Moments[]): number =>
  Math.sqrt(slopes.reduce((sum, x) => sum + ((2.5 * scale * x.mean) / spread(x)) ** 2, (2.5 * scale) ** 2));

/** Default prior of each threshold of an ordered response: that of an intercept, with Student's tails. */
function defaultThresholdPrior(design: Design, family: Family): PriorDistribution {
  const predictor = ofMean(design.predictors);
  const p = predictor.names.length;
  const columns = predictor.names.map((_, j) => column(design, predictor.X, p, j));
  return studentT(3, 0, interceptScale(predictorScale(design, family, 0).scale, columns));
}

/** Default priors of the coefficients of the r-th predictor. */
export function defaultFixedPriors(design: Design, family: Family, r: number): PriorDistribution[] {
  const predictor = design.predictors[r]!;
  const { location, scale } = predictorScale(design, family, r);
  const p = predictor.names.length;
  const columns = predictor.names.map((_, j) => column(design, predictor.X, p, j));
  const ofIntercept = interceptScale(scale, predictor.intercept ? columns.slice(1) : columns);
  return columns.map((x, j) => {
    if (predictor.intercept && j === 0)
      return parameterOfPredictor(family, r).said ? studentT(3, location, ofIntercept) : normal(location, ofIntercept);
    const sd = (2.5 * scale) / spread(x);
    // Without an intercept the level of the response is carried by the slopes: they must reach it.
    return normal(0, predictor.intercept ? sd : Math.hypot(sd, location / spread(x)));
  });
}

/** Default priors of a random term's standard deviations. */
export function defaultSdPriors(design: Design, family: Family, term: RandomTermDesign): PriorDistribution[] {
  return term.names.map((_, a) => {
    const { scale } = predictorScale(design, family, predictorOfColumn(term, a));
    return halfStudentT(3, (2.5 * scale) / spread(column(design, term.Z, term.q, a)));
  });
}

/** Default prior of a term's correlation matrix. */
export const defaultCorrelationPrior = (shape = 2): PriorDistribution => lkj(shape);

/** Default prior of a parameter that is a constant. */
export function defaultParameterPrior(
  design: Design,
  family: Family,
  { kind, priorClass, said }: DistributionParameter,
): PriorDistribution {
  if (kind === "threshold") return defaultThresholdPrior(design, family);
  const { support, prior, inUnitOfResponse } = said!;
  const start = parameterStart(design, said!);
  const size = Number.isFinite(start) && start > 0 ? start : 1;
  if (inUnitOfResponse || priorClass === "sigma") {
    const { sd } = moments(design, (i) => design.y[i]!);
    return halfStudentT(3, inUnitOfResponse && sd > 0 ? sd : size);
  }
  if (typeof support === "object") return uniform(support.lower, support.upper);
  if (prior) return prior;
  if (support === "positive") return halfStudentT(4, 10 * Math.max(1, size));
  if (support === "real") return normal(Number.isFinite(start) ? start : 0, 2.5 * Math.max(1, Math.abs(start) || 1));
  return flat(); // uniform on (0, 1)
}
