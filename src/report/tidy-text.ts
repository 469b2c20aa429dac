/** Rows of a coefficient table as text: the columns of `tidy()`, and what they are to be read with. */

import type { Fit, TidyRow } from "../model/fit.ts";
import { parameterLabel } from "../model/reported-parameters.ts";
import { requireFit } from "../model/require-fit.ts";
import { callback } from "../options/kinds.ts";
import { readArgument } from "../options/read-options.ts";
import { fewDfNote } from "./ddf-text.ts";
import { formatColumn, formatPValue } from "./format-number.ts";
import { formatLimit, formatRows, rowDecimals } from "./row-decimals.ts";
import { plain, type Style, type TextColumn, textTable } from "./text-table.ts";
import { visible } from "./visible-text.ts";

const NUMBERS = [
  ...(["estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"] as const),
  ...(["rhat", "ess_bulk", "ess_tail"] as const),
];

/**
 * The coefficient table of a fit as text, in the columns of `tidy()`; columns without any number are left out.
 *
 * @example
 * console.log(tidyText(fit.tidy()));
 */
export function tidyText(rows: readonly TidyRow[], style: Style = plain): string {
  const labels = (["effect", "component", "group", "level", "term"] as const).filter(
    (key) => new Set(rows.map((row) => row[key] ?? "")).size > 1 || key === "effect" || key === "term",
  );
  return textTable(
    [
      ...labels.map((key) => ({ header: key, cells: rows.map((row) => row[key] ?? ""), align: "left" as const })),
      ...numberColumns(rows),
    ],
    style,
  )
    .concat(dfNotes(rows), notesOf(rows))
    .join("\n");
}

/** What rows are to be read with. */
export const notesOf = (rows: readonly TidyRow[]): string[] =>
  rows.flatMap((row) => (row.note === undefined ? [] : [`Note: ${visible(`${parameterLabel(row)}: ${row.note}`)}`]));

const isRows = (value: Fit | readonly TidyRow[]): value is readonly TidyRow[] =>
  Array.isArray(value) && value.every((row) => typeof row?.term === "string" && typeof row.effect === "string");

/** A style that is a function. */
export const styleOf = (style: Style, of: string): Style =>
  readArgument(callback<Style>(), style, { of, name: "The style" });

/** Prints the coefficient table of a fit, or rows of its `tidy()`, to the console. */
export function printTidy(fit: Fit | readonly TidyRow[], style: Style = plain): void {
  if (!isRows(fit)) requireFit(fit, "printTidy()");
  console.log(tidyText(isRows(fit) ? fit : fit.tidy(), styleOf(style, "printTidy()")));
}

/** Columns of numbers, without those that no row has. */
export function numberColumns(rows: readonly TidyRow[], keys: readonly (keyof TidyRow)[] = NUMBERS): TextColumn[] {
  const decimals = rowDecimals(rows);
  return keys.flatMap((key): TextColumn[] => {
    const values = rows.map((row) => row[key] as number | null | undefined);
    if (values.every((value) => value === null || value === undefined)) return [];
    if (key === "p_value") return [{ header: key, cells: values.map(formatPValue) }];
    if (key === "statistic") return [{ header: key, cells: formatColumn(values, 4, 3) }];
    if (key === "df") return [{ header: key, cells: formatColumn(values, 4, values.every(wholeOrAbsent) ? 0 : 1) }];
    if (key === "rhat") return [{ header: key, cells: formatColumn(values, 4, 3) }];
    if (key === "ess_bulk" || key === "ess_tail") return [{ header: key, cells: formatColumn(values, 4, 0) }];
    if (key === "conf_low" || key === "conf_high")
      return [{ header: key, cells: rows.map((row, k) => formatLimit(row, row[key], decimals[k]!)) }];
    return [{ header: key, cells: formatRows(values, decimals) }];
  });
}

/** What is said of coefficients whose degrees of freedom are next to none. */
export const dfNotes = (rows: readonly TidyRow[]): string[] => fewDfNote(rows, parameterLabel);

const wholeOrAbsent = (value: number | null | undefined) => value == null || Number.isInteger(value);

/** Terms and their numbers, a part of a summary. */
export function coefficientTable(rows: readonly TidyRow[], style: Style): string[] {
  return textTable([{ header: "", cells: rows.map(({ term }) => term), align: "left" }, ...numberColumns(rows)], style);
}
