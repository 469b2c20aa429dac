/** What rows ask beyond what the fitted rows say: their parts in the directions of a null space. */
import { NOTHING, type NullSpace, TOLERANCE } from "./null-space.ts";

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
