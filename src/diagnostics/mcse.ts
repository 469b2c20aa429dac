/** Monte Carlo standard errors of posterior summaries (Vehtari et al. 2021, §4.4; Kenney & Keeping 1951 for the sd). */
import { betaQuantile } from "./beta-quantile.ts";
import type { DrawsByChain } from "./chains.ts";
import { mapChains, mean, pooled, readChains, variance } from "./chains.ts";
import { essMean, essQuantile } from "./effective-sample-size.ts";

/** Of the posterior mean: sd/√ESS. */
export function mcseMean(draws: DrawsByChain): number {
  const chains = readChains(draws, "mcseMean()");
  return Math.sqrt(variance(pooled(chains)) / essMean(chains));
}

/** Of the posterior standard deviation, by the delta method from the error of the mean of squares. */
export function mcseSd(draws: DrawsByChain): number {
  const chains = readChains(draws, "mcseSd()");
  const centre = mean(pooled(chains));
  const squares = mapChains(chains, (x) => (x - centre) ** 2);
  const all = pooled(squares);
  const second = mean(all);
  const fourth = mean(all.map((x) => x * x));
  return Math.sqrt((fourth - second * second) / essMean(squares) / second / 4);
}

/** Of a quantile: half the width of the order statistics at ±1 standard error of its probability. */
export function mcseQuantile(draws: DrawsByChain, probability: number): number {
  const chains = readChains(draws, "mcseQuantile()");
  const ess = essQuantile(chains, probability);
  if (Number.isNaN(ess)) return Number.NaN;
  const sorted = pooled(chains).sort();
  const total = sorted.length;
  const [low, high] = [0.1586553, 0.8413447].map((p) =>
    betaQuantile(p, ess * probability + 1, ess * (1 - probability) + 1),
  ) as [number, number];
  const from = Math.max(Math.floor(low * total), 1);
  const to = Math.min(Math.ceil(high * total), total);
  return (sorted[to - 1]! - sorted[from - 1]!) / 2;
}
