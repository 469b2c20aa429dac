/** A column of numbers of a table as text. */
import { formatColumn } from "./format-number.ts";
import type { TextColumn } from "./text-table.ts";

/** @param decimals of every entry; by default as many as show four significant digits */
export const numberColumn = <Row>(
  header: string,
  rows: readonly Row[],
  value: (row: Row) => number | null | undefined,
  decimals?: number,
): TextColumn => ({ header, cells: formatColumn(rows.map(value), 4, decimals) });
