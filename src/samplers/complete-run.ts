import type { CompiledModel } from "../model/compiled-model.ts";
import type { ParameterDraws } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { atOnce, inSlices, type Pausable, pauseDue } from "../optimise/pausable.ts";
import { priorsWithConjugate } from "../priors/effective-priors.ts";
import { resolvePriors } from "../priors/resolve.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import { createRng } from "../random/rng.ts";
import type { ChainResult, ChainSettings } from "./chain.ts";
import type { ChainState, ChainStatistics } from "./chain-state.ts";
import { joinStatistics } from "./chain-state.ts";
import { centredAt } from "./coefficient-centring.ts";
import type { ChainJob, StateOptions } from "./executor.ts";
import { serialExecutor } from "./executor.ts";
import { hyperDraws, joinHyper } from "./hyper-draws.ts";
import { joinByChain } from "./join-by-chain.ts";
import type { Posterior, PosteriorParts } from "./posterior.ts";
import { posterior } from "./posterior.ts";
import { effectSizes } from "./random-effect-draws.ts";
import { samplingDiagnostics } from "./sampling-diagnostics.ts";
import type { ContinueOptions, SamplingRun } from "./sampling-run.ts";
import type { Target } from "./target-data.ts";
import { buildTarget, targetData } from "./target-data.ts";

function chainSettings({ sampler, centre, metric }: SamplingRun, chain: number): ChainSettings {
  return {
    algorithm:
      sampler.kind === "nuts"
        ? { kind: "nuts", maxTreeDepth: sampler.maxTreeDepth }
        : { kind: "hmc", ...sampler.trajectory },
    warmup: sampler.warmup,
    draws: sampler.draws,
    targetAcceptance: sampler.targetAcceptance,
    seed: `${sampler.seed}/chain/${chain}`,
    dispersion: 1.5,
    centre,
    metric,
  };
}

interface NewDraws {
  readonly results: ChainResult[];
  readonly values: Float64Array;
  readonly effects: Float64Array[] | null;
  readonly hyper: Float64Array | null;
}

/** Positions of all chains as natural parameters, with the random effects and the hyperparameters where the target has them. */
function* naturalDraws(
  target: Target,
  results: readonly ChainResult[],
  size: number,
  effectSizes: readonly number[],
  { sampler, coefficients }: SamplingRun,
): Pausable<Omit<NewDraws, "results">> {
  const { dim } = target.density;
  const perChain = results[0]!.logDensities.length;
  const total = results.length * perChain;
  const values = new Float64Array(total * size);
  const effects = target.randomEffects ? effectSizes.map((length) => new Float64Array(total * length)) : null;
  const width = target.chart.shrunken?.block.scales.naturalSize ?? 0;
  const hyper = target.hyperparameters ? new Float64Array(total * width) : null;
  for (const [c, { positions }] of results.entries())
    for (let i = 0; i < perChain; i++) {
      const draw = c * perChain + i;
      const z = positions.subarray(i * dim, (i + 1) * dim);
      // a stream a draw, so that chains that are gone on with draw the same
      const at = sampler.draws - perChain + i;
      const rng = coefficients ? createRng(`${sampler.seed}/coefficients/${c}/${at}`) : undefined;
      target.toNatural(z, values.subarray(draw * size, (draw + 1) * size), rng);
      const out = effects?.map((all, t) => all.subarray(draw * effectSizes[t]!, (draw + 1) * effectSizes[t]!));
      if (out) target.randomEffects!(z, out);
      if (hyper) target.hyperparameters!(z, hyper.subarray(draw * width, (draw + 1) * width));
      if (pauseDue()) yield;
    }
  return { values, effects, hyper };
}

/** Runs the chains of a run from where they stand (null: from their beginning). */
async function runChains(
  model: CompiledModel,
  run: SamplingRun,
  priors: ResolvedPriors,
  from: readonly (ChainState | null)[],
  { executor = serialExecutor, ...options }: ContinueOptions & StateOptions,
): Promise<NewDraws> {
  const own = targetData(model, run.target, run.method, priors, run.parameterisation);
  const { logarithms, coefficients } = run;
  const chosen = { ...own, ...(logarithms && { logarithms }), ...(coefficients && { coefficients }) };
  const data = centredAt(chosen, run.centring);
  const jobs = from.map((state, chain): ChainJob => {
    const job = { target: data, settings: chainSettings(run, chain) };
    return state ? { ...job, from: state } : job;
  });
  const results = await executor.run(jobs, options);
  const work = naturalDraws(buildTarget(data), results, model.layout.size, effectSizes(model), run);
  return { results, ...(options.signal ? await inSlices(work, options.signal) : atOnce(work)) };
}

/** The draws of a run's chains as a fit. */
function finish(
  model: CompiledModel,
  run: SamplingRun,
  priors: ResolvedPriors,
  statistics: readonly ChainStatistics[],
  ends: readonly ChainState[],
  draws: ParameterDraws,
  sampledEffects: readonly Float64Array[] | null,
): Posterior {
  const { sampler } = run;
  return continuable(
    {
      model,
      sampler,
      description: run.description,
      reason: run.reason,
      parameterisation: run.parameterisation,
      method: run.method,
      priors,
      diagnostics: samplingDiagnostics(sampler, statistics, run.gradients),
      warnings: run.warnings,
      draws,
      sampledEffects,
      statistics,
    },
    run,
    ends,
  );
}

/** The fit of draws whose chains can be gone on with. */
export function continuable(parts: PosteriorParts, run: SamplingRun, ends: readonly ChainState[]): Posterior {
  const fit: Posterior = posterior({
    ...parts,
    continuation: { run, ends, extend: (draws, options) => extend(fit, parts, run, ends, draws, options) },
  });
  return fit;
}

/** Runs all chains to their end. */
export async function completeRun(
  model: CompiledModel,
  run: SamplingRun,
  from: readonly (ChainState | null)[],
  options: ContinueOptions & StateOptions,
): Promise<Posterior> {
  const priors = priorsWithConjugate(model, resolvePriors(model), run.sampler.prior ?? null);
  const { results, values, effects, hyper } = await runChains(model, run, priors, from, options);
  const draws = {
    chains: run.sampler.chains,
    drawsPerChain: run.sampler.draws,
    size: model.layout.size,
    values,
    ...hyperDraws(priors, hyper),
  };
  const ends = results.map(({ end }) => end);
  return finish(model, run, priors, results.map(statisticsOf), ends, draws, effects);
}

const statisticsOf = ({ positions: _, end: __, ...statistics }: ChainResult): ChainStatistics => statistics;

async function extend(
  fit: Posterior,
  { model, priors, statistics, sampledEffects }: PosteriorParts,
  run: SamplingRun,
  ends: readonly ChainState[],
  draws: number,
  options: ContinueOptions = {},
): Promise<Posterior> {
  const before = ownDraws(fit);
  const { chains } = before;
  const drawsPerChain = before.drawsPerChain + draws;
  const longer: SamplingRun = { ...run, sampler: Object.freeze({ ...run.sampler, draws: drawsPerChain }) };
  const { results, values, effects, hyper } = await runChains(model, longer, priors, ends, options);
  const join = (old: Float64Array, added: Float64Array) => joinByChain(old, added, chains);
  return finish(
    model,
    longer,
    priors,
    results.map((result, c) => joinStatistics(statistics![c]!, statisticsOf(result))),
    results.map(({ end }) => end),
    {
      chains,
      drawsPerChain,
      size: before.size,
      values: join(before.values, values),
      ...joinHyper(before, hyper, join),
    },
    effects && sampledEffects!.map((all, t) => join(all, effects[t]!)),
  );
}
