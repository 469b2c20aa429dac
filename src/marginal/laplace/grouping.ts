/**
 * How the random terms of a model share grouping factors: which of them form the same partition of the rows, and which are nested.
 */
import type { LevelPrecision } from "../../covariance/level-precision.ts";
import type { RandomTermDesign } from "../../data/design.ts";

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

/** `map[a]` such that b[i] = map[a[i]] for every row (−1 for levels without rows), or null when b is not a function of a. */
function levelMap(a: Int32Array, levels: number, b: Int32Array): Int32Array | null {
  const map = new Int32Array(levels).fill(-1);
  for (let i = 0; i < a.length; i++) {
    const level = a[i]!;
    if (map[level] === -1) map[level] = b[i]!;
    else if (map[level] !== b[i]) return null;
  }
  return map;
}

const identity = (levels: number): Int32Array => Int32Array.from({ length: levels }, (_, level) => level);

/** The identity where two terms have each row in the same level, or null. */
const sameLevels = (a: Int32Array, levels: number, b: Int32Array): Int32Array | null =>
  a === b || a.every((level, i) => level === b[i]) ? identity(levels) : null;

/** The level of b for each of equally many levels of a when the two are the same partition, or null. */
function relabelling(a: Int32Array, levels: number, b: Int32Array): Int32Array | null {
  const same = sameLevels(a, levels, b);
  if (same) return same;
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
        ? sameLevels(factor.index, factor.levels, term.index)
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
    if (!levelMap(byLevels[f - 1]!.index, byLevels[f - 1]!.levels, byLevels[f]!.index)) return false;
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
