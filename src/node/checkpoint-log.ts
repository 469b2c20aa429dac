/**
 * The file of a checkpoint, added to while chains run: a line of JSON with the model, the run and its chains as they began, then a line for each
 * state of a chain with the draws made since the one before it. Every line ends with the SHA-256 of itself and of the line before it, so that lines
 * of two runs, lost lines and changed ones are told. Draws follow their line as they are in memory, and the line says their SHA-256 and how many
 * bytes they are; in a state arrays are the base64 of their bytes, as draws were in files of before. Of a last line that does not end, or whose draws
 * do not, as when the program was stopped within it, the one before is taken.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writevSync,
} from "node:fs";
import * as messages from "../messages/files.ts";
import { DeclarationError } from "../messages/issue.ts";
import type { SamplerState } from "../samplers/chain-sampler.ts";
import { type Checkpoint, type CheckpointSink, makeCheckpoint } from "../samplers/checkpoint.ts";
import { jsonOf, type TextAndBytes, textAndBytes, unpacked } from "./packed-numbers.ts";
import { partName, targetOf, writeFault, writingFault } from "./whole-file.ts";

const KIND = "SamplingCheckpointLog";
const NEWLINE = 10;
/** Bytes of states that are no longer asked for before the file is written anew without them. */
const LEAST_WASTE = 4 << 20;
/** Milliseconds after which what was written is brought to the disk, against the loss of power. */
const SYNC = 5000;

/** The first line. */
interface Head extends Pick<Checkpoint, "model" | "run"> {
  readonly chains: number;
}

/** Each line after it. */
interface StateLine {
  readonly chain: number;
  /** The chain without its draws. */
  readonly state: unknown;
  /** Draws made since the state before; null where there are none. */
  readonly draws: unknown;
  /** How many bytes follow the line, and their digest; absent where none do. */
  readonly after?: readonly [bytes: number, digest: string];
}

const NO_DRAWS: TextAndBytes = { json: "null", after: [] };

const digestOfLine = (before: string, text: string): string =>
  createHash("sha256").update(before).update(text).digest("hex");

/** A line: its content, a tab, its digest. JSON has no tabs outside of texts, and none within. */
const lineOf = (text: string, digest: string): string => `${text}\t${digest}\n`;

const hasDraws = (record: object): boolean =>
  "logDensities" in record
    ? (record.logDensities as Float64Array).length > 0
    : (record as { values: Float64Array }).values.length > 0;

