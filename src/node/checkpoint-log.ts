/**
 * The file of a checkpoint, added to while chains run: a line of JSON with the model, the run and its chains as they began, then a line for each
 * state of a chain with the draws made since the one before it. Arrays are the base64 of their bytes. Every line ends with the SHA-256 of itself
 * and of the line before it, so that lines of two runs, lost lines and changed ones are told; of a last line that does not end, as when the
 * program was stopped within it, the one before is taken.
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
  writeSync,
} from "node:fs";
import { encodeNumbers } from "../data/number-json.ts";
import * as messages from "../messages/files.ts";
import { DeclarationError } from "../messages/issue.ts";
import type { SamplerState } from "../samplers/chain-sampler.ts";
import { type Checkpoint, type CheckpointSink, makeCheckpoint } from "../samplers/checkpoint.ts";
import { partName, targetOf, writeFault, writingFault } from "./whole-file.ts";

const KIND = "SamplingCheckpointLog";
const NEWLINE = 10;
/** Bytes of states that are no longer asked for before the file is written anew without them. */
const LEAST_WASTE = 4 << 20;
/** Milliseconds after which what was written is brought to the disk, against the loss of power. */
const SYNC = 5000;

const KINDS = { float64: Float64Array, int32: Int32Array, uint8: Uint8Array } as const;
type Packed = { readonly $bytes: readonly [keyof typeof KINDS, string] };

/** Plain data with arrays as the base64 of their bytes, little-endian as every processor that runs Node is. */
function packed(tree: unknown): unknown {
  if (ArrayBuffer.isView(tree)) {
    const kind = (Object.keys(KINDS) as (keyof typeof KINDS)[]).find((name) => tree instanceof KINDS[name])!;
    return { $bytes: [kind, Buffer.from(tree.buffer, tree.byteOffset, tree.byteLength).toString("base64")] };
  }
  if (typeof tree === "number") return Number.isFinite(tree) ? tree : Number.isNaN(tree) ? null : String(tree);
  if (Array.isArray(tree)) return tree.map(packed);
  if (typeof tree !== "object" || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, packed(value)]));
}

/** What `packed` made, its arrays as lists. */
function unpacked(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(unpacked);
  if (typeof tree !== "object" || tree === null) return tree;
  const bytes = (tree as Partial<Packed>).$bytes;
  if (!bytes) return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, unpacked(value)]));
  const [kind, text] = bytes;
  const copy = Uint8Array.from(Buffer.from(text, "base64"));
  return encodeNumbers(new KINDS[kind](copy.buffer));
}

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
}

const digestOfLine = (before: string, text: string): string =>
  createHash("sha256").update(before).update(text).digest("hex");

/** A line: its content, a tab, its digest. JSON has no tabs outside of texts, and none within. */
const lineOf = (text: string, digest: string): string => `${text}\t${digest}\n`;

const hasDraws = (record: object): boolean =>
  "logDensities" in record
    ? (record.logDensities as Float64Array).length > 0
    : (record as { values: Float64Array }).values.length > 0;

/** Where in the file a line with draws is, and how long its content. */
interface Span {
  readonly at: number;
  readonly length: number;
}

/** Writes all of a text; one call may write a part of it. */
function writeAll(descriptor: number, text: string): number {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
  return bytes.length;
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
        for (const piece of record) this.#addLine(chain, "null", JSON.stringify(piece));
        this.#addLine(chain, JSON.stringify(rest), "null");
      }
    });
  }

  /** Adds a line of parts that are JSON already. */
  #addLine(chain: number, state: string, draws: string): void {
    const span = this.#line(`{"chain":${chain},"state":${state},"draws":${draws}}`);
    if (draws !== "null") this.#draws.push({ chain, span });
    if (state === "null") return;
    this.#waste += this.#states.get(chain)?.length ?? 0;
    this.#states.set(chain, state);
  }

  #line(text: string): Span {
    this.#digest = digestOfLine(this.#digest, text);
    const at = this.#size;
    this.#size += writeAll(this.#descriptor, lineOf(text, this.#digest));
    return { at, length: Buffer.byteLength(text) };
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
        const bytes = Buffer.alloc(span.length);
        readSync(former, bytes, 0, span.length, span.at);
        this.#addLine(chain, "null", JSON.stringify((JSON.parse(bytes.toString()) as StateLine).draws));
      }
      for (const [chain, state] of states) this.#addLine(chain, state, "null");
    });
  }

  add(chain: number, { record, ...rest }: SamplerState): void {
    const draws = hasDraws(record) ? JSON.stringify(packed(record)) : "null";
    // Another run, or the user, may have put another file in this one's place.
    const there = statSync(this.#file, { throwIfNoEntry: false });
    const own = fstatSync(this.#descriptor);
    this.#addLine(chain, JSON.stringify(packed(rest)), draws);
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
    const { chain, state, draws } = content as StateLine;
    if (draws !== null) chains[chain]!.record.push(unpacked(draws));
    if (state !== null) chains[chain]!.state = unpacked(state);
  }
  if (!head || !chains) throw new DeclarationError([messages.emptyCheckpoint(path)]);
  return makeCheckpoint(
    head.model,
    head.run,
    chains.map(({ state, record }) => state && { ...(state as object), record }) as never,
  );
}
