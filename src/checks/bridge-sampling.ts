/**
 * Bridge sampling of a normalising constant with the optimal bridge: Meng & Wong (1996), "Simulating ratios of normalizing constants via a
 * simple identity", Statistica Sinica 6, eq. 4.1. Error by Frühwirth-Schnatter (2004), "Estimating marginal likelihoods for mixture and
 * Markov switching models using bridge sampling techniques", Econometrics Journal 7, eq. 16 with the draws' effective number.
 */
import type { Chains } from "../diagnostics/chains.ts";
import { mapChains, mean, pooled, variance } from "../diagnostics/chains.ts";
import { effectiveSampleSize } from "../diagnostics/effective-sample-size.ts";

export interface BridgeEstimate {
  /** log of the normalising constant. */
  readonly logValue: number;
  /** Standard error of logValue (delta method). */
  readonly error: number;
  readonly converged: boolean;
  readonly iterations: number;
}

const MOST_ITERATIONS = 1000;
const TOLERANCE = 1e-12;

/**
 * The constant of π from log ratios log π/q, q a normalised density.
 *
 * @param target at draws of π, an array a chain
 * @param proposal at independent draws of q; −Infinity where π is 0
 * @param effective effective number of the draws of π, for the weights of the bridge
 */
export function bridge(target: Chains, proposal: Float64Array, effective: number): BridgeEstimate {
  const drawn = pooled(target);
  const sorted = drawn.slice().sort();
  // The answer is near: ratios are taken relative to it, so that none overflows.
  const centre = sorted[sorted.length >> 1]!;
  const own = effective / (effective + proposal.length);
  const other = 1 - own;
  let r = 1;
  let iterations = 0;
  let converged = false;
  while (!converged && iterations < MOST_ITERATIONS) {
    let above = 0;
    for (const value of proposal) {
      const ratio = Math.exp(value - centre);
      // π/(s₁π + s₂ r q) with the larger of the two divided out
      above += ratio > 1 ? 1 / (own + (other * r) / ratio) : ratio / (own * ratio + other * r);
    }
    let below = 0;
    for (const value of drawn) below += 1 / (own * Math.exp(value - centre) + other * r);
    const next = above / proposal.length / (below / drawn.length);
    converged = Math.abs(next - r) <= TOLERANCE * next;
    r = next;
    iterations++;
  }
  const shift = centre + Math.log(r);
  // With π normalised: f₁ = π/(s₁π + s₂q) over draws of q, f₂ = q/(s₁π + s₂q) over draws of π.
  const first = proposal.map((value) => 1 / (own + other * Math.exp(shift - value)));
  const second = mapChains(target, (value) => 1 / (own * Math.exp(value - shift) + other));
  const secondAll = pooled(second);
  const ess = effectiveSampleSize(second);
  const relative =
    variance(first) / mean(first) ** 2 / first.length +
    variance(secondAll) /
      mean(secondAll) ** 2 /
      (Number.isNaN(ess) ? secondAll.length : Math.min(ess, secondAll.length));
  return { logValue: shift, error: Math.sqrt(relative), converged: converged && Number.isFinite(shift), iterations };
}
