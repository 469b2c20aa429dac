/** What Gibbs sampling does before its chains, and with their draws. */
import { chooseIntegral } from "../../model/choose-integral.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { effectivePriors } from "../../priors/effective-priors.ts";
import { resolvePriors } from "../../priors/resolve.ts";
import type { GatheredDraws, PreparedRun } from "../chain-sampler.ts";
import { concatenated } from "../concatenated.ts";
import { priorWarnings } from "../prior-warnings.ts";
import type { GibbsSampler } from "./gibbs.ts";
import type { GibbsJob } from "./gibbs-chains.ts";
import type { GibbsResult } from "./gibbs-data.ts";
import type { GibbsRun } from "./gibbs-run.ts";
import { prepareGibbs } from "./prepare-gibbs.ts";

export const beginGibbs = (model: CompiledModel, sampler: GibbsSampler): GibbsRun => ({
  sampler,
  warnings: priorWarnings(model, effectivePriors(resolvePriors(model), sampler.prior)),
});

export function prepareGibbsRun(model: CompiledModel, { sampler, warnings }: GibbsRun): PreparedRun<GibbsJob> {
  const priors = resolvePriors(model);
  const { data, origin, description, reason, start, warnings: own } = prepareGibbs(model, priors, sampler.prior);
  const { warmup, draws, thin, seed } = sampler;
  return {
    job: { gibbs: data, settings: { warmup, draws, thin, start }, seed },
    about: {
      description,
      reason,
      method: chooseIntegral(model).integral,
      priors: effectivePriors(priors, sampler.prior),
      warnings: [...model.design.warnings, ...warnings, ...own],
    },
    ...(origin && {
      toUser(values: Float64Array, effects: readonly Float64Array[]) {
        const { size } = model.layout;
        for (let at = 0; at < values.length; at += size) origin.toUser(values.subarray(at, at + size));
        effects.forEach((own, t) => {
          origin.effectsToUser(t, own);
        });
      },
    }),
  };
}

export function gatherGibbs(
  model: CompiledModel,
  { toUser }: PreparedRun<GibbsJob>,
  results: readonly GibbsResult[],
): GatheredDraws {
  const { size } = model.layout;
  const values = concatenated(results.map((result) => result.values));
  const effects = model.design.random.map((_, t) => concatenated(results.map((result) => result.effects[t]!)));
  toUser?.(values, effects);
  const chains = results.length;
  return {
    draws: { chains, drawsPerChain: values.length / (chains * size), size, values },
    effects,
    statistics: null,
  };
}
