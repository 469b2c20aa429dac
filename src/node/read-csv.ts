/** Tables from files. */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { type ColumnTable, table } from "arquero";
import * as messages from "../messages/files.ts";
import { DeclarationError } from "../messages/issue.ts";
import { type CsvOptions, type CsvTable, parseCsv } from "./csv.ts";
import { readFault } from "./read-fault.ts";

export interface ReadTableOptions extends CsvOptions {
  /** Text encoding of the file, as `TextDecoder` names it. Default UTF-8, or UTF-16 where the file begins with its mark. */
  readonly encoding?: string;
}

/**
 * Reads a CSV file (gzip-compressed or not) into an arquero table. Types of columns, dialects and missing values: see
 * `parseCsv`. Missing numbers are NaN and missing text is null, which arquero's verbs treat as missing.
 *
 * @throws DeclarationError when the file is absent, unreadable, or not a table; every fault names its line.
 * @example
 * const cbpp = await readTable("examples/data/cbpp.csv");
 * const bike = await readTable("velo.csv.gz", { delimiter: ";", decimal: ",", naStrings: ["", "-99"] });
 */
export async function readTable(path: string | URL, options: ReadTableOptions = {}): Promise<ColumnTable> {
  const { names, columns } = await readColumns(path, options);
  return table(names.map((name) => [name, columns[name]!] as const) as never);
}

/** As `readTable`, but plain arrays by column name: what `model()` accepts too. */
export async function readColumns(path: string | URL, options: ReadTableOptions = {}): Promise<CsvTable> {
  const source = String(path);
  return parseCsv(await readText(path, options.encoding), { source, ...options });
}

/** A file's text, decompressed where it begins like gzip, in the encoding its mark or `encoding` says. */
async function readText(path: string | URL, encoding?: string): Promise<string> {
  const source = String(path);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new DeclarationError([readFault(source, error as NodeJS.ErrnoException)]);
  }
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      bytes = gunzipSync(bytes);
    } catch {
      throw new DeclarationError([messages.badGzip(source)]);
    }
  }
  const name = encoding ?? encodingByMark(bytes);
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(name, { fatal: true });
  } catch {
    throw new DeclarationError([messages.unknownEncoding(name)]);
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw new DeclarationError([messages.badEncoding(source, name)]);
  }
}

function encodingByMark(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return "utf-8";
}
