import { chooseIntegral } from "../../model/choose-integral.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import type { PosteriorFit } from "../../model/fit.ts";
import { ownDraws } from "../../model/own-numbers.ts";
import { effectivePriors } from "../../priors/effective-priors.ts";
import { resolvePriors } from "../../priors/resolve.ts";
import type { GibbsJob, StateOptions } from "../executor.ts";
import { serialExecutor } from "../executor.ts";
import { joinByChain } from "../join-by-chain.ts";
import type { Posterior, PosteriorParts } from "../posterior.ts";
import { posterior } from "../posterior.ts";
import type { SamplingDiagnostics } from "../sampling-diagnostics.ts";
import type { ContinueOptions } from "../sampling-run.ts";
import type { GibbsChainState } from "./chain-state.ts";
import type { GibbsResult } from "./gibbs-data.ts";
import type { GibbsRun } from "./gibbs-run.ts";
import { prepareGibbs } from "./prepare-gibbs.ts";

/** Chains put one after another. */
function concatenate(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
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

/** Runs the chains from where they stand (null: from their beginning), and gathers what they add. */
async function runChains(
  model: CompiledModel,
  { sampler, warnings }: GibbsRun,
  from: readonly (GibbsChainState | null)[],
  { executor = serialExecutor, ...options }: ContinueOptions & StateOptions<GibbsChainState>,
): Promise<{ readonly parts: PosteriorParts; readonly ends: readonly GibbsChainState[] }> {
  const priors = resolvePriors(model);
  const { data, origin, description, reason, start, warnings: own } = prepareGibbs(model, priors, sampler.prior);
  const { chains, warmup, draws, thin, seed } = sampler;
  const jobs = from.map((state, chain): GibbsJob => {
    const settings = { warmup, draws, thin, seed: `${seed}/chain/${chain}`, start };
    return { gibbs: data, settings, ...(state && { from: state }) };
  });
  const results = await (executor.runGibbs ? executor.runGibbs(jobs, options) : serialExecutor.runGibbs(jobs, options));
  const { size } = model.layout;
  const values = concatenate(results.map((result) => result.values));
  const sampledEffects = model.design.random.map((_, t) => concatenate(results.map(({ effects }) => effects[t]!)));
  if (origin) {
    for (let at = 0; at < values.length; at += size) origin.toUser(values.subarray(at, at + size));
    sampledEffects.forEach((effects, t) => {
      origin.effectsToUser(t, effects);
    });
  }
  return {
    parts: {
      model,
      sampler,
      description,
      reason,
      method: chooseIntegral(model).integral,
      priors: effectivePriors(priors, sampler.prior),
      diagnostics: diagnosticsOf(results),
      warnings: [...model.design.warnings, ...warnings, ...own],
      draws: { chains, drawsPerChain: values.length / (chains * size), size, values },
      sampledEffects,
    },
    ends: results.map(({ end }) => end),
  };
}

/** The fit of draws whose chains can be gone on with. */
export function continuableGibbs(parts: PosteriorParts, run: GibbsRun, ends: readonly GibbsChainState[]): Posterior {
  const fit: Posterior = posterior({
    ...parts,
    continuation: { run, ends, extend: (draws, options) => extend(fit, parts, run, ends, draws, options) },
  });
  return fit;
}

/**
 * Runs all chains to their end.
 *
 * @throws DeclarationError (as a rejection) with every reason why Gibbs sampling does not serve the model or its priors
 */
export async function completeGibbsRun(
  model: CompiledModel,
  run: GibbsRun,
  from: readonly (GibbsChainState | null)[],
  options: ContinueOptions & StateOptions<GibbsChainState>,
): Promise<Posterior> {
  const { parts, ends } = await runChains(model, run, from, options);
  return continuableGibbs(parts, run, ends);
}

async function extend(
  fit: PosteriorFit,
  { model, sampledEffects }: PosteriorParts,
  run: GibbsRun,
  ends: readonly GibbsChainState[],
  draws: number,
  options: ContinueOptions = {},
): Promise<Posterior> {
  const before = ownDraws(fit);
  const { chains, size } = before;
  const drawsPerChain = before.drawsPerChain + draws;
  const longer = { ...run, sampler: Object.freeze({ ...run.sampler, draws: drawsPerChain }) };
  const { parts, ends: newEnds } = await runChains(model, longer, ends, options);
  const values = joinByChain(before.values, parts.draws.values, chains);
  const effects = parts.sampledEffects!.map((added, t) => joinByChain(sampledEffects![t]!, added, chains));
  const joined = { ...parts, draws: { chains, drawsPerChain, size, values }, sampledEffects: effects };
  return continuableGibbs(joined, longer, newEnds);
}
