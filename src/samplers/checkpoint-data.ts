/** What a checkpoint's data must be: their shape, and that the chains are those of its run. */
import { array, type GenericSchema, looseObject, nullable, object } from "valibot";
import { decodeNumbers, type NumberListJSON } from "../data/number-json.ts";
import {
  SavedDataCheck,
  savedCount,
  savedNumber,
  savedNumbers,
  savedObject,
  savedText,
  savedWarnings,
  savedWord,
} from "../data/saved-data.ts";
import { DeclarationError } from "../messages/issue.ts";
import { notACheckpoint } from "../messages/sampling.ts";
import type { ChainState, Stored } from "./chain-state.ts";
import type { Checkpoint, StoredChain, StoredRecord } from "./checkpoint.ts";
import type { GibbsChainState } from "./gibbs/chain-state.ts";
import type { StoredRun } from "./sampling-run.ts";

/** What a checkpoint is called in messages. */
export const CHECKPOINT = "checkpoint of a run of chains";

const rng = object(
  {
    seed: savedText,
    generator: object({ i: savedNumber, w: savedNumber, X: savedNumbers }, "the state of a generator"),
    spare: savedNumber,
  },
  "the state of a stream of random numbers",
);

const record = object(
  {
    positions: savedNumbers,
    logDensities: savedNumbers,
    energies: savedNumbers,
    acceptances: savedNumbers,
    treeDepths: savedNumbers,
    leapfrogs: savedNumbers,
    divergent: savedNumbers,
  },
  "draws with what was noted of them",
);

const chain = object(
  {
    done: savedCount,
    position: savedNumbers,
    gradient: savedNumbers,
    logDensity: savedNumber,
    rng,
    stepSize: savedNumber,
    stepSizeAdaptation: object(
      { centre: savedNumber, count: savedNumber, error: savedNumber, logStep: savedNumber, logAveraged: savedNumber },
      "the state of an adaptation",
    ),
    metric: savedNumbers,
    metricEstimate: object({ count: savedNumber, sums: array(savedNumbers, "a list") }, "the state of an estimate"),
    window: savedCount,
    gradients: object({ warmup: savedNumber, sampling: savedNumber }, "counts of gradients"),
    record: array(record, "a list of draws"),
  },
  "a chain",
);

const run = looseObject(
  {
    sampler: looseObject({
      kind: savedWord(["nuts", "hmc"]),
      chains: savedCount,
      warmup: savedCount,
      draws: savedCount,
      seed: savedText,
    }),
    target: savedText,
    method: savedObject,
    description: savedText,
    reason: savedText,
    centre: savedNumbers,
    metric: object({ kind: savedWord(["dense", "diagonal", "low-rank"]), values: savedNumbers }),
    warnings: savedWarnings,
    gradients: savedNumber,
  },
  "a run",
);

const gibbsChain = object(
  {
    done: savedCount,
    rng,
    arrays: savedObject,
    proposals: array(nullable(object({ made: savedNumber, accepted: savedNumber })), "a list"),
    record: array(object({ values: savedNumbers, effects: array(savedNumbers, "a list") }, "draws"), "a list of draws"),
  },
  "a chain",
);

const gibbsRun = object({
  sampler: looseObject({
    kind: savedWord(["gibbs"]),
    chains: savedCount,
    warmup: savedCount,
    draws: savedCount,
    thin: savedCount,
    seed: savedText,
  }),
  warnings: savedWarnings,
});

const checkpointOf = (runSchema: GenericSchema, chainSchema: GenericSchema) =>
  object({ model: savedObject, run: runSchema, chains: array(nullable(chainSchema), "a list of chains") });

const hamiltonian = checkpointOf(run, chain);
const gibbs = checkpointOf(gibbsRun, gibbsChain);

/** Draws, and numbers a draw, of a piece. */
const sizeOf = (piece: StoredRecord): { readonly draws: number; readonly numbers: number } =>
  "positions" in piece
    ? { draws: piece.logDensities.length, numbers: piece.positions.length }
    : { draws: Number.NaN, numbers: piece.values.length };

function checkGibbsDraws(check: SavedDataCheck, path: string, pieces: readonly StoredRecord[], made: number): void {
  let numbers = 0;
  for (const piece of pieces) if ("values" in piece) numbers += piece.values.length;
  if (made === 0 ? numbers > 0 : numbers === 0 || numbers % made !== 0)
    check.fault(`${path}.record`, `${made} draws of the same length`);
}

/** Whether each chain stands where its run can have brought it. */
function checkChains(check: SavedDataCheck, saved: Omit<Checkpoint, "digest">): void {
  const { sampler } = saved.run;
  const thin = "thin" in sampler ? sampler.thin : 1;
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
    if (!("position" in state)) {
      checkGibbsDraws(check, path, state.record, made);
      return;
    }
    const dim = state.position.length;
    const { centre, metric } = saved.run as StoredRun;
    check.length(`${path}.position`, state.position, centre.length, "as the run's centre");
    check.length(`${path}.gradient`, state.gradient, dim, "as the position");
    check.length(`${path}.metric`, state.metric, metric.values.length, "as the run's metric");
    const sizes = state.record.map(sizeOf);
    const draws = sizes.reduce((sum, size) => sum + size.draws, 0);
    if (draws !== made || sizes.some((size) => size.numbers !== size.draws * dim))
      check.fault(`${path}.record`, `${made} draws of ${dim} numbers`);
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
  const isGibbs = checkpoint.run?.sampler?.kind === "gibbs";
  if (check.shape(isGibbs ? gibbs : hamiltonian, checkpoint)) checkChains(check, checkpoint);
  if (check.issues.length > 0) throw new DeclarationError(check.issues);
  return checkpoint;
}

const concatenated = (lists: readonly NumberListJSON[]): Float64Array => {
  const [only] = lists;
  if (lists.length === 1) return decodeNumbers(only!);
  const all = new Float64Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(decodeNumbers(list), at);
    at += list.length;
  }
  return all;
};

/** A chain of a checkpoint with its draws in one piece. */
export function joinedChain<State extends ChainState | GibbsChainState>(
  chain: StoredChain & { readonly record: readonly StoredRecord[] },
): Stored<State> {
  const pieces = chain.record;
  if ("position" in chain) {
    const all = (name: keyof Stored<ChainState>["record"]) =>
      concatenated(pieces.map((piece) => (piece as Stored<ChainState>["record"])[name]));
    const names = [
      "positions",
      "logDensities",
      "energies",
      "acceptances",
      "treeDepths",
      "leapfrogs",
      "divergent",
    ] as const;
    return { ...chain, record: Object.fromEntries(names.map((name) => [name, all(name)])) } as never;
  }
  const gibbsPieces = pieces as readonly Stored<GibbsChainState>["record"][];
  const terms = gibbsPieces[0]?.effects.length ?? 0;
  const record = {
    values: concatenated(gibbsPieces.map(({ values }) => values)),
    effects: Array.from({ length: terms }, (_, t) => concatenated(gibbsPieces.map(({ effects }) => effects[t]!))),
  };
  return { ...chain, record } as never;
}
