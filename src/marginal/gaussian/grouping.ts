/**
 * Random terms on the same grouping factor, merged: their effects for one level lie side by side, so that one factor gives one
 * block-diagonal block of Z'Z. Factors are ordered by size, the largest first: eliminating it first causes the least fill.
 */

import type { LevelPrecision } from "../../covariance/level-precision.ts";
import type { RandomTermDesign } from "../../data/design.ts";
import type { ParameterLayout } from "../../model/parameter-layout.ts";
import { isOnFactor } from "../factors-in-common.ts";
import type { MergedFactor, MergedTerm } from "./merged-factor.ts";
import { type RelativeFactors, relativeFactors } from "./relative-factors.ts";

export interface Grouping {
  readonly factors: readonly MergedFactor[];
  /** Length of u. */
  readonly size: number;
  /** Λ by factor, of the entries in the natural vector. */
  readonly lambda: RelativeFactors;
}

/** Merges terms whose rows have the same levels (and those the same known covariance) and orders the factors by size. */
export function groupTerms(random: readonly RandomTermDesign[], layout: ParameterLayout): Grouping {
  const merged: { index: Int32Array; levels: number; q: number; terms: MergedTerm[]; known?: LevelPrecision }[] = [];
  random.forEach((design, term) => {
    const known = merged.find((factor) => isOnFactor(factor, design));
    if (known) {
      known.terms.push({ term, at: known.q, q: design.q });
      known.q += design.q;
    } else
      merged.push({
        index: design.index,
        levels: design.levels.length,
        q: design.q,
        terms: [{ term, at: 0, q: design.q }],
        ...(design.known && { known: design.known }),
      });
  });
  merged.sort((a, b) => b.levels * b.q - a.levels * a.q);
  let size = 0;
  const factors = merged.map((factor) => {
    const placed = { ...factor, base: size };
    size += factor.levels * factor.q;
    return placed;
  });
  return { factors, size, lambda: relativeFactors(factors, layout) };
}
