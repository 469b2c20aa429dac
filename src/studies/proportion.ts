/** A proportion of so many trials with its Monte Carlo error, and limits that do not vanish at 0 and 1. */
import { normalQuantile } from "../special/distributions.ts";

export interface Proportion {
  readonly estimate: number;
  /** √(p(1 − p)/n): 0 where all or none were. */
  readonly mcse: number;
  readonly conf_low: number;
  readonly conf_high: number;
  readonly n: number;
}

/**
 * The share `hits / n`, with the score limits of Wilson (1927, JASA 22, 209–212); NaN of no trials.
 *
 * @example proportion(950, 1000, 0.95); // estimate 0.95, mcse 0.0069, from 0.935 to 0.962
 */
export function proportion(hits: number, n: number, confLevel: number): Proportion {
  const estimate = hits / n;
  const z = normalQuantile(1 - (1 - confLevel) / 2);
  const middle = (hits + (z * z) / 2) / (n + z * z);
  const half = (z / (n + z * z)) * Math.sqrt(n * estimate * (1 - estimate) + (z * z) / 4);
  return {
    estimate,
    mcse: Math.sqrt((estimate * (1 - estimate)) / n),
    // exact at the ends, where rounding would leave 1e-17
    conf_low: hits === 0 ? 0 : middle - half,
    conf_high: hits === n ? 1 : middle + half,
    n,
  };
}
