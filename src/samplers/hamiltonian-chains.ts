/** NUTS and HMC as a sampler. What is done before and after the chains is loaded when it is wanted: threads need the chains alone. */
import { array, looseObject, object } from "valibot";
import {
  type SavedDataCheck,
  savedCount,
  savedNumber,
  savedNumbers,
  savedObject,
  savedText,
  savedWarnings,
  savedWord,
} from "../data/saved-data.ts";
import { type ChainResult, type ChainSettings, startChain } from "./chain.ts";
import type { ChainSampler } from "./chain-sampler.ts";
import { type ChainRecord, type ChainState, chainStateFromJSON, type Stored } from "./chain-state.ts";
import { concatenated } from "./concatenated.ts";
import { samplingDiagnostics } from "./sampling-diagnostics.ts";
import { runFromJSON, type SamplingRun, type StoredRun } from "./sampling-run.ts";
import { savedRng } from "./saved-rng.ts";
import { buildTarget, type TargetData } from "./target-data.ts";

/** What the chains of a run are made of. */
export interface HamiltonianJob {
  readonly target: TargetData;
  readonly settings: Omit<ChainSettings, "seed">;
  /** Of all chains; each has a stream of its own. */
  readonly seed: string;
}

const RECORD = [
  "positions",
  "logDensities",
  "energies",
  "acceptances",
  "treeDepths",
  "leapfrogs",
  "divergent",
] as const;

const record = object(
  Object.fromEntries(RECORD.map((name) => [name, savedNumbers])),
  "draws with what was noted of them",
);

const chain = object(
  {
    done: savedCount,
    position: savedNumbers,
    gradient: savedNumbers,
    logDensity: savedNumber,
    rng: savedRng,
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

type StoredChain = Omit<Stored<ChainState>, "record"> & { readonly record: readonly Stored<ChainRecord>[] };

function checkChain(check: SavedDataCheck, path: string, stored: unknown, state: unknown, made: number): void {
  const { centre, metric } = stored as StoredRun;
  const { position, gradient, metric: own, record: pieces } = state as StoredChain;
  const dim = position.length;
  check.length(`${path}.position`, position, centre.length, "as the run's centre");
  check.length(`${path}.gradient`, gradient, dim, "as the position");
  check.length(`${path}.metric`, own, metric.values.length, "as the run's metric");
  const draws = pieces.reduce((sum, { logDensities }) => sum + logDensities.length, 0);
  if (draws !== made || pieces.some(({ positions, logDensities }) => positions.length !== logDensities.length * dim))
    check.fault(`${path}.record`, `${made} draws of ${dim} numbers`);
}

export const hamiltonianChains: ChainSampler<SamplingRun, HamiltonianJob, ChainState, ChainResult> = {
  notesDraws: true,
  begin: async (...given) => (await import("./run-hamiltonian.ts")).beginHamiltonian(...given),
  prepare: async (...given) => (await import("./run-hamiltonian.ts")).prepareHamiltonian(...given),
  start: ({ target, settings, seed }, chain, from) =>
    startChain(buildTarget(target).density, { ...settings, seed: `${seed}/chain/${chain}` }, from),
  gather: async (...given) => (await import("./run-hamiltonian.ts")).gatherHamiltonian(...given),
  diagnostics: ({ sampler, gradients }, _results, statistics) => samplingDiagnostics(sampler, statistics!, gradients),
  runFromJSON: (stored) => runFromJSON(stored as StoredRun),
  stateFromJSON: (stored) => chainStateFromJSON(stored as Stored<ChainState>),
  joinRecords: (pieces) =>
    Object.fromEntries(
      RECORD.map((name) => [
        name,
        concatenated((pieces as readonly Stored<ChainRecord>[]).map((piece) => piece[name])),
      ]),
    ),
  stored: { run, chain, check: checkChain },
};
