/** Tables from CSV files. */
import type { ColumnTable } from "arquero";
import { impossibleHeader } from "../messages/files.ts";
import { DeclarationError } from "../messages/issue.ts";
import { type ReadTableOptions, readColumns } from "./read-columns.ts";

/**
 * Reads a CSV file (gzip-compressed or not), or an Arrow or Parquet file, into an arquero table. `-` is standard input. Types of columns, dialects and missing values: see
 * `parseCsv`. Missing numbers are NaN and missing text is null, which arquero's verbs treat as missing.
 *
 * @throws DeclarationError when the file is absent, unreadable, or not a table; every fault names its line.
 * @example
 * const cbpp = await readTable("examples/data/cbpp.csv");
 * const bike = await readTable("velo.csv.gz", { delimiter: ";", decimal: ",", naStrings: ["", "-99"] });
 */
export async function readTable(path: string | URL, options?: ReadTableOptions): Promise<ColumnTable> {
  const { names, columns } = await readColumns(path, options);
  // arquero keeps columns by name in plain objects, where this name sets what an object inherits and the column is lost
  if (names.includes("__proto__")) throw new DeclarationError([impossibleHeader(String(path), "__proto__")]);
  const { table } = await import("arquero");
  return table(names.map((name) => [name, columns[name]!] as const) as never);
}
