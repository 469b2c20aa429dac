/** Ranks of true values among posterior draws that are thinned to near-independence. */
import type { Rng } from "../random/rng.ts";

/**
 * Indices of `wanted` draws spread evenly over all of them; where draws have weights (summing to 1), evenly over the weights' running sum: systematic
 * resampling, which gives a draw with twice the weight twice the chance.
 */
export function thinnedDraws(total: number, wanted: number, weights: Float64Array | null = null): Int32Array {
  if (!weights) return Int32Array.from({ length: wanted }, (_, i) => Math.floor(((i + 0.5) * total) / wanted));
  let draw = 0;
  let sum = weights[0]!;
  return Int32Array.from({ length: wanted }, (_, i) => {
    while (sum < (i + 0.5) / wanted && draw < total - 1) sum += weights[++draw]!;
    return draw;
  });
}

/** Number of draws below the true value; among equal ones its place is drawn, so that a discrete quantity has uniform ranks too. */
export function rankOf(truth: number, draws: Float64Array, rng: Rng): number {
  let below = 0;
  let equal = 0;
  for (const value of draws) {
    if (value < truth) below++;
    else if (value === truth) equal++;
  }
  return equal === 0 ? below : below + Math.floor(rng.uniform() * (equal + 1));
}
