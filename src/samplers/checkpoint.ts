/** Checkpoints: the whole of a running posterior as plain data, and its resumption. */
import { custom, optional } from "valibot";
import { digestOf } from "../data/digest.ts";
import { type NumberJSON, plainNumbers } from "../data/number-json.ts";
import { familiesByName } from "../families/family.ts";
import { changedSavedData } from "../messages/files.ts";
import { DeclarationError } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { SavedModel } from "../model/saved-model.ts";
import { loadModel, saveModel } from "../model/saved-model.ts";
import { wholeNumber } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import type { SamplerRun, SamplerState } from "./chain-sampler.ts";
import { CHECKPOINT, joinedChain, readCheckpointData } from "./checkpoint-data.ts";
import { completeRun } from "./complete-run.ts";
import type { StateOptions } from "./executor.ts";
import type { Posterior } from "./posterior.ts";
import { samplerOf } from "./samplers.ts";
import { continueEntries } from "./sampling-run.ts";

/** A chain of a checkpoint: where it stands, and its draws in pieces, in their order. A piece is the same object in every later checkpoint. */
export interface StoredChain {
  /** Iterations done, warm-up included. */
  readonly done: NumberJSON;
  /** State of the stream of random numbers. */
  readonly rng: unknown;
  readonly record: readonly StoredRecord[];
}

/** Draws of a chain, lists of numbers by name. */
export type StoredRecord = object;

/** A run of chains that is not over: declaration, data, settings, and the chains with the draws they have made. Plain JSON. */
export interface Checkpoint {
  readonly kind: "SamplingCheckpoint";
  readonly version: 2;
  readonly model: SavedModel;
  readonly run: SamplerRun;
  /** Null where a chain has not begun. */
  readonly chains: readonly (StoredChain | null)[];
  /** Tells whether the checkpoint is as it was made: see `digestOf`. */
  readonly digest: string;
}

/** Takes checkpoints bit by bit, for places that can be added to: what it is told costs no more late in a run than early. */
export interface CheckpointSink {
  /**
   * Most of a chain's time that telling may take: what would come too early, or within half a second of what was told before, is left out, and told
   * later. Default 0.05; 1 leaves nothing out.
   */
  readonly share?: number;
  /** Before the work: throws where the place cannot be written. */
  check?(): void;
  /** The whole of a run as its chains begin, or begin again. */
  begin(state: Checkpoint): void;
  /** Where a chain stands now, and the draws it has made since it was last told of. */
  add(chain: number, state: SamplerState): void;
  /** The run is over, or was stopped. */
  end?(): void;
}

export const checkpointEntries = {
  /**
   * Called with the state of the whole run, as plain JSON, whenever a chain has done another `every` iterations. `resume(state)` takes the
   * run up again. What it throws stops the run. One with `begin` and `add`, as `checkpointFile` makes, is told by these what is new instead, and
   * takes at most its `share` of the time.
   */
  checkpoint: optional(
    custom<((state: Checkpoint) => void) | CheckpointSink | (((state: Checkpoint) => void) & CheckpointSink)>(
      (value) =>
        typeof value === "function" ||
        (typeof (value as CheckpointSink | null)?.begin === "function" &&
          typeof (value as CheckpointSink).add === "function"),
      "a function of the state of the run, or what checkpointFile() of marginalia/node made",
    ),
  ),
  /** Iterations of a chain from one checkpoint to the next, warm-up included; default 500. */
  every: optional(wholeNumber(1)),
};

const checkpointOptions = optionsSchema(checkpointEntries);

export type CheckpointOptions = OptionsOf<typeof checkpointOptions>;

/** Most of a run's time that adding to a file may take. */
const SHARE = 0.05;

const isSink = (checkpoint: NonNullable<CheckpointOptions["checkpoint"]>): checkpoint is CheckpointSink =>
  "begin" in checkpoint && "add" in checkpoint;

/** Digests of pieces of draws, which are plain data that stay as they are. */
const pieceDigests = new WeakMap<object, string>();

function pieceDigest(piece: StoredRecord): string {
  const digest = pieceDigests.get(piece) ?? digestOf(piece);
  pieceDigests.set(piece, digest);
  return digest;
}

/** The digest of a checkpoint: of what it begins with, and of each chain's state and pieces of draws. */
const checkpointDigest = (headDigest: string, chains: Checkpoint["chains"]): string =>
  digestOf([headDigest, chains.map((chain) => chain && { ...chain, record: chain.record.map(pieceDigest) })]);

const headDigestOf = ({ model, run }: Pick<Checkpoint, "model" | "run">): string => digestOf({ model, run });

/** Whether a record holds no draws. */
const isEmpty = (record: unknown): boolean =>
  ArrayBuffer.isView(record) ? record.byteLength === 0 : Object.values(record as object).every(isEmpty);

