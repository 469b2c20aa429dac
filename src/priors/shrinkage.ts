/** Shrinkage priors of the slopes, resolved for a model: which coefficients they cover, and the law of their scales. */

import type { PriorDistribution } from "../dsl/model-spec.ts";

/** A joint prior of coefficients β_j ~ N(0, s_j²) by way of their scales. Plain data. */
export interface ResolvedShrinkage {
  readonly distribution: PriorDistribution;
  /** The coefficients it covers, as positions in β, ascending. */
  readonly coefficients: readonly number[];
  /** Their names. */
  readonly names: readonly string[];
  /** The position in φ of the residual sd that scales are in units of; null where they are in those of the coefficients. */
  readonly sigma: number | null;
  /** Number of rows, for `parRatio`. */
  readonly rows: number;
}

/** The names of the distributions that are joint priors of all slopes. */
export const SHRINKAGE_PRIORS: readonly PriorDistribution["name"][] = ["horseshoe", "R2D2"];
