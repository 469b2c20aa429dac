/**
 * Pareto smoothed importance sampling: the largest importance ratios are replaced by expected order statistics of a generalised Pareto
 * distribution fitted to them, whose shape k̂ says whether the estimate can be trusted. Vehtari, Simpson, Gelman, Yao & Gabry (2024), "Pareto
 * smoothed importance sampling", JMLR 25(72); tail sizes, thresholds and normalisation as in R's package loo.
 */
import { optional } from "valibot";
import { impossibleLogRatio, notLogRatios } from "../messages/chains.ts";
import { DeclarationError } from "../messages/issue.ts";
import { isNumbers } from "../options/array-of-numbers.ts";
import { positiveNumber } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readArgument, readOptions } from "../options/read-options.ts";
import { logSumExp } from "../special/log-sum-exp.ts";
import { fitGeneralisedPareto, generalisedParetoQuantile } from "./generalised-pareto.ts";

export interface ParetoSmoothed {
  /** Logarithms of the smoothed weights, summing to 1; in the order of the ratios. */
  readonly logWeights: Float64Array;
  /** k̂: below 0.7 (and below 1 − 1/log10 S) the weighted estimate is reliable; +Infinity where no tail could be fitted. */
  readonly paretoK: number;
  /** Number of ratios that were smoothed (or would have been). */
  readonly tailLength: number;
  /** Effective number of draws, relativeEfficiency/Σw². */
  readonly effectiveSampleSize: number;
}

const smoothingOptions = optionsSchema({
  /** ESS of the ratios over their number, so that correlated draws get a longer tail; default 1 (independent draws). */
  relativeEfficiency: optional(positiveNumber, 1),
});

export type SmoothingOptions = OptionsOf<typeof smoothingOptions>;

/** The least tail that a distribution is fitted to. */
const LEAST_TAIL = 5;

/** The k̂ above which an estimate from S draws is not to be trusted: min(1 − 1/log10 S, 0.7) (Vehtari et al. 2024, §3.2.4). */
export function paretoKThreshold(draws: number): number {
  readArgument(positiveNumber, draws, { of: "paretoKThreshold()", name: "The number of draws" });
  return Math.min(1 - 1 / Math.log10(draws), 0.7);
}

/**
 * Smooths importance ratios given as logarithms, up to a constant.
 *
 * The tail is the largest ⌈min(S/5, 3√(S/relativeEfficiency))⌉ ratios; with fewer than 5, or where all of them are equal, nothing is
 * smoothed and k̂ is +Infinity.
 *
 * @param given length S, finite (−Infinity is a weight of 0)
 * @throws DeclarationError for what is no array of numbers, and where a ratio is NaN or +Infinity
 * @example
 * const { paretoK, logWeights } = psis(logTarget.map((value, s) => value - logProposal[s]!));
 */
export function psis(given: ArrayLike<number>, options?: SmoothingOptions): ParetoSmoothed {
  if (!isNumbers(given) || given.length === 0) throw new DeclarationError([notLogRatios(given)]);
  const { relativeEfficiency } = readOptions(smoothingOptions, options, { of: "psis()" });
  const logRatios = given instanceof Float64Array ? given : Float64Array.from(given);
  const total = logRatios.length;
  const bad = logRatios.findIndex((value) => !(value < Infinity));
  if (bad >= 0) throw new DeclarationError([impossibleLogRatio(bad + 1, logRatios[bad]!)]);
  const tailLength = Math.ceil(Math.min(0.2 * total, 3 * Math.sqrt(total / relativeEfficiency)));
  const sorted = logRatios.slice().sort();
  const largest = sorted[total - 1]!;
  const logWeights = logRatios.map((value) => value - largest);
  let paretoK = Infinity;
  if (tailLength >= LEAST_TAIL && tailLength < total) {
    const tail = tailIndices(logWeights, sorted, tailLength, largest);
    paretoK = smoothTail(logWeights, tail, sorted[total - tailLength - 1]! - largest);
  }
  for (let s = 0; s < total; s++) if (logWeights[s]! > 0) logWeights[s] = 0;
  const normaliser = logSumExp(logWeights);
  let squares = 0;
  for (let s = 0; s < total; s++) {
    logWeights[s]! -= normaliser;
    squares += Math.exp(2 * logWeights[s]!);
  }
  return { logWeights, paretoK, tailLength, effectiveSampleSize: relativeEfficiency / squares };
}

/** Positions of the `length` largest values in ascending order; of equal ones the earlier comes first. */
function tailIndices(values: Float64Array, sorted: Float64Array, length: number, shift: number): Int32Array {
  const total = values.length;
  const threshold = sorted[total - length]! - shift;
  let above = 0;
  for (const value of values) if (value > threshold) above++;
  const tail = new Int32Array(length);
  let free = length - above;
  let filled = 0;
  // From the end, so that of the values equal to the threshold the last ones are taken.
  for (let s = total - 1; s >= 0; s--) {
    const value = values[s]!;
    if (value > threshold) tail[filled++] = s;
    else if (value === threshold && free > 0) {
      tail[filled++] = s;
      free--;
    }
  }
  return tail.sort((a, b) => values[a]! - values[b]! || a - b);
}

/** Replaces the tail of the log weights (largest 0) by quantiles of a fitted distribution; returns its shape. */
function smoothTail(logWeights: Float64Array, tail: Int32Array, logCutoff: number): number {
  const length = tail.length;
  const spread = logWeights[tail[length - 1]!]! - logWeights[tail[0]!]!;
  if (!(spread >= 100 * Number.EPSILON)) return Infinity;
  const cutoff = Math.exp(logCutoff);
  const exceedances = Float64Array.from(tail, (s) => Math.exp(logWeights[s]!) - cutoff);
  const fit = fitGeneralisedPareto(exceedances);
  if (!Number.isFinite(fit.shape)) return Infinity;
  tail.forEach((s, i) => {
    logWeights[s] = Math.log(generalisedParetoQuantile(fit, (i + 0.5) / length) + cutoff);
  });
  return fit.shape;
}
