/** A posterior from its JSON: tables, predictions and averages as before, and chains that can be gone on with. */
import { decodeNumbers } from "../data/number-json.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { ChainState, Stored } from "./chain-state.ts";
import { chainStateFromJSON, chainStatisticsFromJSON } from "./chain-state.ts";
import { continuable } from "./complete-run.ts";
import type { GibbsChainState } from "./gibbs/chain-state.ts";
import { gibbsChainStateFromJSON } from "./gibbs/chain-state.ts";
import { continuableGibbs } from "./gibbs/complete-gibbs-run.ts";
import { isGibbsRun } from "./gibbs/gibbs-run.ts";
import { hyperFromJSON } from "./hyper-draws.ts";
import type { Posterior, PosteriorJSON } from "./posterior.ts";
import { posterior } from "./posterior.ts";
import { runFromJSON } from "./sampling-run.ts";

/** The fit that `toJSON` wrote, on the same model compiled again. */
export function posteriorFromJSON(json: PosteriorJSON, model: CompiledModel): Posterior {
  const { draws: stored, randomEffects, diagnostics, statistics, continuation, ...rest } = json;
  const { hyper, ...draws } = stored;
  const parts = {
    ...rest,
    model,
    diagnostics: {
      ...diagnostics,
      ebfmi: Array.from(decodeNumbers(diagnostics.ebfmi)),
      stepSizes: Array.from(decodeNumbers(diagnostics.stepSizes)),
      acceptance: Array.from(decodeNumbers(diagnostics.acceptance)),
      ...(diagnostics.blocks && {
        blocks: diagnostics.blocks.map((block) => ({
          ...block,
          acceptance: Array.from(decodeNumbers(block.acceptance)),
        })),
      }),
    },
    draws: { ...draws, values: decodeNumbers(draws.values), ...hyperFromJSON(hyper) },
    sampledEffects: randomEffects?.map(decodeNumbers) ?? null,
    statistics: statistics?.map(chainStatisticsFromJSON) ?? null,
  };
  if (!continuation) return posterior(parts);
  const { run, ends } = continuation;
  if (isGibbsRun(run)) {
    const states = ends.map((end) => gibbsChainStateFromJSON(end as Stored<GibbsChainState>));
    return continuableGibbs(parts, run, states);
  }
  if (!parts.statistics) return posterior(parts);
  const states = ends.map((end) => chainStateFromJSON(end as Stored<ChainState>));
  return continuable(parts, runFromJSON(run), states);
}
