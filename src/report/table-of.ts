/** Rows of any kind as a table that prints. */
import { looseObject } from "valibot";
import { listOf } from "../options/kinds.ts";
import { readArgument } from "../options/read-options.ts";
import { jsonText } from "./csv.ts";
import { formatColumn, formatPValue } from "./format-number.ts";
import { type Printable, printable } from "./printable.ts";
import { formatRows, rowDecimals } from "./row-decimals.ts";
import { type TextColumn, textTable } from "./text-table.ts";

const records = listOf(looseObject({}), "rows, as tidy(), ranef() and the rows of every table are");

/** Columns in the unit of the estimate. */
const MEASURED: readonly string[] = ["estimate", "std_error", "conf_low", "conf_high"];

/** A column of rows: numbers aligned, what is missing left empty, records as JSON. */
function columnOf(rows: readonly object[], name: string): TextColumn {
  const values = rows.map((row) => (row as Readonly<Record<string, unknown>>)[name]);
  const numeric = values.every((value) => value === null || value === undefined || typeof value === "number");
  if (numeric) {
    const numbers = values as (number | null | undefined)[];
    if (name === "p_value") return { header: name, cells: numbers.map(formatPValue) };
    if (MEASURED.includes(name)) return { header: name, cells: formatRows(numbers, rowDecimals(rows)) };
    return { header: name, cells: formatColumn(numbers) };
  }
  const text = (value: unknown) =>
    typeof value === "object" && value !== null ? jsonText(value) : String(value ?? "");
  return { header: name, cells: values.map(text), align: "left" };
}

/** The rows as a table, with a column for each name that has a value somewhere. */
export const rowsText = (rows: readonly object[], style: Parameters<typeof textTable>[1]): string[] =>
  textTable(
    [...new Set(rows.flatMap((row) => Object.keys(row)))]
      .filter((name) => rows.some((row) => ((row as Record<string, unknown>)[name] ?? null) !== null))
      .map((name) => columnOf(rows, name)),
    style,
  );

/**
 * Rows of any kind as a table: to print, and as Markdown, HTML, LaTeX and CSV. The rows themselves stay what they are.
 *
 * @param rows records, as `tidy()`, `ranef()` and the rows of every table are
 * @throws DeclarationError for what are no rows
 * @example
 * tableOf(fit.ranef()).print();
 */
export function tableOf<Row extends object>(rows: readonly Row[]): { readonly rows: readonly Row[] } & Printable {
  readArgument(records, rows, { of: "tableOf()", name: "The rows" });
  return printable(
    { rows },
    (style) => rowsText(rows, style).join("\n"),
    () => rows,
  );
}
