/** The posterior summary of one quantity. */
import type { Chains } from "./chains.ts";
import { mean, pooled, variance } from "./chains.ts";
import { essBulk, essTail } from "./effective-sample-size.ts";
import { mcseMean } from "./mcse.ts";
import { quantile } from "./quantile.ts";
import { rhat } from "./rhat.ts";
import { tailShape } from "./tail-shape.ts";

export interface PosteriorSummary {
  readonly mean: number;
  readonly sd: number;
  readonly median: number;
  /** Null where the draws are constant, not finite or too few. */
  readonly rhat: number | null;
  readonly essBulk: number | null;
  readonly essTail: number | null;
  /** Monte Carlo standard error of the mean. */
  readonly mcse: number | null;
  /** The larger Pareto k of the tails; above 0.7 the draws have no mean to give. */
  readonly tailShape: number;
  /** Quantile of type 7. */
  quantile(probability: number): number;
}

const orNull = (x: number): number | null => (Number.isFinite(x) ? x : null);

/** Mean, sd, quantiles and convergence of the draws of one quantity. */
export function summarise(chains: Chains): PosteriorSummary {
  const all = pooled(chains);
  const sorted = all.slice().sort();
  return {
    mean: mean(all),
    sd: all.length > 1 ? Math.sqrt(variance(all)) : Number.NaN,
    median: quantile(sorted, 0.5),
    rhat: orNull(rhat(chains)),
    essBulk: orNull(essBulk(chains)),
    essTail: orNull(essTail(chains)),
    mcse: orNull(mcseMean(chains)),
    tailShape: tailShape(sorted),
    quantile: (probability) => quantile(sorted, probability),
  };
}