/** The digest of bytes one after another. */
function digestOfAll(parts: readonly Buffer[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

const sizeOf = (parts: readonly Buffer[]): number => parts.reduce((sum, { length }) => sum + length, 0);

/** Where in the file a line with draws is, how long its content, where its bytes are, and how many. */
interface Span {
  readonly at: number;
  readonly length: number;
  readonly after: number;
  readonly bytes: number;
}

/** Writes all of some bytes; one call may write a part of them. */
function writeAll(descriptor: number, parts: readonly Buffer[]): void {
  let left = parts;
  while (sizeOf(left) > 0) {
    let written = writevSync(descriptor, left);
    left = left.flatMap((part) => {
      const begin = Math.min(written, part.length);
      written -= begin;
      return begin < part.length ? [part.subarray(begin)] : [];
    });
  }
}

/** Some bytes of a file. */
function readAt(descriptor: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const read = readSync(descriptor, bytes, done, length - done, at + done);
    if (read === 0) throw new RangeError("The file was cut while it was added to.");
    done += read;
  }
  return bytes;
}

/** One file, opened, to which lines are added. */
class Log {
  readonly #file: string;
  #descriptor = -1;
  #digest = "";
  #size = 0;
  #synced = Date.now();
  #head = "";
  /** By chain, the last state without draws. */
  readonly #states = new Map<number, string>();
  /** Lines with draws, in their order. */
  #draws: { readonly chain: number; readonly span: Span }[] = [];
  /** Bytes of lines that the next one of the chain makes needless. */
  #waste = 0;

  constructor(path: string, state: Checkpoint) {
    this.#file = targetOf(path).file;
    const { version, model, run, chains } = state;
    this.#head = JSON.stringify({ kind: KIND, version, model, run, chains: chains.length });
    this.#replace(() => {
      for (const [chain, begun] of chains.entries()) {
        if (!begun) continue;
        const { record, ...rest } = begun;
        for (const piece of record) this.#addLine(chain, "null", { json: JSON.stringify(piece), after: [] });
        this.#addLine(chain, JSON.stringify(rest), NO_DRAWS);
      }
    });
  }

  /** Adds a line of parts that are JSON already. */
  #addLine(chain: number, state: string, { json, after }: TextAndBytes): void {
    const about = after.length > 0 ? `,"after":[${sizeOf(after)},"${digestOfAll(after)}"]` : "";
    const span = this.#line(`{"chain":${chain},"state":${state},"draws":${json}${about}}`, after);
    if (json !== "null") this.#draws.push({ chain, span });
    if (state === "null") return;
    this.#waste += this.#states.get(chain)?.length ?? 0;
    this.#states.set(chain, state);
  }

  #line(text: string, after: readonly Buffer[] = []): Span {
    this.#digest = digestOfLine(this.#digest, text);
    const line = Buffer.from(lineOf(text, this.#digest));
    writeAll(this.#descriptor, [line, ...after]);
    const at = this.#size;
    const bytes = sizeOf(after);
    this.#size += line.length + bytes;
    return { at, length: Buffer.byteLength(text), after: at + line.length, bytes };
  }

  /** Writes the file anew under a name of its own, then puts it in place. */
  #replace(copyLines: (former: number) => void): void {
    const former = this.#descriptor;
    const part = partName(this.#file);
    this.#digest = "";
    this.#size = 0;
    this.#waste = 0;
    this.#descriptor = openSync(part, "wx+");
    try {
      this.#line(this.#head);
      copyLines(former);
      fsyncSync(this.#descriptor);
      renameSync(part, this.#file);
    } catch (error) {
      unlinkSync(part);
      throw error;
    } finally {
      if (former >= 0) closeSync(former);
    }
  }

  /** The file with the draws and the last states only. */
  #compact(): void {
    const spans = this.#draws;
    const states = [...this.#states];
    this.#draws = [];
    this.#states.clear();
    this.#replace((former) => {
      for (const { chain, span } of spans) {
        const { draws } = JSON.parse(readAt(former, span.at, span.length).toString()) as StateLine;
        const after = span.bytes > 0 ? [readAt(former, span.after, span.bytes)] : [];
        this.#addLine(chain, "null", { json: JSON.stringify(draws), after });
      }
      for (const [chain, state] of states) this.#addLine(chain, state, NO_DRAWS);
    });
  }

  add(chain: number, { record, ...rest }: SamplerState): void {
    const draws = hasDraws(record) ? textAndBytes(record) : NO_DRAWS;
    // Another run, or the user, may have put another file in this one's place.
    const there = statSync(this.#file, { throwIfNoEntry: false });
    const own = fstatSync(this.#descriptor);
    this.#addLine(chain, jsonOf(rest), draws);
    if (there?.ino !== own.ino || this.#waste > Math.max(LEAST_WASTE, this.#size / 2)) this.#compact();
    else if (Date.now() - this.#synced > SYNC) {
      fsyncSync(this.#descriptor);
      this.#synced = Date.now();
    }
  }

  close(): void {
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
  }
}

/** Keeps checkpoints in a file: what is new is added to it. */
export function checkpointLog(path: string): CheckpointSink {
  let log: Log | null = null;
  const guarded = (act: () => void) => {
    try {
      act();
    } catch (error) {
      throw writeFault(path, error as NodeJS.ErrnoException);
    }
  };
  return {
    check() {
      const fault = writingFault(path);
      if (fault) throw new DeclarationError([fault]);
    },
    begin: (state) =>
      guarded(() => {
        log = new Log(path, state);
      }),
    add: (chain, state) => guarded(() => log!.add(chain, state)),
    end: () =>
      guarded(() => {
        log?.close();
        log = null;
      }),
  };
}

/** Whether bytes begin as a log does. */
export const isCheckpointLog = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 100))
    .toString("latin1")
    .startsWith(`{"kind":"${KIND}"`);

/**
 * The checkpoint that a log holds.
 *
 * @throws DeclarationError where a line that ends was changed, or is of another run
 */
export function readCheckpointLog(path: string, bytes: Uint8Array): Checkpoint {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let digest = "";
  let chains: { state: unknown; record: unknown[] }[] | null = null;
  let head: Head | null = null;
  for (let at = 0, line = 1; ; line++) {
    const end = buffer.indexOf(NEWLINE, at);
    if (end < 0) break;
    const [text, given] = buffer.toString("utf8", at, end).split("\t") as [string, string | undefined];
    at = end + 1;
    digest = digestOfLine(digest, text);
    if (given !== digest) throw new DeclarationError([messages.changedLine(path, line)]);
    const content: unknown = JSON.parse(text);
    if (!head || !chains) {
      head = content as Head;
      chains = Array.from({ length: head.chains }, () => ({ state: null, record: [] }));
      continue;
    }
    const { chain, state, draws, after: [bytes, drawsDigest] = [0, ""] } = content as StateLine;
    if (at + bytes > buffer.length) break;
    const after = buffer.subarray(at, at + bytes);
    at += bytes;
    if (bytes > 0 && digestOfAll([after]) !== drawsDigest)
      throw new DeclarationError([messages.changedLine(path, line)]);
    if (draws !== null) chains[chain]!.record.push(unpacked(draws, after));
    if (state !== null) chains[chain]!.state = unpacked(state, after);
  }
  if (!head || !chains) throw new DeclarationError([messages.emptyCheckpoint(path)]);
  return makeCheckpoint(
    head.model,
    head.run,
    chains.map(({ state, record }) => state && { ...(state as object), record }) as never,
  );
}
