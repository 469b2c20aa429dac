/** Numbers whose squares a double still holds: least squares, variances and cross-products are made of them. */
import * as messages from "../messages/data.ts";
import type { Faults } from "./evaluation.ts";

/** Sums of 10⁸ squares of the largest stay below the largest double; squares of the smallest lose none of their digits. */
const LARGEST = 1e150;
const SMALLEST = 1e-150;

/**
 * A fault for each column whose squares overflow, or vanish as if all of its values were 0.
 *
 * @param values rows × names.length, row-major
 * @param names what each column is called in a sentence
 */
export function checkSquares(values: Float64Array, names: readonly string[], faults: Faults): void {
  const width = names.length;
  const largest = new Float64Array(width);
  for (let start = 0; start < values.length; start += width)
    for (let c = 0; c < width; c++) {
      const size = Math.abs(values[start + c]!);
      if (size > largest[c]!) largest[c] = size;
    }
  names.forEach((name, c) => {
    const size = largest[c]!;
    if (size > LARGEST || (size > 0 && size < SMALLEST))
      faults.add("out-of-range", ["term", name], messages.outOfRange(name, size));
  });
}
