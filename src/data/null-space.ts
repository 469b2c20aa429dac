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
const TOLERANCE = 1e-6;
/** What columns of numbers as small as doubles can be are taken to hold. */
const NOTHING = 1e-300;
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

/** How far rows lie in the directions of a null space. */
export interface Departures {
  /** Number of directions. */
  readonly count: number;
  /** rows × count, row-major: x'v of each row, exactly 0 where the row is estimable. */
  readonly values: Float64Array;
}

/**
 * x'v of each row (rows × width, row-major).
 *
 * @returns null where every row is estimable
 */
export function departuresOf(
  { directions, centres, sizes }: NullSpace,
  X: Float64Array,
  rows: number,
): Departures | null {
  const count = directions.length;
  const width = centres.length;
  const values = new Float64Array(rows * count);
  let any = false;
  for (let i = 0; i < rows; i++)
    directions.forEach((direction, d) => {
      let sum = 0;
      let size = sizes[d]!;
      for (let c = 0; c < width; c++) {
        if (direction[c] === 0) continue;
        const term = (X[i * width + c]! - centres[c]!) * direction[c]!;
        sum += term;
        size += Math.abs(term);
      }
      if (Math.abs(sum) <= Math.max(TOLERANCE * size, NOTHING)) return;
      values[i * count + d] = sum;
      any = true;
    });
  return any ? { count, values } : null;
}

/** Whether row i has a part in any direction. */
export function departs({ count, values }: Departures, i: number): boolean {
  for (let d = 0; d < count; d++) if (values[i * count + d] !== 0) return true;
  return false;
}

/** The departures of some rows. */
export const pickDepartures = ({ count, values }: Departures, indices: ArrayLike<number>): Departures => ({
  count,
  values: Float64Array.from(
    { length: indices.length * count },
    (_, k) => values[indices[Math.floor(k / count)]! * count + (k % count)]!,
  ),
});
