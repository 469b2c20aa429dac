/** Rank-normalised split R-hat (Vehtari et al. 2021, §§3.1 and 4). */
import type { Chains, DrawsByChain } from "./chains.ts";
import { folded, isDegenerate, mean, rankNormalised, readChains, splitChains, variance } from "./chains.ts";

/** √(((n − 1) + B/W)/n) with B/n the variance of chain means and W the mean of chain variances. */
function potentialScaleReduction(chains: Chains): number {
  if (isDegenerate(chains)) return Number.NaN;
  const n = chains[0]!.length;
  const between = n * variance(Float64Array.from(chains, mean));
  const within = mean(Float64Array.from(chains, variance));
  return Math.sqrt((between / within + n - 1) / n);
}

/** The larger of the R-hats of rank-normalised draws (location) and of rank-normalised distances from the median (scale). NaN when constant. */
export function rhat(draws: DrawsByChain): number {
  const chains = readChains(draws, "rhat()");
  if (isDegenerate(chains)) return Number.NaN;
  return Math.max(
    potentialScaleReduction(rankNormalised(splitChains(chains))),
    potentialScaleReduction(rankNormalised(splitChains(folded(chains)))),
  );
}
