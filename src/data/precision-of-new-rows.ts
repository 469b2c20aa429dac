/** Known residual variances of new rows, as precisions. */
import { columnsOf } from "../dsl/columns-used.ts";
import { deparse } from "../dsl/deparse.ts";
import type { Expression } from "../dsl/expression.ts";
import { DeclarationError } from "../messages/issue.ts";
import { missingInNewRows, variancesForNewRows } from "../messages/known-variance-fits.ts";
import type { DesignRecipe } from "./design-recipe.ts";
import { Evaluation, Faults } from "./evaluation.ts";
import { knownPrecision } from "./known-precision.ts";
import type { Table } from "./table.ts";

/**
 * 1/v of new rows that responses are to be drawn for, one value a row of `rows`.
 *
 * @throws DeclarationError where a column is absent, or a variance missing or not above 0
 */
export function precisionOfNewRows(
  variance: Expression,
  { states }: DesignRecipe,
  table: Table,
  rows: Int32Array,
): Float64Array {
  const faults = new Faults();
  const evaluation = new Evaluation(table, rows, faults, { states: { ...states }, learn: false });
  const precision = newRows(variance, evaluation);
  if (precision === null) throw new DeclarationError(faults.issues);
  return precision;
}

function newRows(variance: Expression, evaluation: Evaluation): Float64Array | null {
  const { rows, faults } = evaluation;
  const add = ({ code, path, message }: ReturnType<typeof variancesForNewRows>) => faults.add(code, path, message);
  const label = deparse(variance);
  const columns = [...new Set(columnsOf(variance))];
  const absent = columns.filter((name) => name !== "pi" && evaluation.column(name) === null);
  if (absent.length > 0) return add(variancesForNewRows(label, absent));
  const gap = rows.find((row) => columns.some((name) => Number.isNaN(evaluation.numericColumn(name)?.[row] ?? 0)));
  if (gap !== undefined) return add(missingInNewRows(label, gap + 1));
  const precision = knownPrecision(variance, evaluation);
  return precision && Float64Array.from(rows, (row) => precision[row]!);
}
