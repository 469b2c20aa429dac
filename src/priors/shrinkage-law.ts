/** The law of the scales of coefficients under a shrinkage prior. */
import type { CoefficientScales } from "../charts/coefficient-scales.ts";
import type { Rng } from "../random/rng.ts";

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
