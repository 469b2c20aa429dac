/** Gibbs sampling as a sampler. What is done before and after the chains is loaded when it is wanted: threads need the chains alone. */
import { array, looseObject, nullable, object } from "valibot";
import {
  type SavedDataCheck,
  savedCount,
  savedNumber,
  savedNumbers,
  savedObject,
  savedText,
  savedWarnings,
  savedWord,
} from "../../data/saved-data.ts";
import { DeclarationError, declarationFault } from "../../messages/issue.ts";
import { exactResponse } from "../../messages/sampling.ts";
import type { ChainSampler } from "../chain-sampler.ts";
import type { Stored } from "../chain-state.ts";
import { concatenated } from "../concatenated.ts";
import type { SamplingDiagnostics } from "../sampling-diagnostics.ts";
import { savedRng } from "../saved-rng.ts";
import { startGibbsChain } from "./chain.ts";
import { type GibbsChainState, type GibbsRecord, gibbsChainStateFromJSON } from "./chain-state.ts";
import type { GibbsData, GibbsResult, GibbsSettings } from "./gibbs-data.ts";
import type { GibbsRun } from "./gibbs-run.ts";

/** What the chains of a run are made of. */
export interface GibbsJob {
  readonly gibbs: GibbsData;
  readonly settings: Omit<GibbsSettings, "seed">;
  /** Of all chains; each has a stream of its own. */
  readonly seed: string;
}

const chain = object(
  {
    done: savedCount,
    rng: savedRng,
    arrays: savedObject,
    proposals: array(nullable(object({ made: savedNumber, accepted: savedNumber })), "a list"),
    record: array(object({ values: savedNumbers, effects: array(savedNumbers, "a list") }, "draws"), "a list of draws"),
  },
  "a chain",
);

const run = object({
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

function checkChain(check: SavedDataCheck, path: string, _run: unknown, state: unknown, made: number): void {
  const { record } = state as { readonly record: readonly Stored<GibbsRecord>[] };
  const numbers = record.reduce((sum, { values }) => sum + values.length, 0);
  if (made === 0 ? numbers > 0 : numbers === 0 || numbers % made !== 0)
    check.fault(`${path}.record`, `${made} draws of the same length`);
}

/** Gibbs sampling has no gradients, trajectories or energies; its Metropolis blocks have acceptance rates. */
function diagnosticsOf(results: readonly GibbsResult[]): SamplingDiagnostics {
  const blocks = results[0]!.acceptance.map(({ block }) => ({
    block,
    acceptance: results.map(({ acceptance }) => acceptance.find((own) => own.block === block)?.rate ?? Number.NaN),
  }));
  return {
    divergences: [],
    maximumTreeDepths: [],
    treeDepths: [],
    ebfmi: [],
    stepSizes: [],
    acceptance: [],
    blocks,
    gradients: { warmup: [], sampling: [], preparation: 0 },
  };
}

export const gibbsChains: ChainSampler<GibbsRun, GibbsJob, GibbsChainState, GibbsResult> = {
  notesDraws: false,
  begin: async (model, sampler) => (await import("./run-gibbs.ts")).beginGibbs(model, sampler),
  prepare: async (model, run) => (await import("./run-gibbs.ts")).prepareGibbsRun(model, run),
  start: ({ gibbs, settings, seed }, chain, from) =>
    startGibbsChain(gibbs, { ...settings, seed: `${seed}/chain/${chain}` }, from),
  gather: async (model, _run, prepared, results) =>
    (await import("./run-gibbs.ts")).gatherGibbs(model, prepared, results),
  diagnostics: (_run, results) => diagnosticsOf(results),
  // a response that is fitted exactly is why
  explain(error, { warnings }) {
    const singular = error instanceof DeclarationError && error.issues.some(({ code }) => code === "gibbs-singular");
    return singular && warnings.includes(exactResponse)
      ? declarationFault({ ...exactResponse, code: "improper-posterior", path: ["response"] })
      : error;
  },
  runFromJSON: (stored) => stored as GibbsRun,
  stateFromJSON: (stored) => gibbsChainStateFromJSON(stored as Stored<GibbsChainState>),
  joinRecords(given) {
    const pieces = given as readonly Stored<GibbsRecord>[];
    const terms = pieces[0]?.effects.length ?? 0;
    return {
      values: concatenated(pieces.map(({ values }) => values)),
      effects: Array.from({ length: terms }, (_, t) => concatenated(pieces.map(({ effects }) => effects[t]!))),
    };
  },
  stored: { run, chain, check: checkChain },
};
