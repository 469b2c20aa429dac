/** A run of chains, whatever the sampler: begun, completed, and gone on with. */
import type { CompiledModel } from "../model/compiled-model.ts";
import { ownDraws } from "../model/own-numbers.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import type { GatheredDraws, PreparedRun, SamplerResult, SamplerRun, SamplerState } from "./chain-sampler.ts";
import { joinStatistics } from "./chain-state.ts";
import type { ChainJob, StateOptions } from "./executor.ts";
import { joinHyper } from "./hyper-draws.ts";
import { joinByChain } from "./join-by-chain.ts";
import { type Posterior, posterior } from "./posterior.ts";
import type { PosteriorParts } from "./posterior-data.ts";
import { type SettledSampler, samplerOf } from "./samplers.ts";
import type { ContinueOptions } from "./sampling-run.ts";
import { serialExecutor } from "./serial-executor.ts";

interface NewDraws {
  readonly prepared: PreparedRun;
  readonly results: readonly SamplerResult[];
  readonly gathered: GatheredDraws;
}

/** Runs the chains of a run from where they stand (null: from their beginning). */
async function runChains(
  model: CompiledModel,
  run: SamplerRun,
  from: readonly (SamplerState | null)[],
  { executor = serialExecutor, ...options }: ContinueOptions & StateOptions,
  priors?: ResolvedPriors,
): Promise<NewDraws> {
  const { kind, warmup } = run.sampler;
  const sampler = samplerOf(kind);
  const prepared = await sampler.prepare(model, run, priors);
  const jobs = from.map(
    (state, chain): ChainJob => ({ sampler: kind, job: prepared.job, chain, warmup, ...(state && { from: state }) }),
  );
  const results = await executor.run(jobs, options);
  return { prepared, results, gathered: await sampler.gather(model, run, prepared, results, options.signal) };
}

/** The draws of a run's chains as a fit. */
function finish(
  model: CompiledModel,
  run: SamplerRun,
  { prepared, results }: Pick<NewDraws, "prepared" | "results">,
  { draws, effects, statistics }: GatheredDraws,
): Posterior {
  const parts: PosteriorParts = {
    model,
    sampler: run.sampler as SettledSampler,
    ...prepared.about,
    diagnostics: samplerOf(run.sampler.kind).diagnostics(run, results, statistics),
    draws,
    sampledEffects: effects,
    statistics,
  };
  return continuable(
    parts,
    run,
    results.map(({ end }) => end),
  );
}

/** The fit of draws whose chains can be gone on with. */
export function continuable(parts: PosteriorParts, run: SamplerRun, ends: readonly SamplerState[]): Posterior {
  const fit: Posterior = posterior({
    ...parts,
    continuation: { run, ends, extend: (draws, options) => extend(fit, parts, run, ends, draws, options) },
  });
  return fit;
}

/**
 * Runs all chains to their end.
 *
 * @throws DeclarationError (as a rejection) with every reason why the sampler does not serve the model or its priors
 */
export async function completeRun(
  model: CompiledModel,
  run: SamplerRun,
  from: readonly (SamplerState | null)[],
  options: ContinueOptions & StateOptions,
): Promise<Posterior> {
  const found = await runChains(model, run, from, options);
  return finish(model, run, found, found.gathered);
}

/** Two sets of draws put together chain by chain. */
function joinedDraws(before: GatheredDraws, after: GatheredDraws): GatheredDraws {
  const { chains, size, drawsPerChain } = before.draws;
  const join = (old: Float64Array, added: Float64Array) => joinByChain(old, added, chains);
  return {
    draws: {
      chains,
      drawsPerChain: drawsPerChain + after.draws.drawsPerChain,
      size,
      values: join(before.draws.values, after.draws.values),
      ...joinHyper(before.draws, after.draws.hyper?.values ?? null, join),
    },
    effects: after.effects?.map((added, t) => join(before.effects![t]!, added)) ?? null,
    statistics: after.statistics?.map((added, c) => joinStatistics(before.statistics![c]!, added)) ?? null,
  };
}

async function extend(
  fit: Posterior,
  { model, priors, statistics, sampledEffects }: PosteriorParts,
  run: SamplerRun,
  ends: readonly SamplerState[],
  draws: number,
  options: ContinueOptions = {},
): Promise<Posterior> {
  const before = { draws: ownDraws(fit), effects: sampledEffects, statistics: statistics ?? null };
  const drawsPerChain = before.draws.drawsPerChain + draws;
  const longer: SamplerRun = { ...run, sampler: Object.freeze({ ...run.sampler, draws: drawsPerChain }) };
  const found = await runChains(model, longer, ends, options, priors);
  return finish(model, longer, found, joinedDraws(before, found.gathered));
}