/** A state as a chain of a checkpoint, after the pieces of draws that are known already. */
function storedChain({ record, ...rest }: SamplerState, before: readonly StoredRecord[]): StoredChain {
  const pieces = isEmpty(record) ? before : [...before, plainNumbers(record) as StoredRecord];
  return { ...(plainNumbers(rest) as Omit<StoredChain, "record">), record: pieces };
}

/** A checkpoint of parts that are plain data already. */
export function makeCheckpoint(model: SavedModel, run: Checkpoint["run"], chains: Checkpoint["chains"]): Checkpoint {
  const digest = checkpointDigest(headDigestOf({ model, run }), chains);
  return { kind: "SamplingCheckpoint", version: 2, model, run, chains, digest };
}

/** Runs chains with what makes the executor report states, put together to checkpoints. */
export async function withCheckpoints(
  model: CompiledModel,
  run: SamplerRun,
  from: readonly (SamplerState | null)[],
  options: CheckpointOptions,
  complete: (states: StateOptions) => Promise<Posterior>,
): Promise<Posterior> {
  const { checkpoint } = options;
  const states = checkpointing(model, run, from, options);
  try {
    return await complete(states);
  } finally {
    if (checkpoint && isSink(checkpoint)) checkpoint.end?.();
  }
}

function checkpointing(
  model: CompiledModel,
  run: SamplerRun,
  from: readonly (SamplerState | null)[],
  { checkpoint, every = 500 }: CheckpointOptions,
): StateOptions {
  if (!checkpoint) return {};
  const head = plainNumbers({ model: saveModel(model), run }) as Pick<Checkpoint, "model" | "run">;
  const begun = from.map((state) => state && storedChain(state, []));
  if (isSink(checkpoint)) {
    checkpoint.begin(makeCheckpoint(head.model, head.run, begun));
    return { every, share: checkpoint.share ?? SHARE, onState: (chain, state) => checkpoint.add(chain, state) };
  }
  const chains: Checkpoint["chains"][number][] = begun;
  const headDigest = headDigestOf(head);
  return {
    every,
    onState(chain, state) {
      chains[chain] = storedChain(state, chains[chain]?.record ?? []);
      const now = [...chains];
      const digest = checkpointDigest(headDigest, now);
      checkpoint({ kind: "SamplingCheckpoint", version: 2, ...head, chains: now, digest });
    },
  };
}

/**
 * Looks at the place of checkpoints before the work.
 *
 * @throws DeclarationError for a place that cannot be written
 */
export function checkCheckpointing({ checkpoint }: CheckpointOptions): void {
  if (checkpoint && isSink(checkpoint)) checkpoint.check?.();
}

const resumeOptions = optionsSchema({
  ...continueEntries,
  ...checkpointEntries,
  /** The user's own families, by name. */
  families: optional(familiesByName, {}),
});

export type ResumeOptions = OptionsOf<typeof resumeOptions>;

/**
 * A checkpoint from its JSON text or object, checked for being whole and as it was made. One of version 1, without a digest, is brought to the form of today.
 *
 * @throws DeclarationError when it is none, was changed, or its chains are not those of its run
 */
export function parseCheckpoint(state: unknown): Checkpoint {
  let saved: unknown = null;
  try {
    saved = typeof state === "string" ? JSON.parse(state) : state;
  } catch {
    // Text that is no JSON is no checkpoint.
  }
  const checkpoint = readCheckpointData(saved);
  const { model, run, chains, digest } = checkpoint;
  if (digest !== undefined && digest !== checkpointDigest(headDigestOf({ model, run }), chains))
    throw new DeclarationError([changedSavedData(CHECKPOINT)]);
  return makeCheckpoint(model, run, chains);
}

/**
 * Takes up a run from a checkpoint and completes it: the fit of an uninterrupted run, bit for bit, on the same version of the library
 * and of the JavaScript engine.
 *
 * @param state what `checkpoint` was called with, or its JSON text
 * @throws DeclarationError (as a rejection) when it is no checkpoint
 * @example
 * let last: Checkpoint;
 * await herds.sample(nuts({ seed: "cbpp" }), { checkpoint: (state) => { last = state; }, every: 250, signal });
 * const fit = await resume(last);
 */
export async function resume(state: Checkpoint | string, given?: ResumeOptions): Promise<Posterior> {
  const { families, checkpoint, every, ...options } = readOptions(resumeOptions, given, { of: "resume()" });
  options.signal?.throwIfAborted();
  checkCheckpointing({ ...(checkpoint && { checkpoint }), ...(every !== undefined && { every }) });
  const saved = parseCheckpoint(state);
  const model = loadModel(saved.model, families);
  const wanted = { ...(checkpoint && { checkpoint }), ...(every !== undefined && { every }) };
  const { kind } = saved.run.sampler;
  const sampler = samplerOf(kind);
  const run = sampler.runFromJSON(saved.run);
  const from = saved.chains.map((chain) => chain && sampler.stateFromJSON(joinedChain(kind, chain)));
  return withCheckpoints(model, run, from, wanted, (states) =>
    completeRun(model, run, from, { ...options, ...states }),
  );
}
