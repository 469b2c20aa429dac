/** Columns from CSV files, as plain arrays. */

import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { custom, optional } from "valibot";
import * as messages from "../messages/files.ts";
import { DeclarationError } from "../messages/issue.ts";
import { text } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readArgument, readOptions } from "../options/read-options.ts";
import { columnsOfFile } from "./column-file.ts";
import { type CsvTable, csvEntries, parseCsv } from "./csv.ts";
import type { FilePath } from "./file-path.ts";
import { readFault } from "./read-fault.ts";

const readTableOptions = optionsSchema({
  ...csvEntries,
  /** Text encoding of the file, as `TextDecoder` names it. Default UTF-8, or UTF-16 where the file begins with its mark. */
  encoding: optional(text),
});

export type ReadTableOptions = OptionsOf<typeof readTableOptions>;

/** A path of a file. */
const aPath = custom<FilePath>(
  (value) => (typeof value === "string" && value !== "") || value instanceof URL,
  "the path of a file, as text or a URL",
);

/**
 * The columns of a CSV file, or of an Arrow or Parquet file, which is told by how it begins; `-` is standard input; see `readTable`, which makes an arquero table of them.
 *
 * @param typesOf whether every column of `types` must be there, or `types` is that of another file
 */
export async function readColumns(
  path: FilePath,
  options?: ReadTableOptions,
  typesOf: "this file" | "another file" = "this file",
): Promise<CsvTable> {
  const { encoding, ...csv } = readOptions(readTableOptions, options, { of: "readTable()" });
  readArgument(aPath, path, { of: "readTable()", name: "The path" });
  const source = String(path);
  const bytes = await readBytes(path);
  return (
    (await columnsOfFile(source, bytes)) ??
    parseCsv(textOf(source, bytes, encoding), { source, ...csv }, typesOf === "another file")
  );
}

/** The bytes of a file; of standard input for `-`. */
async function readBytes(path: FilePath): Promise<Uint8Array> {
  try {
    return await (path === "-" ? buffer(process.stdin) : readFile(path));
  } catch (error) {
    throw new DeclarationError([readFault(String(path), error as NodeJS.ErrnoException)]);
  }
}

/** A file's text, decompressed where it begins like gzip, in the encoding its mark or `encoding` says. */
function textOf(source: string, given: Uint8Array, encoding?: string): string {
  let bytes = given;
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
