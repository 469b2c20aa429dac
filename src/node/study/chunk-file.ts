/**
 * A chunk of a study as a Parquet file: whole or not there. In words of its own the file has what a status or a progress needs, so that no row is read for
 * them, which chunk of which study it is, and a digest of all its bytes: a file that was damaged, or copied from elsewhere, is told from one that is right.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { DeclarationError } from "../../messages/issue.ts";
import { chunkNotWritten, damagedResults } from "../../messages/study-runs.ts";
import type { Chunk } from "../../studies/chunks.ts";
import type { ReplicateRow } from "../../studies/replicate-row.ts";
import type { ChunkRows } from "../../studies/study.ts";
import { identityKey, type StudyIdentity } from "../../studies/study-identity.ts";
import { type TallyData, tallyOf } from "../../studies/tally.ts";
import { optionalPackage, parquetRows } from "../parquet.ts";
import { readFault } from "../read-fault.ts";
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
/** What comes before the digest, and stands in its place while it is computed. */
const DIGEST = '"digest":"';
const NO_DIGEST = "0".repeat(64);

/** The words of a file: the digest first, then whose chunk it is, then the summary. */
interface ChunkWords extends ChunkSummary {
  readonly digest: string;
  readonly study: string;
  readonly chunk: string;
}

/** Of all bytes, with zeros where the digest stands; null where there is no place for it. */
function digestAt(bytes: Buffer): { readonly at: number; readonly digest: string } | null {
  const found = bytes.lastIndexOf(DIGEST);
  const at = found + DIGEST.length;
  if (found < 0 || at + NO_DIGEST.length > bytes.length) return null;
  const hash = createHash("sha256");
  for (const part of [bytes.subarray(0, at), NO_DIGEST, bytes.subarray(at + NO_DIGEST.length)]) hash.update(part);
  return { at, digest: hash.digest("hex") };
}
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
 * @param words go into the file's own; default none
 * @throws DeclarationError (as a rejection) where hyparquet-writer is not installed
 */
export async function rowsToParquet(rows: readonly ReplicateRow[], words?: ChunkWords): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await optionalPackage("hyparquet-writer", () => import("hyparquet-writer"));
  const columnData = rowColumns(rows);
  const kvMetadata = words && [{ key: KEY, value: JSON.stringify(words) }];
  return new Uint8Array(parquetWriteBuffer({ columnData, ...(kvMetadata && { kvMetadata }) }));
}

const isLost = ({ status, message }: ReplicateRow, lost: ReadonlySet<string>) =>
  status === "timeout" || (status === "error" && lost.has(message ?? ""));

/**
 * Writes the file of a chunk of a study whole.
 *
 * @param lost the messages of results that were lost with a worker
 * @throws DeclarationError (as a rejection) where it cannot be written, or hyparquet-writer is not installed
 */
export async function writeChunk(
  folder: string,
  study: StudyIdentity,
  chunk: Chunk,
  { rows, seconds }: ChunkRows,
  lost: ReadonlySet<string> = new Set(),
): Promise<ChunkSummary> {
  const summary: ChunkSummary = {
    tally: tallyOf(rows).data(),
    seconds,
    lost: rows.filter((row) => isLost(row, lost)).length,
  };
  const name = chunkFileName(chunk);
  const words = { digest: NO_DIGEST, study: identityKey(study), chunk: name, ...summary };
  const bytes = Buffer.from(await rowsToParquet(rows, words));
  const { at, digest } = digestAt(bytes)!;
  bytes.write(digest, at, "latin1");
  const file = join(folder, name);
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

/** What a chunk's file says of itself; null where it is damaged, or is not the chunk of that study that its name says. */
export async function readSummary(file: string, study: StudyIdentity): Promise<ChunkSummary | null> {
  const { parquetMetadata } = await optionalPackage("hyparquet", () => import("hyparquet"));
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EISDIR") return null;
    throw new DeclarationError([readFault(file, error as NodeJS.ErrnoException)]);
  }
  const own = digestAt(bytes);
  if (own?.digest !== bytes.toString("latin1", own?.at, (own?.at ?? 0) + NO_DIGEST.length)) return null;
  // Bytes with a digest that is right were written by writeChunk().
  const metadata = parquetMetadata(new Uint8Array(bytes).buffer);
  const words = JSON.parse(metadata.key_value_metadata!.find(({ key }) => key === KEY)!.value!) as ChunkWords;
  if (words.study !== identityKey(study) || words.chunk !== basename(file)) return null;
  const { tally, seconds, lost } = words;
  return { tally, seconds, lost };
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
