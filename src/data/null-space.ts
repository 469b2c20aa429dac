/**
 * What fitted rows do not say of coefficients: the directions v with Xv = 0. A combination x'β is estimable if and only if x'v = 0 for all of
 * them (Searle 1971, *Linear Models*, §5.4; as `nonest.basis` of R's estimability), whichever columns were dropped to fit.
 */

/** Directions of coefficients in which the fitted rows do not differ; JSON. */
export interface NullSpace {
  /** One direction each, an entry a column of the matrix. */
  readonly directions: readonly (readonly number[])[];
  /** What columns are taken about, so that those far from 0 lose no digits: their means beside an intercept, else 0. */
  readonly centres: readonly number[];
  /** By direction: the size of x'v in the fitted rows without cancellation. */
  readonly sizes: readonly number[];
}

/** x'v below this share of its terms is 0 but for rounding and the tolerance at which columns are dropped. */
export const TOLERANCE = 1e-6;
/** What columns of numbers as small as doubles can be are taken to hold. */
export const NOTHING = 1e-300;
/** Rounding of a mean. */
const ROUNDING = 1e-12;

/**
 * The null space spanned by `directions`.
 *
 * @param spread root mean square of each column about its centre
 */
export function nullSpace(
  directions: readonly Float64Array[],
  centres: readonly number[],
  spread: Float64Array,
): NullSpace {
  return {
    directions: directions.map((direction) => Array.from(direction)),
    centres,
    sizes: directions.map((direction) =>
      direction.reduce((sum, v, c) => sum + Math.abs(v) * (spread[c]! + ROUNDING * Math.abs(centres[c]!)), 0),
    ),
  };
}
