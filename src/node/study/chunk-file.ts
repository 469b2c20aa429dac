/** A chunk of a study as a Parquet file: whole or not there. Its directory of columns also has what a status or a progress needs, so that no row is read for them. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { basename, join } from "node:path";
import { DeclarationError } from "../../messages/issue.ts";
import { chunkNotWritten, damagedResults } from "../../messages/study-runs.ts";
import type { Chunk } from "../../studies/chunks.ts";
import type { ReplicateRow } from "../../studies/replicate-row.ts";
import type { ChunkRows } from "../../studies/study.ts";
import { type TallyData, tallyOf } from "../../studies/tally.ts";
import { optionalPackage, parquetRows } from "../parquet.ts";
import { writeWhole } from "../whole-file.ts";

/** What a chunk's file says of itself. */
export interface ChunkSummary {
  readonly tally: TallyData;
  /** By method. */
  readonly seconds: Readonly<Record<string, number>>;
  /** Results that are missing for what became of a worker, or for their time: they can be tried again. */
  readonly lost: number;
}

const digits = (value: number, width: number) => String(value).padStart(width, "0");

/** Scenario, first and last replicate, all counted from 1. */
export const chunkFileName = ({ scenario, from, to }: Chunk): string =>
  `${digits(scenario + 1, 5)}-${digits(from, 8)}-${digits(to, 8)}.parquet`;

/** Null for a file of another name. */
export function chunkOfFile(file: string): Chunk | null {
  const [, scenario, from, to] = /^(\d{5,})-(\d{8,})-(\d{8,})\.parquet$/.exec(basename(file)) ?? [];
  return scenario === undefined ? null : { scenario: Number(scenario) - 1, from: Number(from), to: Number(to) };
}

const KEY = "marginalia";
const TEXTS = ["scenario", "method", "estimand", "status"] as const;
const NUMBERS = ["estimate", "std_error", "df", "conf_low", "conf_high", "p_value"] as const;
const NOTES = ["verdict", "message"] as const;

/** Columns of rows of a study, for a writer of Parquet. */
function rowColumns(rows: readonly ReplicateRow[]) {
  const of = <T>(pick: (row: ReplicateRow) => T) => rows.map(pick);
  const text = (name: (typeof TEXTS)[number]) => ({ name, data: of((row) => row[name]), type: "STRING" as const });
  const optionalColumn = <Type extends "DOUBLE" | "STRING">(
    name: (typeof NUMBERS)[number] | (typeof NOTES)[number],
    type: Type,
  ) => ({ name, data: of((row) => row[name] ?? null), type, nullable: true });
  return [
    text("scenario"),
    { name: "replicate", data: Int32Array.from(rows, (row) => row.replicate), type: "INT32" as const },
    text("method"),
    text("estimand"),
    { name: "true_value", data: Float64Array.from(rows, (row) => row.true_value), type: "DOUBLE" as const },
    ...NUMBERS.map((name) => optionalColumn(name, "DOUBLE")),
    text("status"),
    ...NOTES.map((name) => optionalColumn(name, "STRING")),
  ];
}

/**
 * Rows as the bytes of a Parquet file.
 *
 * @param summary goes into the file's own words; default none
 * @throws DeclarationError (as a rejection) where hyparquet-writer is not installed
 */
export async function rowsToParquet(rows: readonly ReplicateRow[], summary?: ChunkSummary): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await optionalPackage("hyparquet-writer", () => import("hyparquet-writer"));
  const columnData = rowColumns(rows);
  const kvMetadata = summary && [{ key: KEY, value: JSON.stringify(summary) }];
  return new Uint8Array(parquetWriteBuffer({ columnData, ...(kvMetadata && { kvMetadata }) }));
}

const isLost = ({ status, message }: ReplicateRow, lost: ReadonlySet<string>) =>
  status === "timeout" || (status === "error" && lost.has(message ?? ""));

/**
 * Writes the file of a chunk whole.
 *
 * @param lost the messages of results that were lost with a worker
 * @throws DeclarationError (as a rejection) where it cannot be written, or hyparquet-writer is not installed
 */
export async function writeChunk(
  folder: string,
  chunk: Chunk,
  { rows, seconds }: ChunkRows,
  lost: ReadonlySet<string> = new Set(),
): Promise<ChunkSummary> {
  const summary: ChunkSummary = {
    tally: tallyOf(rows).data(),
    seconds,
    lost: rows.filter((row) => isLost(row, lost)).length,
  };
  const bytes = await rowsToParquet(rows, summary);
  const file = join(folder, chunkFileName(chunk));
  try {
    writeWhole([file, bytes]);
  } catch (error) {
    const reason = error instanceof DeclarationError ? reasonOf(error) : (error as Error).message;
    throw new DeclarationError([chunkNotWritten(file, reason)]);
  }
  return summary;
}

/** The code of the system that a fault of writing has in parentheses. */
const reasonOf = ({ message }: Error) => /\((E[A-Z]+)\)/.exec(message)?.[1] ?? message;

/** What a chunk's file says of itself; null where it is cut off or damaged. */
export async function readSummary(file: string): Promise<ChunkSummary | null> {
  const { parquetMetadata } = await optionalPackage("hyparquet", () => import("hyparquet"));
  const footer = footerOf(file);
  if (!footer) return null;
  try {
    const metadata = parquetMetadata(footer);
    const value = metadata.key_value_metadata?.find(({ key }) => key === KEY)?.value;
    if (value === undefined) return null;
    const summary = JSON.parse(value) as ChunkSummary;
    const counted = Object.values(summary.tally).reduce((sum, { rows }) => sum + rows, 0);
    return counted === Number(metadata.num_rows) ? summary : null;
  } catch {
    return null;
  }
}

/** The end of a Parquet file, from its metadata on; null where the file is none, or is cut off. */
function footerOf(file: string): ArrayBuffer | null {
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    if (size < 12) return null;
    const tail = Buffer.alloc(8);
    readSync(descriptor, tail, 0, 8, size - 8);
    const length = tail.readUInt32LE(0) + 8;
    if (tail.toString("latin1", 4) !== "PAR1" || length + 4 > size) return null;
    const bytes = new Uint8Array(length);
    readSync(descriptor, bytes, 0, length, size - length);
    return bytes.buffer;
  } finally {
    closeSync(descriptor);
  }
}

/** The same rows in less memory: of one shape, and with each text once. */
function compact(rows: readonly ReplicateRow[]): ReplicateRow[] {
  const texts = new Map<unknown, unknown>();
  const once = <T>(text: T): T => {
    if (!texts.has(text)) texts.set(text, text);
    return texts.get(text) as T;
  };
  return rows.map((row) => ({
    scenario: once(row.scenario),
    replicate: row.replicate,
    method: once(row.method),
    estimand: once(row.estimand),
    true_value: row.true_value,
    estimate: row.estimate,
    std_error: row.std_error,
    df: row.df ?? null,
    conf_low: row.conf_low,
    conf_high: row.conf_high,
    p_value: row.p_value,
    status: once(row.status),
    verdict: once(row.verdict ?? null),
    message: once(row.message ?? null),
  }));
}

/**
 * The rows of a chunk.
 *
 * @throws DeclarationError (as a rejection) where the file is damaged
 */
export async function readChunk(file: string): Promise<ReplicateRow[]> {
  try {
    return compact((await parquetRows(readFileSync(file))) as unknown as readonly ReplicateRow[]);
  } catch (error) {
    if (error instanceof DeclarationError) throw error;
    throw new DeclarationError([damagedResults(file)]);
  }
}
