/** What NUTS and HMC do before their chains, and with their draws. */
import type { CompiledModel } from "../model/compiled-model.ts";
import { atOnce, inSlices, type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { priorsWithConjugate } from "../priors/effective-priors.ts";
import { resolvePriors } from "../priors/resolve.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import { createRng } from "../random/rng.ts";
import type { ChainResult, ChainSettings } from "./chain.ts";
import type { GatheredDraws, PreparedRun } from "./chain-sampler.ts";
import type { ChainStatistics } from "./chain-state.ts";
import { prepareTarget } from "./choose-target.ts";
import { centredAt } from "./coefficient-centring.ts";
import type { HamiltonianJob } from "./hamiltonian-chains.ts";
import { hyperDraws } from "./hyper-draws.ts";
import { priorWarnings } from "./prior-warnings.ts";
import { effectSizes } from "./random-effect-draws.ts";
import type { GradientSampler } from "./sampler.ts";
import type { SamplingRun } from "./sampling-run.ts";
import { startingMetric } from "./starting-metric.ts";
import { buildTarget, type Target, type TargetData, targetData } from "./target-data.ts";

/** Warm-up iterations where centre and metric are known beforehand, and where they are not. */
const SHORT_WARMUP = 250;
const LONG_WARMUP = 1000;

/** Least acceptance where few levels make the posterior of a standard deviation, and of coefficients beside it, skewed. */
const FEW_LEVELS_ACCEPTANCE = 0.9;
/** The same of two or three levels, which say next to nothing of a standard deviation or a correlation. */
const FEWEST_LEVELS_ACCEPTANCE = 0.95;
/** The same where hardly more rows than coefficients leave the residual standard deviation to its prior. */
const FEW_RESIDUALS_ACCEPTANCE = 0.95;

/** Least acceptance of a target; 0 where any will do. */
function leastAcceptance({ design }: CompiledModel, { coefficients, logarithms }: TargetData): number {
  if (coefficients) return FEW_RESIDUALS_ACCEPTANCE;
  if (!logarithms) return 0;
  const fewest = logarithms.some((sds, t) => sds.includes(true) && design.random[t]!.levels.length <= 3);
  return fewest ? FEWEST_LEVELS_ACCEPTANCE : FEW_LEVELS_ACCEPTANCE;
}

const settledWarmup = ({ warmup }: GradientSampler, informed: boolean): number =>
  warmup === "auto" ? (informed ? SHORT_WARMUP : LONG_WARMUP) : warmup;

/** Finds the mode, and chooses the target: random effects integrated out or sampled. */
export async function beginHamiltonian(
  model: CompiledModel,
  sampler: GradientSampler,
  signal?: StopSignal,
): Promise<SamplingRun> {
  const priors = priorsWithConjugate(model, resolvePriors(model), sampler.prior);
  const work = prepareTarget(model, priors, sampler.target, sampler.parameterisation);
  const prepared = signal ? await inSlices(work, signal) : atOnce(work);
  const { target, description, reason, centre, metric, gradients } = prepared;
  const startMetric = startingMetric(metric, sampler.metric, centre.length);
  return {
    sampler: Object.freeze({
      ...sampler,
      targetAcceptance: Math.max(sampler.targetAcceptance, leastAcceptance(model, target)),
      warmup: settledWarmup(sampler, prepared.informed && startMetric.kind === "dense"),
    }),
    target: target.kind,
    method: target.method,
    parameterisation: target.parameterisation ?? null,
    centring: target.centring ?? null,
    logarithms: target.logarithms ?? null,
    coefficients: target.coefficients ?? null,
    description,
    reason,
    centre,
    metric: startMetric,
    warnings: [...model.design.warnings, ...priorWarnings(model, priors), ...prepared.warnings],
    gradients,
  };
}

function chainSettings({ sampler, centre, metric }: SamplingRun): Omit<ChainSettings, "seed"> {
  return {
    algorithm:
      sampler.kind === "nuts"
        ? { kind: "nuts", maxTreeDepth: sampler.maxTreeDepth }
        : { kind: "hmc", ...sampler.trajectory },
    warmup: sampler.warmup,
    draws: sampler.draws,
    targetAcceptance: sampler.targetAcceptance,
    dispersion: 1.5,
    centre,
    metric,
  };
}

export function prepareHamiltonian(
  model: CompiledModel,
  run: SamplingRun,
  priors: ResolvedPriors = priorsWithConjugate(model, resolvePriors(model), run.sampler.prior ?? null),
): PreparedRun<HamiltonianJob> {
  const own = targetData(model, run.target, run.method, priors, run.parameterisation);
  const { logarithms, coefficients, description, reason, parameterisation, method, warnings } = run;
  const chosen = { ...own, ...(logarithms && { logarithms }), ...(coefficients && { coefficients }) };
  const target = centredAt(chosen, run.centring);
  return {
    job: { target, settings: chainSettings(run), seed: run.sampler.seed },
    about: { description, reason, parameterisation, method, priors, warnings },
  };
}

interface NaturalDraws {
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
): Pausable<NaturalDraws> {
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

const statisticsOf = ({ positions: _, end: __, ...statistics }: ChainResult): ChainStatistics => statistics;

export async function gatherHamiltonian(
  model: CompiledModel,
  run: SamplingRun,
  { job, about }: PreparedRun<HamiltonianJob>,
  results: readonly ChainResult[],
  signal?: StopSignal,
): Promise<GatheredDraws> {
  const { size } = model.layout;
  const work = naturalDraws(buildTarget(job.target), results, size, effectSizes(model), run);
  const { values, effects, hyper } = signal ? await inSlices(work, signal) : atOnce(work);
  return {
    draws: {
      chains: results.length,
      drawsPerChain: values.length / (results.length * size),
      size,
      values,
      ...hyperDraws(about.priors, hyper),
    },
    effects,
    statistics: results.map(statisticsOf),
  };
}
