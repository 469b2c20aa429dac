/**
 * How the random terms of a model share grouping factors: which of them form the same partition of the rows, and which are nested.
 */
import type { RandomTermDesign } from "../../data/design.ts";
import { areNested } from "../../data/nested-levels.ts";
import { type FactorLevels, levelsOnFactor } from "../factors-in-common.ts";

/** One partition of the rows, shared by one or several terms. */
export interface GroupingFactor extends FactorLevels {
  /** Name of the first term's grouping factor. */
  readonly name: string;
  /** Terms on this factor, as positions in the model's list of terms. */
  readonly terms: readonly {
    readonly term: number /** Level of this term for each level of the factor. */;
    readonly levelOf: Int32Array;
  }[];
}

/**
 * The distinct partitions of the rows, in the order of the terms; relabelled copies of a partition count as the same factor, where neither has a known
 * covariance across its levels.
 */
export function groupingFactors(random: readonly RandomTermDesign[]): GroupingFactor[] {
  const factors: (Omit<GroupingFactor, "terms"> & { terms: { term: number; levelOf: Int32Array }[] })[] = [];
  random.forEach((term, position) => {
    for (const factor of factors) {
      const levelOf = levelsOnFactor(factor, term);
      if (levelOf) {
        factor.terms.push({ term: position, levelOf });
        return;
      }
    }
    const levels = term.levels.length;
    factors.push({
      name: term.group,
      index: term.index,
      levels,
      terms: [{ term: position, levelOf: Int32Array.from({ length: levels }, (_, level) => level) }],
      ...(term.known && { known: term.known }),
    });
  });
  return factors;
}

/** True when of every two factors one is nested in the other. */
export function areAllNested(factors: readonly GroupingFactor[]): boolean {
  const byLevels = [...factors].sort((a, b) => b.levels - a.levels);
  return byLevels.every((factor, f) => f === 0 || areNested(byLevels[f - 1]!, factor));
}

/** Positions of rows sorted by `key` (stable), and where each key's rows start. */
export function sortRows(key: Int32Array, keys: number): { readonly order: Int32Array; readonly start: Int32Array } {
  const start = new Int32Array(keys + 1);
  for (let i = 0; i < key.length; i++) start[key[i]! + 1]!++;
  for (let g = 0; g < keys; g++) start[g + 1]! += start[g]!;
  const next = start.slice();
  const order = new Int32Array(key.length);
  for (let i = 0; i < key.length; i++) order[next[key[i]!]!++] = i;
  return { order, start };
}
