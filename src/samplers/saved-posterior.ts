/** A posterior from its JSON: tables, predictions and averages as before, and chains that can be gone on with. */
import { decodeNumbers } from "../data/number-json.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { chainStatisticsFromJSON } from "./chain-state.ts";
import { continuable } from "./complete-run.ts";
import { hyperFromJSON } from "./hyper-draws.ts";
import { type Posterior, posterior } from "./posterior.ts";
import type { PosteriorJSON } from "./posterior-data.ts";
import { samplerOf } from "./samplers.ts";

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
  const sampler = samplerOf(run.sampler.kind);
  if (sampler.notesDraws && !parts.statistics) return posterior(parts);
  return continuable(parts, sampler.runFromJSON(run), ends.map(sampler.stateFromJSON));
}
