/** Shrinkage priors of the slopes, resolved for a model: which coefficients they cover, and the law of their scales. */

import type { PriorDistribution } from "../dsl/model-spec.ts";
import { horseshoeScales } from "./horseshoe-scales.ts";
import { r2d2Scales } from "./r2d2-scales.ts";
import type { ShrinkageLaw } from "./shrinkage-law.ts";

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

/** The law of the scales. */
export function shrinkageLaw({ distribution, names, rows }: ResolvedShrinkage): ShrinkageLaw {
  if (distribution.name === "R2D2") {
    const [meanR2, precR2, concentration] = distribution.parameters as [number, number, number];
    return r2d2Scales(names, { a: meanR2 * precR2, b: (1 - meanR2) * precR2, concentration });
  }
  const [df, scaleGlobal, dfGlobal, scaleSlab, dfSlab, parRatio] = distribution.parameters as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return horseshoeScales(names, {
    df,
    scaleGlobal: parRatio > 0 ? parRatio / Math.sqrt(rows) : scaleGlobal,
    dfGlobal,
    scaleSlab,
    dfSlab,
  });
}
