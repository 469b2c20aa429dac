/**
 * Rank plots: where the draws of each chain fall among those of all chains. If the chains agree every histogram is flat (Vehtari, Gelman,
 * Simpson, Carpenter & Bürkner 2021, §4.3; Säilynoja, Bürkner & Vehtari 2022 for the band).
 */
import { wholeNumber } from "../options/kinds.ts";
import { readArgument } from "../options/read-options.ts";
import type { DrawsByChain } from "./chains.ts";
import { pooled, readChains } from "./chains.ts";

export interface RankHistogram {
  /** Upper ends of the bins, as shares of all ranks. */
  readonly edges: Float64Array;
  /** By chain: how many of its draws have ranks in each bin. Ties share their ranks. */
  readonly counts: readonly Float64Array[];
  /** Draws a bin if the chains agree. */
  readonly expected: number;
  /** Largest |count − expected| over its standard deviation if all draws were independent and the chains agreed (hypergeometric). */
  readonly largestDeviation: number;
}

/**
 * Histograms of ranks, a chain at a time.
 *
 * @param bins default 20
 * @throws DeclarationError where the chains are no arrays of numbers, or of different lengths, and for bins that are no whole number of at least 1
 * @example
 * const { counts, expected } = rankHistogram(chains); // counts[c][k] draws of chain c in bin k; flat at `expected` when chains mix
 */
export function rankHistogram(draws: DrawsByChain, bins = 20): RankHistogram {
  const chains = readChains(draws, "rankHistogram()");
  readArgument(wholeNumber(1), bins, { of: "rankHistogram()", name: "The number of bins" });
  const all = pooled(chains);
  const total = all.length;
  const sorted = all.slice().sort();
  const counts = chains.map(() => new Float64Array(bins));
  const position = new Map<number, readonly [number, number]>();
  for (let from = 0; from < total; ) {
    let to = from + 1;
    while (to < total && sorted[to] === sorted[from]) to++;
    position.set(sorted[from]!, [from, to]);
    from = to;
  }
  chains.forEach((chain, c) => {
    for (const x of chain) {
      const span = position.get(x);
      if (!span) continue;
      // A draw tied with others takes its share of the ranks they occupy together.
      const [from, to] = span;
      const width = total / bins;
      for (let k = Math.min(bins - 1, Math.floor(from / width)); k < bins && k * width < to; k++) {
        const overlap = Math.min(to, (k + 1) * width) - Math.max(from, k * width);
        if (overlap > 0) counts[c]![k]! += overlap / (to - from);
      }
    }
  });
  const share = 1 / chains.length;
  const expected = total / chains.length / bins;
  const width = total / bins;
  const spread = Math.sqrt((width * share * (1 - share) * (total - width)) / Math.max(1, total - 1));
  let largest = 0;
  for (const count of counts) for (const value of count) largest = Math.max(largest, Math.abs(value - expected));
  return {
    edges: Float64Array.from({ length: bins }, (_, k) => (k + 1) / bins),
    counts,
    expected,
    largestDeviation: spread > 0 ? largest / spread : 0,
  };
}
