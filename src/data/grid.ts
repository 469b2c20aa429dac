/** Tables made for predictions: a table with some columns replaced. */
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
