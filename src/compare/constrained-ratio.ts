/**
 * Twice what the log-likelihood loses under a hypothesis: linear ones about coefficients by a fit of the model within, others by a search with the constraint
 * held, which functions of coefficients begin at fits under the constraint made linear, too.
 */
import type { Estimator } from "../estimates/estimator.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { type Profilers, rangeOfParameter } from "../frequentist/profile/profiler.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { ReportedParameter } from "../model/reported-parameters.ts";
import { evaluateDual, linearForm, type ParsedHypothesis } from "./hypothesis-expression.ts";
import { constrainedModel, maximumWithin, slopesInMean } from "./linear-constraint.ts";

/** A parameter that is said to have a value. */
export interface PointHypothesis {
  readonly parameter: ReportedParameter;
  readonly value: number;
}

/** The parameter and its value where a hypothesis is of one alone; null for others. */
export function pointHypothesis(hypothesis: ParsedHypothesis): PointHypothesis | null {
  const form = linearForm(hypothesis);
  const moved = hypothesis.parameters.flatMap((parameter, k) =>
    form && form.slopes[k] !== 0 ? [{ parameter, k }] : [],
  );
  if (!form || moved.length !== 1) return null;
  const [{ parameter, k }] = moved as [(typeof moved)[number]];
  return { parameter, value: 0 - form.value / form.slopes[k]! };
}

/** Where a value lies: one the parameter can have, the end of what it can be, or one that it cannot have. */
export function placeOf({ parameter, value }: PointHypothesis, model: CompiledModel): "inside" | "end" | "outside" {
  const { low, high } = rangeOfParameter(parameter, model);
  if (value > low && value < high) return "inside";
  const closed = parameter.kind === "sd" || parameter.kind === "cor";
  return closed && (value === low || value === high) ? "end" : "outside";
}

/** Fits under a curved constraint made linear at the last. */
const MOST_REFITS = 4;
/** A search from another beginning that gains less found the same. */
const SAME = 1e-6;

/**
 * @param estimator whose quantity k is what the hypothesis says to be 0
 * @returns null where the maximum under the hypothesis was not found
 */
export function constrainedRatio(
  fit: MaximumLikelihood,
  hypothesis: ParsedHypothesis,
  estimator: Estimator,
  k: number,
  profilers: Profilers,
): number | null {
  // first, as it refuses fits that maximised no likelihood
  const profiler = profilers.forEstimator(estimator, k);
  const form = linearForm(hypothesis);
  const slopes = form && slopesInMean(fit, hypothesis, form.slopes);
  if (slopes) {
    const within = maximumWithin(fit, constrainedModel(fit, slopes, form.value));
    return within && Math.max(0, 2 * (fit.unrestricted().logLik - within.logLik));
  }
  let lowest = profiler.held(estimator, k, 0);
  for (let refit = 0; refit < MOST_REFITS && !form; refit++) {
    const start = underTangent(fit, hypothesis, lowest?.x ?? fit.unrestricted().estimate);
    const found = start && profiler.held(estimator, k, 0, [start]);
    if (!found) break;
    const gain = lowest ? lowest.ratio - found.ratio : Number.POSITIVE_INFINITY;
    if (gain > 0) lowest = found;
    if (gain < SAME) break;
  }
  const point = pointHypothesis(hypothesis);
  const anywhere = point ? profiler.anywhere(point.parameter) : Number.POSITIVE_INFINITY;
  const least = Math.min(lowest?.ratio ?? Number.POSITIVE_INFINITY, anywhere);
  return least < Number.POSITIVE_INFINITY ? least : null;
}

/** The maximum where a function of coefficients, taken to be linear at x, is 0; null for others. */
function underTangent(fit: MaximumLikelihood, hypothesis: ParsedHypothesis, x: Float64Array): Float64Array | null {
  const values = Float64Array.from(hypothesis.parameters, (parameter) => parameter.value(x));
  const { value, slopes } = evaluateDual(hypothesis.expression, values);
  const own = slopesInMean(fit, hypothesis, slopes);
  if (!own || !Number.isFinite(value)) return null;
  const constant = value - slopes.reduce((sum, slope, k) => sum + slope * values[k]!, 0);
  return maximumWithin(fit, constrainedModel(fit, own, constant))?.x ?? null;
}
