/** A posterior from its JSON: tables, predictions and averages as before, and chains that can be gone on with. */
import { decodeNumbers } from "../data/number-json.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { chainStateFromJSON, chainStatisticsFromJSON } from "./chain-state.ts";
import type { Posterior, PosteriorJSON } from "./posterior.ts";
import { posterior } from "./posterior.ts";
import { continuable, runFromJSON } from "./sampling-run.ts";

/** The fit that `toJSON` wrote, on the same model compiled again. */
export function posteriorFromJSON(json: PosteriorJSON, model: CompiledModel): Posterior {
  const { draws, randomEffects, diagnostics, statistics, continuation, ...rest } = json;
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
    draws: { ...draws, values: decodeNumbers(draws.values) },
    sampledEffects: randomEffects?.map(decodeNumbers) ?? null,
    statistics: statistics?.map(chainStatisticsFromJSON) ?? null,
  };
  if (!continuation || !parts.statistics) return posterior(parts);
  return continuable(parts, runFromJSON(continuation.run), continuation.ends.map(chainStateFromJSON));
}
