/** Whether a row of a table has the value of a grid. */
import { isNumberText, numberLabel } from "../data/number-text.ts";
import type { Column } from "../data/table.ts";
import type { GridValue } from "./grid.ts";

/** A number and the text of that number are the same value, unless the column has texts of its own. */
export function holdsValue(column: Column, row: number, value: GridValue): boolean {
  if (column.kind === "numeric" && !column.texts) return column.values[row] === Number(value);
  const text = column.kind === "text" ? column.values[row] : column.texts![row];
  if (text === value) return true;
  if (text === null || text === undefined) return false;
  const number = typeof value === "number" ? value : isNumberText(value) ? Number(value) : Number.NaN;
  return isNumberText(text) && numberLabel(Number(text)) === numberLabel(number);
}

/** The value of a row; null where it is missing. */
export function valueAt(column: Column, row: number): GridValue | null {
  if (column.kind === "text") return column.values[row] ?? null;
  if (column.texts) return column.texts[row] ?? null;
  const value = column.values[row]!;
  return Number.isNaN(value) ? null : value;
}
