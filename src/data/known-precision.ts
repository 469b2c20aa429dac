/** Known residual variances of the rows of a table, as precisions. */
import { deparse } from "../dsl/deparse.ts";
import type { Expression } from "../dsl/expression.ts";
import { badVariance } from "../messages/known-variance.ts";
import type { Evaluation } from "./evaluation.ts";

/**
 * 1/v for every row of the table; null after a fault: a variance that is not a finite number above 0 in a used row.
 *
 * @param variance the known variance of a row
 */
export function knownPrecision(variance: Expression, evaluation: Evaluation): Float64Array | null {
  const { rows, faults } = evaluation;
  const values = evaluation.has(variance) ? evaluation.numbers(variance) : null;
  if (values === null) return null;
  for (const row of rows) {
    const value = values[row]!;
    if (value > 0 && value < Number.POSITIVE_INFINITY) continue;
    const { code, path, message } = badVariance(deparse(variance), row + 1, value);
    return faults.add(code, path, message);
  }
  return values.map((value) => 1 / value);
}
