/** Effective sample sizes along the distribution: quantile by quantile, and interval by interval (Vehtari et al. 2021, §§4.3 and 5). */
import type { Chains } from "./chains.ts";
import { isDegenerate, mapChains, pooled, splitChains } from "./chains.ts";
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
export const essByQuantile = (chains: Chains, probabilities: readonly number[] = DEFAULT): EssAtQuantile[] =>
  probabilities.map((probability) => ({ probability, ess: essQuantile(chains, probability) }));

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
export function essByInterval(chains: Chains, intervals = 20): EssOfInterval[] {
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
