/** The first metric of a chain in the form that was asked for. */
import type { ChainSettings } from "./chain.ts";
import { lowRankSize, writeLowRank } from "./low-rank-metric.ts";
import type { MetricChoice } from "./sampler.ts";

/** Largest dimension in which `auto` looks for long directions: the window's draws are kept to find them. */
const MOST_LOW_RANK = 500;

/**
 * The metric found for a target, as the kind asked for. `auto`: a dense one is kept (the mode's inverse Hessian, in up to 50 dimensions of
 * the integrated target); a diagonal one becomes low-rank in up to 500 dimensions. On sleepstudy and cbpp with all random effects sampled
 * that gives 1.3 to 1.5 times the effective draws a gradient.
 */
export function startingMetric(
  found: ChainSettings["metric"],
  choice: MetricChoice,
  dim: number,
): ChainSettings["metric"] {
  if (choice === "auto") choice = found.kind === "diagonal" && dim <= MOST_LOW_RANK ? "low-rank" : found.kind;
  if (choice === found.kind) return found;
  const variances = Float64Array.from({ length: dim }, (_, i) =>
    found.kind === "dense" ? found.values[i * dim + i]! : found.values[i]!,
  );
  if (choice === "diagonal") return { kind: "diagonal", values: variances };
  if (choice === "low-rank") {
    const values = new Float64Array(lowRankSize(dim));
    writeLowRank(variances.map(Math.sqrt), [], [], values);
    return { kind: "low-rank", values };
  }
  const values = new Float64Array(dim * dim);
  variances.forEach((variance, i) => {
    values[i * dim + i] = variance;
  });
  return { kind: "dense", values };
}
