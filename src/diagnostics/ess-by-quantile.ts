/** Effective sample sizes along the distribution: quantile by quantile, and interval by interval (Vehtari et al. 2021, §§4.3 and 5). */
import { listOf, probability, wholeNumber } from "../options/kinds.ts";
import { readArgument } from "../options/read-options.ts";
import type { DrawsByChain } from "./chains.ts";
import { isDegenerate, mapChains, pooled, readChains, splitChains } from "./chains.ts";
import { effectiveSampleSize, essQuantile } from "./effective-sample-size.ts";
import { quantiles } from "./quantile.ts";

export interface EssAtQuantile {
  readonly probability: number;
  /** ESS of the quantile; NaN where the draws are constant or not finite. */
  readonly ess: number;
}

const DEFAULT = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);

/**
 * ESS of each quantile: a dip says where in the distribution the chains are slow.
 *
 * @param probabilities default 0.05, 0.10 … 0.95
 */
export function essByQuantile(draws: DrawsByChain, probabilities: readonly number[] = DEFAULT): EssAtQuantile[] {
  const chains = readChains(draws, "essByQuantile()");
  readArgument(listOf(probability, "a list of numbers from 0 to 1"), probabilities, {
    of: "essByQuantile()",
    name: "probabilities",
  });
  return probabilities.map((at) => ({ probability: at, ess: essQuantile(chains, at) }));
}

export interface EssOfInterval {
  /** The interval between the quantiles of these probabilities. */
  readonly from: number;
  readonly to: number;
  readonly ess: number;
}

/**
 * ESS of the probability of each of `intervals` intervals of equal probability: how well small intervals are known ("local" efficiency).
 *
 * @param intervals default 20
 */
export function essByInterval(draws: DrawsByChain, intervals = 20): EssOfInterval[] {
  const chains = readChains(draws, "essByInterval()");
  readArgument(wholeNumber(1), intervals, { of: "essByInterval()", name: "The number of intervals" });
  const bounds = Array.from({ length: intervals + 1 }, (_, i) => i / intervals);
  const degenerate = isDegenerate(chains);
  const limits = degenerate ? bounds : quantiles(pooled(chains), bounds);
  return bounds.slice(1).map((to, i) => {
    const low = limits[i]!;
    const high = limits[i + 1]!;
    const inside = mapChains(chains, (x) => ((i === 0 || x > low) && x <= high ? 1 : 0));
    return { from: bounds[i]!, to, ess: degenerate ? Number.NaN : effectiveSampleSize(splitChains(inside)) };
  });
}
