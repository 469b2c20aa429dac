/** What a checkpoint's data must be: their shape, and that the chains are those of its run. */
import { array, type GenericSchema, nullable, object } from "valibot";
import { SavedDataCheck, savedObject } from "../data/saved-data.ts";
import { DeclarationError } from "../messages/issue.ts";
import { notACheckpoint } from "../messages/sampling.ts";
import type { Stored } from "./chain-state.ts";
import type { Checkpoint, StoredChain } from "./checkpoint.ts";
import { isSamplerName, samplerOf } from "./samplers.ts";

/** What a checkpoint is called in messages. */
export const CHECKPOINT = "checkpoint of a run of chains";

const checkpointOf = (runSchema: GenericSchema, chainSchema: GenericSchema) =>
  object({ model: savedObject, run: runSchema, chains: array(nullable(chainSchema), "a list of chains") });

/** Whether each chain stands where its run can have brought it. */
function checkChains(check: SavedDataCheck, saved: Omit<Checkpoint, "digest">): void {
  const { sampler } = saved.run;
  const { thin = 1 } = sampler as { readonly thin?: number };
  const total = sampler.warmup + sampler.draws * thin;
  check.length("chains", saved.chains, sampler.chains, "as the sampler says");
  saved.chains.forEach((state, c) => {
    if (!state) return;
    const path = `chains.${c}`;
    const done = Number(state.done);
    if (done > total) check.fault(`${path}.done`, `at most ${total}, the iterations of the run`);
    const { seed, generator } = state.rng as { seed: string; generator: { X: ArrayLike<number> } };
    if (seed !== `${sampler.seed}/chain/${c}`)
      check.fault(`${path}.rng`, `that of chain ${c + 1} of seed "${sampler.seed}", not of "${seed}"`);
    check.length(`${path}.rng.generator.X`, generator.X, 128, "as the generator's state is");
    const made = Math.max(0, Math.floor((done - sampler.warmup) / thin));
    samplerOf(sampler.kind).stored.check(check, path, saved.run, state, made);
  });
}

/** What `Checkpoint` was in version 1: draws in one piece, no digest. */
interface FirstCheckpoint extends Omit<Checkpoint, "version" | "chains" | "digest"> {
  readonly version: 1;
  readonly chains: readonly (Stored<{ record: object }> | null)[];
}

const inPieces = ({ chains, ...rest }: FirstCheckpoint): Checkpoint =>
  ({ ...rest, version: 2, chains: chains.map((state) => state && { ...state, record: [state.record] }) }) as never;

/**
 * A checkpoint that is as checkpoints are; its digest is not looked at, and absent in one of version 1.
 *
 * @throws DeclarationError naming every part that is not what it must be
 */
export function readCheckpointData(saved: unknown): Omit<Checkpoint, "digest"> & { readonly digest?: string } {
  const given = saved as Checkpoint | FirstCheckpoint | null;
  if (given?.kind !== "SamplingCheckpoint" || !(given.version === 1 || given.version === 2))
    throw new DeclarationError([notACheckpoint()]);
  const check = new SavedDataCheck(CHECKPOINT);
  const first = given.version === 1;
  const checkpoint = first && Array.isArray(given.chains) ? inPieces(given) : (given as Checkpoint);
  if (!first && typeof checkpoint.digest !== "string") check.fault("digest", "there");
  const kind = checkpoint.run?.sampler?.kind;
  const { run, chain } = samplerOf(isSamplerName(kind) ? kind : "nuts").stored;
  if (check.shape(checkpointOf(run, chain), checkpoint)) checkChains(check, checkpoint);
  if (check.issues.length > 0) throw new DeclarationError(check.issues);
  return checkpoint;
}

/** A chain of a checkpoint with its draws in one piece. */
export const joinedChain = (kind: string, chain: StoredChain): object => ({
  ...chain,
  record: samplerOf(kind).joinRecords(chain.record),
});
