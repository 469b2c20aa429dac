/**
 * Effective sample sizes from several chains: split, combined over chains, autocorrelations summed by Geyer's initial monotone sequence.
 * Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), "Rank-normalization, folding, and localization: an improved R-hat for assessing
 * convergence of MCMC", Bayesian Analysis 16(2), §§3.2 and 4; values equal those of R's package posterior.
 */
import { probability as probabilityKind } from "../options/kinds.ts";
import { readArgument } from "../options/read-options.ts";
import type { Chains, DrawsByChain } from "./chains.ts";
import { isDegenerate, mapChains, mean, pooled, rankNormalised, readChains, splitChains, variance } from "./chains.ts";
import { quantiles } from "./quantile.ts";

/** Σ (x_t − m)(x_{t+lag} − m)/n, averaged over chains (already centred); NaN beyond the last lag. */
function meanAutocovariance(centred: readonly Float64Array[], lag: number): number {
  let sum = 0;
  for (const x of centred) {
    const n = x.length;
    for (let t = 0; t + lag < n; t++) sum += x[t]! * x[t + lag]!;
  }
  return sum / centred.length / centred[0]!.length;
}

/** ESS of the mean of chains as they are (the caller splits and transforms). NaN when the draws are constant, not finite or fewer than 3. */
export function effectiveSampleSize(chains: Chains): number {
  const m = chains.length;
  const n = chains[0]?.length ?? 0;
  if (n < 3 || isDegenerate(chains)) return Number.NaN;
  const means = Float64Array.from(chains, mean);
  const centred = chains.map((chain, j) => chain.map((x) => x - means[j]!));
  const within = meanAutocovariance(centred, 0);
  const meanVariance = (within * n) / (n - 1);
  const total = within + (m > 1 ? variance(means) : 0);
  const correlation = (lag: number) => 1 - (meanVariance - meanAutocovariance(centred, lag)) / total;

  // Pairs (even, odd lag) are positive and decreasing for a reversible chain: stop at the first pair that is not positive.
  const rho = [1, correlation(1)];
  let last = 0;
  let even = 1;
  let odd = rho[1]!;
  while (last < n - 5 && even + odd > 0) {
    last += 2;
    even = correlation(last);
    odd = correlation(last + 1);
    rho.push(even + odd >= 0 ? even : 0, even + odd >= 0 ? odd : 0);
  }
  if (even > 0) rho[last] = even;
  for (let t = 2; t <= last - 2; t += 2) {
    const before = rho[t - 2]! + rho[t - 1]!;
    if (rho[t]! + rho[t + 1]! > before) rho[t] = rho[t + 1] = before / 2;
  }
  let sum = 0;
  for (let t = 0; t < Math.max(1, last); t++) sum += rho[t]!;
  const draws = m * n;
  // No estimate above S log10 S: antithetic chains make the sum small and noisy.
  const tau = Math.max(-1 + 2 * sum + rho[last]!, 1 / Math.log10(draws));
  return draws / tau;
}

/** ESS of the mean of x. */
export const essMean = (draws: DrawsByChain): number =>
  effectiveSampleSize(splitChains(readChains(draws, "essMean()")));

/** ESS of the rank-normalised draws: how well the bulk of the distribution is known. */
export function essBulk(draws: DrawsByChain): number {
  const chains = readChains(draws, "essBulk()");
  return isDegenerate(chains) ? Number.NaN : effectiveSampleSize(rankNormalised(splitChains(chains)));
}

/** ESS of the standard deviation: that of |x − mean|. */
export function essSd(draws: DrawsByChain): number {
  const chains = readChains(draws, "essSd()");
  const centre = mean(pooled(chains));
  return effectiveSampleSize(splitChains(mapChains(chains, (x) => Math.abs(x - centre))));
}

/** ESS of a quantile: that of the indicator x ≤ quantile. */
export function essQuantile(draws: DrawsByChain, probability: number): number {
  const chains = readChains(draws, "essQuantile()");
  readArgument(probabilityKind, probability, { of: "essQuantile()", name: "The probability" });
  if (isDegenerate(chains)) return Number.NaN;
  const all = pooled(chains);
  const [limit] = quantiles(all, [probability === 1 ? (all.length - 0.5) / all.length : probability]) as [number];
  return effectiveSampleSize(splitChains(mapChains(chains, (x) => (x <= limit ? 1 : 0))));
}

/** The smaller of the ESS of the 5 % and 95 % quantiles. */
export function essTail(draws: DrawsByChain): number {
  const chains = readChains(draws, "essTail()");
  return Math.min(essQuantile(chains, 0.05), essQuantile(chains, 0.95));
}
