/** Shares of a target population: cells of columns of the model, with how many of the population are in each (post-stratification). */
import { numberLabel } from "../data/number-text.ts";
import { type Column, rowsOfColumn, type Table } from "../data/table.ts";
import { type TableInput, toTable } from "../data/to-table.ts";
import {
  shareColumnUnclear,
  shareColumnUnknown,
  shareNotNumber,
  sharesAllZero,
  targetColumnsMissing,
  targetLevelUnknown,
} from "../messages/averages.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { holdsValue, valueAt } from "./cell-values.ts";
import type { GridCell } from "./grid.ts";

/** A table of a target population, and which of its columns has the shares (or counts). */
export interface Target {
  readonly table: TableInput;
  /** Default the only numeric column that is none of the model. */
  readonly share?: string | undefined;
}

export interface TargetShares {
  /** Columns of the model in it. */
  readonly columns: readonly string[];
  readonly table: Table;
  /** Rows of the table in a cell of the grid, with their shares; they sum to 1. None: the population has nobody there. */
  at(cell: GridCell): { readonly rows: Int32Array; readonly shares: Float64Array } | null;
}

/**
 * Reads a target.
 *
 * @param known columns of the model
 * @param levels columns of the fit that are factors, with their levels
 * @throws DeclarationError with every fault
 */
export function targetShares(
  { table: given, share }: Target,
  known: readonly string[],
  levels: ReadonlyMap<string, ReadonlySet<string>>,
): TargetShares {
  const table = toTable(given);
  const columns = table.names.filter((name) => known.includes(name) && name !== share);
  const others = table.names.filter((name) => !columns.includes(name));
  const numeric = others.filter((name) => table.column(name)?.kind === "numeric");
  const issues: Issue[] = [];
  if (columns.length === 0) issues.push(targetColumnsMissing(known));
  const name = share ?? (numeric.length === 1 ? numeric[0]! : undefined);
  if (name === undefined) issues.push(shareColumnUnclear(numeric));
  else if (!table.column(name)) issues.push(shareColumnUnknown(name, table.names));
  const column = name === undefined ? undefined : table.column(name);
  const shares = column?.kind === "numeric" ? column.values : null;
  if (column && !shares) issues.push(shareNotNumber(name!, 1, String(valueAt(column, 0))));
  const bad = shares?.findIndex((value) => !(value >= 0 && value < Number.POSITIVE_INFINITY)) ?? -1;
  if (bad >= 0)
    issues.push(shareNotNumber(name!, bad + 1, Number.isNaN(shares![bad]!) ? "missing" : String(shares![bad])));
  else if (shares?.every((value) => value === 0)) issues.push(sharesAllZero(name!));
  for (const own of columns) {
    const allowed = levels.get(own);
    if (!allowed) continue;
    const values = table.column(own)!;
    for (let row = 0; row < table.rows; row++) {
      const value = valueAt(values, row);
      const text = typeof value === "number" ? numberLabel(value) : value;
      if (text !== null && allowed.has(text)) continue;
      issues.push(targetLevelUnknown(own, String(value), row + 1, [...allowed]));
      break;
    }
  }
  if (issues.length > 0) throw new DeclarationError(issues);
  return {
    columns,
    table,
    at(cell) {
      const matched = columns.filter((own) => Object.hasOwn(cell, own));
      const rows = Int32Array.from({ length: table.rows }, (_, row) => row).filter(
        (row) => shares![row]! > 0 && matched.every((own) => holdsValue(table.column(own)!, row, cell[own]!)),
      );
      const total = rows.reduce((sum, row) => sum + shares![row]!, 0);
      return total > 0 ? { rows, shares: Float64Array.from(rows, (row) => shares![row]! / total) } : null;
    },
  };
}

/** Rows of a target's column, of the kind that the fitted column has. */
export function targetColumn(column: Column, fitted: Column | undefined, rows: Int32Array): Column {
  const taken = rowsOfColumn(column, rows);
  if (fitted?.kind !== "text" || taken.kind === "text") return taken;
  return {
    kind: "text",
    values: Array.from(taken.values, (value, row) => taken.texts?.[row] ?? numberLabel(value)),
    ...(fitted.levels && { levels: fitted.levels }),
  };
}
