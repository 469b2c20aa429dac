/** Tables of Arrow and Parquet files as columns like those of CSV files. */
import { arrowTable, isArrowFile } from "../exchange/arrow-table.ts";
import { readerReason } from "../messages/exchange.ts";
import * as messages from "../messages/files.ts";
import { DeclarationError } from "../messages/issue.ts";
import type { CsvColumn, CsvTable } from "./csv.ts";
import { isParquet, parquetRows } from "./parquet.ts";

/** Numbers, logical values or texts; whole numbers that are too long for a double keep their digits as text, dates are ISO texts. */
function columnOf(values: ArrayLike<unknown>): CsvColumn {
  const list = Array.from(values, (value) => value ?? null);
  const exact = (value: unknown) =>
    typeof value === "number" || (typeof value === "bigint" && BigInt(Number(value)) === value);
  if (list.every((value) => value === null || exact(value)) && list.some((value) => value !== null))
    return Float64Array.from(list, (value) => (value === null ? Number.NaN : Number(value)));
  if (list.every((value) => value === null || typeof value === "boolean")) return list as (boolean | null)[];
  return list.map((value) => (value === null ? null : value instanceof Date ? value.toISOString() : String(value)));
}

/**
 * The columns of a file that begins as Arrow's or Parquet's do; null where it begins as neither.
 *
 * @throws DeclarationError naming the file where it cannot be read
 */
export async function columnsOfFile(source: string, bytes: Uint8Array): Promise<CsvTable | null> {
  const format = isArrowFile(bytes) ? "Arrow" : isParquet(bytes) ? "Parquet" : null;
  if (format === null) return null;
  try {
    if (format === "Arrow") {
      const table = arrowTable(bytes);
      const names = table.names.map(String);
      const columns = names.map((name) => [name, columnOf(table.getChild(name)!.toArray())] as const);
      return { rows: table.numRows, names, columns: Object.fromEntries(columns) };
    }
    const rows = await parquetRows(bytes);
    const names = Object.keys(rows[0] ?? {});
    const columns = names.map((name) => [name, columnOf(rows.map((row) => row[name]))] as const);
    return { rows: rows.length, names, columns: Object.fromEntries(columns) };
  } catch (error) {
    if (error instanceof DeclarationError) throw error;
    throw new DeclarationError([messages.unreadableColumns(source, format, readerReason(error))]);
  }
}
