/** Shrinkage priors of the slopes, resolved for a model: which coefficients they cover, and the law of their scales. */
import type { CoefficientScales } from "../charts/coefficient-scales.ts";
import type { PriorDistribution } from "../dsl/model-spec.ts";
import type { Rng } from "../random/rng.ts";
import { horseshoeScales } from "./horseshoe-scales.ts";
import { r2d2Scales } from "./r2d2-scales.ts";

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

/** The law of the scales of a shrinkage prior. */
export interface ShrinkageLaw extends CoefficientScales {
  /** Names of the natural hyperparameters: `hs_global`, `hs_slab`, `hs_local[x]`. */
  readonly names: readonly string[];
  /** How many of them, the first ones, tables report: those that all coefficients share. */
  readonly shared: number;
  /** A draw of the coordinates into z[at …]. */
  draw(rng: Rng, z: Float64Array, at: number): void;
  /** Log density of the natural hyperparameters that all coefficients share, given log σ: the prior's top level. */
  logTopLevel(natural: ArrayLike<number>, logSigma: number): number;
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
