/** Tables with columns held at the values of a grid cell, and rows that then agree counted once. */
import { replaceColumns } from "../data/grid.ts";
import { type Column, rowsOfColumn, type Table, tableOf } from "../data/table.ts";
import type { GridCell } from "./grid.ts";

/** Rows of a table, each with the weight it has in an average. */
export interface WeightedRows {
  readonly rows: Int32Array;
  /** Sums to 1. */
  readonly weights: Float64Array;
}

/**
 * Merges rows that agree in the columns named: they have the same mean, so an average needs one of them, with their joint weight.
 *
 * @param used rows of the table in question
 * @param columns columns the mean depends on besides those of the grid
 * @param weights frequency weights of `used`; null = 1
 */
export function mergeRows(
  table: Table,
  used: Int32Array,
  columns: readonly string[],
  weights: Float64Array | null,
): WeightedRows {
  // a formula's constant pi need not be a column
  const accessed = columns
    .flatMap((name) => table.column(name) ?? [])
    .map((column) => (column.kind === "numeric" ? (column.texts ?? column.values) : column.values));
  const place = new Map<string, number>();
  const kept: number[] = [];
  const sums: number[] = [];
  let total = 0;
  for (let i = 0; i < used.length; i++) {
    const row = used[i]!;
    const key = accessed.map((column) => `${column[row]}`).join("\u0000");
    const w = weights ? weights[i]! : 1;
    total += w;
    const known = place.get(key);
    if (known === undefined) {
      place.set(key, kept.length);
      kept.push(row);
      sums.push(w);
    } else sums[known]! += w;
  }
  return { rows: Int32Array.from(kept), weights: Float64Array.from(sums, (s) => s / total) };
}

/** The rows named of a table, with the columns of `cell` held at its values. */
export function tableAt(table: Table, rows: Int32Array, cell: GridCell): Table {
  const columns = new Map<string, Column>();
  for (const name of table.names) {
    const column = table.column(name);
    if (column) columns.set(name, rowsOfColumn(column, rows));
  }
  return replaceColumns(tableOf(columns, rows.length), cell);
}
