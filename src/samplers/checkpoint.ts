/** Checkpoints: the whole of a running posterior as plain data, and its resumption. */
import { optional } from "valibot";
import { plainNumbers } from "../data/number-json.ts";
import { familiesByName } from "../families/family.ts";
import { DeclarationError } from "../messages/issue.ts";
import { notACheckpoint } from "../messages/sampling.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { SavedModel } from "../model/saved-model.ts";
import { loadModel, saveModel } from "../model/saved-model.ts";
import { callback, wholeNumber } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import type { ChainState, Stored } from "./chain-state.ts";
import { chainStateFromJSON } from "./chain-state.ts";
import { completeRun } from "./complete-run.ts";
import type { StateOptions } from "./executor.ts";
import type { GibbsChainState } from "./gibbs/chain-state.ts";
import { gibbsChainStateFromJSON } from "./gibbs/chain-state.ts";
import { completeGibbsRun } from "./gibbs/complete-gibbs-run.ts";
import type { GibbsRun } from "./gibbs/gibbs-run.ts";
import { isGibbsRun } from "./gibbs/gibbs-run.ts";
import type { Posterior } from "./posterior.ts";
import { continueEntries, runFromJSON, type SamplingRun, type StoredRun } from "./sampling-run.ts";

/** A run of chains that is not over: declaration, data, settings, and the chains with the draws they have made. Plain JSON. */
export interface Checkpoint {
  readonly kind: "SamplingCheckpoint";
  readonly version: 1;
  readonly model: SavedModel;
  readonly run: StoredRun | GibbsRun;
  /** Null where a chain has not begun. */
  readonly chains: readonly (Stored<ChainState | GibbsChainState> | null)[];
}

export const checkpointEntries = {
  /**
   * Called with the state of the whole run, as plain JSON, whenever a chain has done another `every` iterations. `resume(state)` takes the
   * run up again. What it throws stops the run.
   */
  checkpoint: optional(callback<(state: Checkpoint) => void>()),
  /** Iterations of a chain from one checkpoint to the next, warm-up included; default 500. */
  every: optional(wholeNumber(1)),
};

const checkpointOptions = optionsSchema(checkpointEntries);

export type CheckpointOptions = OptionsOf<typeof checkpointOptions>;

/** What makes the executor report states, put together to checkpoints. */
export function checkpointing<State extends ChainState | GibbsChainState>(
  model: CompiledModel,
  run: SamplingRun | GibbsRun,
  from: readonly (State | null)[],
  { checkpoint, every = 500 }: CheckpointOptions,
): StateOptions<State> {
  if (!checkpoint) return {};
  const head = plainNumbers({ kind: "SamplingCheckpoint", version: 1, model: saveModel(model), run }) as Checkpoint;
  const chains = from.map((state) => plainNumbers(state) as Checkpoint["chains"][number]);
  return {
    every,
    onState(chain, state) {
      chains[chain] = plainNumbers(state) as Checkpoint["chains"][number];
      checkpoint({ ...head, chains: [...chains] });
    },
  };
}

const resumeOptions = optionsSchema({
  ...continueEntries,
  ...checkpointEntries,
  /** The user's own families, by name. */
  families: optional(familiesByName, {}),
});

export type ResumeOptions = OptionsOf<typeof resumeOptions>;

/**
 * A checkpoint from its JSON text or object.
 *
 * @throws DeclarationError when it is none
 */
export function parseCheckpoint(state: Checkpoint | string): Checkpoint {
  let saved: Checkpoint | null = null;
  try {
    saved = typeof state === "string" ? (JSON.parse(state) as Checkpoint) : state;
  } catch {
    // Text that is no JSON is no checkpoint.
  }
  if (saved?.kind !== "SamplingCheckpoint" || saved.version !== 1) throw new DeclarationError([notACheckpoint()]);
  return saved;
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
  const saved = parseCheckpoint(state);
  const model = loadModel(saved.model, families);
  const wanted = { ...(checkpoint && { checkpoint }), ...(every !== undefined && { every }) };
  if (isGibbsRun(saved.run)) {
    const run = saved.run;
    const from = saved.chains.map((chain) => chain && gibbsChainStateFromJSON(chain as Stored<GibbsChainState>));
    return completeGibbsRun(model, run, from, { ...options, ...checkpointing(model, run, from, wanted) });
  }
  const run = runFromJSON(saved.run);
  const from = saved.chains.map((chain) => chain && chainStateFromJSON(chain as Stored<ChainState>));
  return completeRun(model, run, from, { ...options, ...checkpointing(model, run, from, wanted) });
}
