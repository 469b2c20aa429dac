/** Tables from CSV files. */
import { impossibleHeader } from "../messages/files.ts";
import { DeclarationError } from "../messages/issue.ts";
import type { FilePath } from "./file-path.ts";
import { type ReadTableOptions, readColumns } from "./read-columns.ts";

/** What is read, as far as these types say: it is a table of arquero, with all its verbs. */
export interface ReadTable {
  numRows(): number;
  numCols(): number;
  columnNames(): string[];
  /** The values of a column. */
  array(name: string): ArrayLike<unknown> & Iterable<unknown>;
  get(name: string, row?: number): unknown;
  /** A row as a record; default the first. */
  object(row?: number): object;
  /** The rows as records. */
  objects(): object[];
}

/**
 * Reads a CSV file (gzip-compressed or not), or an Arrow or Parquet file, into an arquero table. `-` is standard input. Types of columns, dialects and missing values: see
 * `parseCsv`. Missing numbers are NaN and missing text is null, which arquero's verbs treat as missing.
 *
 * @typeParam T the table's type, as arquero's `ColumnTable`, where its verbs are used
 * @throws DeclarationError when the file is absent, unreadable, or not a table; every fault names its line.
 * @example
 * const cbpp = await readTable("examples/data/cbpp.csv");
 * const bike = await readTable("velo.csv.gz", { delimiter: ";", decimal: ",", naStrings: ["", "-99"] });
 */
export async function readTable<T extends ReadTable = ReadTable>(
  path: FilePath,
  options?: ReadTableOptions,
): Promise<T> {
  const { names, columns } = await readColumns(path, options);
  // arquero keeps columns by name in plain objects, where this name sets what an object inherits and the column is lost
  if (names.includes("__proto__")) throw new DeclarationError([impossibleHeader(String(path), "__proto__")]);
  const { table } = await import("arquero");
  return table(names.map((name) => [name, columns[name]!] as const) as never) as unknown as T;
}
