/** Tables made for predictions: every combination of given values, or a table with some columns replaced. */
import * as messages from "../messages/data.ts";
import { DeclarationError } from "../messages/issue.ts";
import { isNumberLabel, isNumberText, numberLabel } from "./number-text.ts";
import { type Column, type Table, tableOf } from "./table.ts";

export type GridValue = number | string | boolean;

/** A column of one value, of the kind the column has in `base` where the value allows it. */
function filled(value: GridValue, rows: number, base: Column | undefined): Column {
  return columnOf(new Array<GridValue>(rows).fill(value), base);
}

function columnOf(values: readonly GridValue[], base: Column | undefined): Column {
  const numeric = values.every(
    (value) =>
      typeof value === "number" || (base?.kind === "numeric" && typeof value === "string" && isNumberText(value)),
  );
  if (numeric && base?.kind !== "text") {
    const column = { kind: "numeric", values: Float64Array.from(values, Number) } as const;
    const written = values.some((value) => typeof value === "string" && !isNumberLabel(value));
    if (!written) return column;
    return {
      ...column,
      texts: values.map((value) => (typeof value === "string" ? value : numberLabel(Number(value)))),
    };
  }
  const texts = values.map((value) => (typeof value === "boolean" ? String(value).toUpperCase() : String(value)));
  return base?.kind === "text" && base.levels
    ? { kind: "text", values: texts, levels: base.levels }
    : { kind: "text", values: texts };
}

/**
 * The table with each named column set to one value in all its rows; a column it does not have is added.
 *
 * @example replaceColumns(table, { period: "2" }) // every row as if it were in period 2
 */
export function replaceColumns(table: Table, values: Readonly<Record<string, GridValue>>): Table {
  const columns = new Map<string, Column>();
  for (const name of table.names) {
    const column = table.column(name);
    if (column) columns.set(name, column);
  }
  for (const [name, value] of Object.entries(values)) columns.set(name, filled(value, table.rows, table.column(name)));
  return tableOf(columns, table.rows);
}

/**
 * Every combination of the given values, the first column varying slowest.
 *
 * @param base gives the kinds of the columns: a number given for a text column becomes text
 * @throws DeclarationError when there is no column or a column without values
 * @example gridTable({ period: ["1", "2"], age: [20, 30] }).rows; // 4
 */
export function gridTable(at: Readonly<Record<string, readonly GridValue[]>>, base?: Table): Table {
  const entries = Object.entries(at);
  const rows = entries.reduce((product, [, values]) => product * values.length, 1);
  if (entries.length === 0 || rows === 0)
    throw new DeclarationError([{ code: "empty-grid", path: ["grid"], message: messages.emptyGrid() }]);
  const columns = new Map<string, Column>();
  let repeat = rows;
  for (const [name, values] of entries) {
    repeat /= values.length;
    const block = repeat;
    const column = Array.from({ length: rows }, (_, row) => values[Math.floor(row / block) % values.length]!);
    columns.set(name, columnOf(column, base?.column(name)));
  }
  return tableOf(columns, rows);
}
