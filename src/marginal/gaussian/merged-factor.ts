/** A grouping factor with the random terms on it, merged. */
import type { LevelPrecision } from "../../covariance/level-precision.ts";
import type { RandomTermDesign } from "../../data/design.ts";

export interface MergedTerm {
  /** Position of the term in the declaration. */
  readonly term: number;
  /** First effect of the term among the merged effects of a level. */
  readonly at: number;
  readonly q: number;
}

export interface MergedFactor {
  /** Length n: level of each row. */
  readonly index: Int32Array;
  readonly levels: number;
  /** Effects a level, over all its terms. */
  readonly q: number;
  /** Position of the first effect of level 0 in u; effect a of level l is at base + l·q + a. */
  readonly base: number;
  readonly terms: readonly MergedTerm[];
  /** Inverse of the known covariance across levels; absent: levels are independent. */
  readonly known?: LevelPrecision;
}

/** One row's merged z of a factor, length q. */
export function rowEffects(
  factor: MergedFactor,
  random: readonly RandomTermDesign[],
  i: number,
  out: Float64Array,
): void {
  for (const { term, at, q } of factor.terms) {
    const { Z } = random[term]!;
    for (let a = 0; a < q; a++) out[at + a] = Z[i * q + a]!;
  }
}
