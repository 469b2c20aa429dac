/** Which random terms are on one grouping factor: those that part the rows alike and have the same covariance across levels. */
import type { LevelPrecision } from "../covariance/level-precision.ts";
import type { RandomTermDesign } from "../data/design.ts";
import { levelMap, sameLevels } from "../data/nested-levels.ts";

/** A partition of the rows. */
export interface FactorLevels {
  /** Length n: index of the row's level. */
  readonly index: Int32Array;
  readonly levels: number;
  /** Inverse of the known covariance across levels; absent: levels are independent. */
  readonly known?: LevelPrecision;
}

type Term = Pick<RandomTermDesign, "index" | "levels" | "known">;

const alike = (factor: FactorLevels, term: Term): boolean =>
  factor.levels === term.levels.length && factor.known === term.known;

/** Whether a term is on a factor, level for level. */
export const isOnFactor = (factor: FactorLevels, term: Term): boolean =>
  alike(factor, term) && sameLevels(factor.index, term.index);

/**
 * The term's level for each level of the factor where the term is on it, its levels in the same order or in another one; null where it is not. Levels
 * with a known covariance are the same in their own order only.
 */
export function levelsOnFactor(factor: FactorLevels, term: Term): Int32Array | null {
  if (isOnFactor(factor, term)) return Int32Array.from({ length: factor.levels }, (_, level) => level);
  if (!alike(factor, term) || factor.known) return null;
  const map = levelMap(factor.index, factor.levels, term.index);
  return map && !map.includes(-1) && new Set(map).size === factor.levels ? map : null;
}
