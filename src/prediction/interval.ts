/** Intervals of quantities estimated together: by the delta method for maximum likelihood, by quantiles for a posterior. */

import { paretoKThreshold } from "../diagnostics/pareto-smoothing.ts";
import { quantile } from "../diagnostics/quantile.ts";
import { tailShape } from "../diagnostics/tail-shape.ts";
import { confLevelOutOfRange, heavyTails } from "../messages/effects.ts";
import { declarationFault, type FitWarning } from "../messages/issue.ts";
import { normalQuantile } from "../special/distributions.ts";

/** A quantity with its uncertainty. */
export interface Summary {
  readonly estimate: number;
  readonly std_error: number | null;
  readonly conf_low: number | null;
  readonly conf_high: number | null;
}

/** A quantity that may have no estimate. */
export type PossibleSummary = { readonly [Name in keyof Summary]: Summary[Name] | null };

/** What stands for a quantity that is not estimable. */
export const noSummary: PossibleSummary = { estimate: null, std_error: null, conf_low: null, conf_high: null };

/** An estimate without an error. */
export const estimateAlone = <Row extends PossibleSummary>(row: Row): Row => ({
  ...row,
  std_error: null,
  conf_low: null,
  conf_high: null,
});

/** The scale on which an estimate is taken to be normal. */
export interface IntervalScale {
  /** Its name in words, as `log`; absent: the quantity's own. */
  readonly name?: string;
  to(value: number): number;
  from(value: number): number;
}

export const identityScale: IntervalScale = { to: (value) => value, from: (value) => value };
export const logScale: IntervalScale = { name: "log", to: Math.log, from: Math.exp };

/** The standard normal quantile of a two-sided interval: 1.96 at 0.95. Throws a DeclarationError outside (0, 1). */
export function intervalQuantile(confLevel: number): number {
  if (!(confLevel > 0 && confLevel < 1)) throw declarationFault(confLevelOutOfRange(confLevel));
  return normalQuantile(0.5 + confLevel / 2);
}

/**
 * Estimate ± z·se on `scale`, transformed back, with the standard error left as it is. `slope` is d to/d value at the
 * estimate. Where the scale is not finite there (a probability that has underflowed to 0), the interval is formed on the
 * quantity's own scale.
 */
export function waldSummary(estimate: number, se: number, z: number, scale: IntervalScale, slope: number): Summary {
  // beyond the range of doubles there is no error to give
  if (!Number.isFinite(estimate)) return estimateAlone({ estimate, std_error: null, conf_low: null, conf_high: null });
  const centre = scale.to(estimate);
  const half = z * se * Math.abs(slope);
  if (!Number.isFinite(centre) || !Number.isFinite(half))
    return { estimate, std_error: se, conf_low: estimate - z * se, conf_high: estimate + z * se };
  const a = scale.from(centre - half);
  const b = scale.from(centre + half);
  return { estimate, std_error: se, conf_low: Math.min(a, b), conf_high: Math.max(a, b) };
}

/** Which of several quantities have tails so heavy that their draws have no mean to give. */
export class TailRecord {
  #count = 0;
  #worst = 0;
  #threshold = 0;

  add(shape: number, threshold: number): void {
    this.#count++;
    this.#worst = Math.max(this.#worst, shape);
    this.#threshold = threshold;
  }

  /** One warning about all of them. @param what one of the quantities, as `average` */
  warnings(what: string): FitWarning[] {
    return this.#count > 0 ? [heavyTails(what, this.#count, this.#worst, this.#threshold)] : [];
  }
}

/**
 * Mean, standard deviation and equal-tailed quantiles of posterior draws. Sorts `draws` in place. Where the Pareto k of a tail is above
 * min(1 − 1/log10 S, 0.7) of S draws, their mean estimates nothing: the estimate is then the median, without a standard error.
 *
 * @param tails is told of such draws
 */
export function drawsSummary(draws: Float64Array, confLevel: number, tails: TailRecord): Summary {
  intervalQuantile(confLevel);
  let mean = 0;
  for (const d of draws) mean += d;
  mean /= draws.length;
  let square = 0;
  for (const d of draws) square += (d - mean) * (d - mean);
  draws.sort();
  const tail = (1 - confLevel) / 2;
  const shape = tailShape(draws);
  const threshold = paretoKThreshold(draws.length);
  if (shape > Math.max(0, threshold)) {
    tails.add(shape, threshold);
    return {
      estimate: quantile(draws, 0.5),
      std_error: null,
      conf_low: quantile(draws, tail),
      conf_high: quantile(draws, 1 - tail),
    };
  }
  return {
    estimate: mean,
    std_error: draws.length > 1 ? Math.sqrt(square / (draws.length - 1)) : null,
    conf_low: quantile(draws, tail),
    conf_high: quantile(draws, 1 - tail),
  };
}
