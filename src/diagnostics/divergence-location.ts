/** Where divergent transitions lie in the distribution of a quantity: a rank test. */
import { normalQuantile } from "../special/distributions.ts";

export interface DivergenceLocation {
  /** Mean normal score of the divergent draws' ranks: −2 means far down in the lower tail, 0 no different from other draws. */
  readonly score: number;
  /** score·√(number of divergences): standard normal if divergences fell anywhere, with independent draws (van der Waerden). */
  readonly z: number;
  /** Medians of the quantity over divergent draws, and over all. */
  readonly divergent: number;
  readonly all: number;
}

const middle = (sorted: Float64Array): number => {
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
};

/**
 * Compares the draws that ended divergent transitions with all draws.
 *
 * @param draws all draws of one quantity
 * @param divergent positions of those that ended divergent transitions, at least one
 */
export function divergenceLocation(draws: Float64Array, divergent: readonly number[]): DivergenceLocation {
  const sorted = draws.slice().sort();
  const total = sorted.length;
  const rank = (x: number, inclusive: boolean): number => {
    let low = 0;
    let high = total;
    while (low < high) {
      const half = (low + high) >>> 1;
      if (sorted[half]! < x || (inclusive && sorted[half] === x)) low = half + 1;
      else high = half;
    }
    return low;
  };
  let sum = 0;
  for (const d of divergent) {
    const x = draws[d]!;
    sum += normalQuantile((rank(x, false) + rank(x, true)) / 2 / total);
  }
  const score = sum / divergent.length;
  return {
    score,
    z: score * Math.sqrt(divergent.length),
    divergent: middle(Float64Array.from(divergent, (d) => draws[d]!).sort()),
    all: middle(sorted),
  };
}
