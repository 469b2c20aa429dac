/** Draws of one quantity as an array a chain, and the transformations diagnostics make of them. */
import { chainsOfDifferentLengths, notChains } from "../messages/chains.ts";
import { DeclarationError } from "../messages/issue.ts";
import { isNumbers } from "../options/array-of-numbers.ts";
import { normalQuantile } from "../special/distributions.ts";

/** One array of draws a chain, all of the same length. */
export type Chains = readonly Float64Array[];

/** The same as a caller may give it: typed or plain arrays of numbers, one a chain. */
export type DrawsByChain = readonly ArrayLike<number>[];

/**
 * Chains as they are calculated with.
 *
 * @param of what takes them, as the user wrote it: `rhat()`
 * @throws DeclarationError where they are no arrays of numbers, or of different lengths
 */
export function readChains(draws: DrawsByChain, of: string): Chains {
  const known = Array.isArray(draws) && draws.every((chain) => chain instanceof Float64Array);
  if (!known && !(Array.isArray(draws) && draws.every(isNumbers))) throw new DeclarationError([notChains(of, draws)]);
  const chains = known ? (draws as Chains) : draws.map((chain) => Float64Array.from(chain));
  const lengths = chains.map(({ length }) => length);
  if (lengths.some((length) => length !== lengths[0]))
    throw new DeclarationError([chainsOfDifferentLengths(of, lengths)]);
  return chains;
}

/** All draws, chain after chain. */
export function pooled(chains: Chains): Float64Array {
  const all = new Float64Array(chains.reduce((sum, chain) => sum + chain.length, 0));
  let offset = 0;
  for (const chain of chains) {
    all.set(chain, offset);
    offset += chain.length;
  }
  return all;
}

export const mapChains = (chains: Chains, f: (x: number) => number): Chains => chains.map((chain) => chain.map(f));

/** Halves of every chain; of an odd number of draws the middle one is left out. */
export function splitChains(chains: Chains): Chains {
  const n = chains[0]?.length ?? 0;
  if (n < 2) return chains;
  const half = Math.floor(n / 2);
  return [...chains.map((chain) => chain.subarray(0, half)), ...chains.map((chain) => chain.subarray(n - half))];
}

/** Whether nothing can be said: a draw that is not finite, or all draws equal. */
export function isDegenerate(chains: Chains): boolean {
  let low = Infinity;
  let high = -Infinity;
  for (const chain of chains)
    for (const x of chain) {
      if (!Number.isFinite(x)) return true;
      if (x < low) low = x;
      if (x > high) high = x;
    }
  return !(high - low >= Number.EPSILON);
}

/** Index of the first element of an ascending array that is not below x. */
function firstAtLeast(sorted: Float64Array, x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Scores by twice the rank (ties have halves) for the number of draws last asked for: the parameters of a fit have equally many. */
let scores = new Float64Array(0);

function normalScore(twiceRank: number, total: number): number {
  if (scores.length !== 2 * total + 1) scores = new Float64Array(2 * total + 1).fill(Number.NaN);
  const known = scores[twiceRank]!;
  if (!Number.isNaN(known)) return known;
  const score = normalQuantile((twiceRank / 2 - 0.375) / (total + 0.25));
  scores[twiceRank] = score;
  return score;
}

/** Normal scores Φ⁻¹((rank − 3/8)/(S + 1/4)) of the pooled draws, ties averaged (Vehtari et al. 2021, eq. 14). */
export function rankNormalised(chains: Chains): Chains {
  const all = pooled(chains);
  const total = all.length;
  if (all.some(Number.isNaN)) return chains;
  // Sorting plain numbers and looking each draw up is several times faster than sorting indices by a comparison.
  const sorted = all.slice().sort();
  const scoreAt = new Float64Array(total);
  for (let from = 0; from < total; ) {
    let to = from + 1;
    while (to < total && sorted[to]! === sorted[from]!) to++;
    scoreAt[from] = normalScore(from + 1 + to, total);
    from = to;
  }
  const scored = all.map((x) => scoreAt[firstAtLeast(sorted, x)]!);
  let offset = 0;
  return chains.map((chain) => scored.subarray(offset, (offset += chain.length)));
}

/** Distances from the median of all draws. */
export function folded(chains: Chains): Chains {
  const sorted = pooled(chains).sort();
  const half = sorted.length / 2;
  // Not a type-7 quantile: the two middle draws must be as far from their mean, to the last bit, as in R.
  const median = (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
  return mapChains(chains, (x) => Math.abs(x - median));
}

export function mean(x: Float64Array): number {
  let sum = 0;
  for (const value of x) sum += value;
  const first = sum / x.length;
  // A second pass takes out the rounding of the first.
  let rest = 0;
  for (const value of x) rest += value - first;
  return first + rest / x.length;
}

/** Sample variance, divisor n − 1. */
export function variance(x: Float64Array): number {
  const centre = mean(x);
  let sum = 0;
  for (const value of x) sum += (value - centre) ** 2;
  return sum / (x.length - 1);
}
