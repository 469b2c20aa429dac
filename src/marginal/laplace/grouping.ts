/**
 * How the random terms of a model share grouping factors: which of them form the same partition of the rows, and which are nested.
 */
import type { LevelPrecision } from "../../covariance/level-precision.ts";
import type { RandomTermDesign } from "../../data/design.ts";
import { isNestedIn, levelMap, sameLevels } from "../../data/nested-levels.ts";

/** One partition of the rows, shared by one or several terms. */
export interface GroupingFactor {
  /** Name of the first term's grouping factor. */
  readonly name: string;
  /** Length n: index of the row's level. */
  readonly index: Int32Array;
  readonly levels: number;
  /** Inverse of the known covariance across levels; absent: levels are independent. */
  readonly known?: LevelPrecision;
  /** Terms on this factor, as positions in the model's list of terms. */
  readonly terms: readonly {
    readonly term: number /** Level of this term for each level of the factor. */;
    readonly levelOf: Int32Array;
  }[];
}

const identity = (levels: number): Int32Array => Int32Array.from({ length: levels }, (_, level) => level);

/** The level of b for each of equally many levels of a when the two are the same partition, or null. */
function relabelling(a: Int32Array, levels: number, b: Int32Array): Int32Array | null {
  if (sameLevels(a, b)) return identity(levels);
  const map = levelMap(a, levels, b);
  return map && !map.includes(-1) && new Set(map).size === levels ? map : null;
}

/**
 * The distinct partitions of the rows, in the order of the terms; relabelled copies of a partition count as the same factor, where neither has a known
 * covariance across its levels.
 */
export function groupingFactors(random: readonly RandomTermDesign[]): GroupingFactor[] {
  const factors: (Omit<GroupingFactor, "terms"> & { terms: { term: number; levelOf: Int32Array }[] })[] = [];
  random.forEach((term, position) => {
    for (const factor of factors) {
      if (factor.levels !== term.levels.length || factor.known !== term.known) continue;
      const levelOf = factor.known
        ? sameLevels(factor.index, term.index) && identity(factor.levels)
        : relabelling(factor.index, factor.levels, term.index);
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
      terms: [{ term: position, levelOf: identity(levels) }],
      ...(term.known && { known: term.known }),
    });
  });
  return factors;
}

/** True when of every two factors one is nested in the other. */
export function areNested(factors: readonly GroupingFactor[]): boolean {
  const byLevels = [...factors].sort((a, b) => b.levels - a.levels);
  for (let f = 1; f < byLevels.length; f++)
    if (!isNestedIn(byLevels[f - 1]!.index, byLevels[f - 1]!.levels, byLevels[f]!.index)) return false;
  return true;
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
