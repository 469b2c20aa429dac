/**
 * One chain: warm-up with windowed adaptation, then draws. Advanced an iteration at a time, so that a runner can pause or stop it, and
 * taken up again from its state bit for bit.
 */
import { createRng, type Rng, restoreRng } from "../random/rng.ts";
import type { ChainRecord, ChainState, ChainStatistics } from "./chain-state.ts";
import { copyRecord, drawsBetween, emptyRecord } from "./chain-state.ts";
import { type DualAveraging, dualAveraging } from "./dual-averaging.ts";
import type { TrajectoryLength } from "./hmc.ts";
import { hmcTransition } from "./hmc.ts";
import { initialStepSize } from "./initial-step-size.ts";
import { type PhasePoint, phasePoint } from "./leapfrog.ts";
import type { LogDensity } from "./log-density.ts";
import { fisherLowRank } from "./low-rank-estimate.ts";
import { lowRankMetric } from "./low-rank-metric.ts";
import type { Metric } from "./metric.ts";
import { denseMetric, diagonalMetric } from "./metric.ts";
import type { MetricEstimator } from "./metric-estimate.ts";
import { fisherDiagonal, shrunkCovariance } from "./metric-estimate.ts";
import { nutsTransition } from "./nuts.ts";
import type { Transition } from "./transition.ts";
import { type WarmupSchedule, warmupSchedule } from "./windows.ts";

/** The settings of a chain: plain data. */
export interface ChainSettings {
  readonly algorithm:
    | { readonly kind: "nuts"; readonly maxTreeDepth: number }
    | ({ readonly kind: "hmc" } & TrajectoryLength);
  readonly warmup: number;
  readonly draws: number;
  /** Mean acceptance probability the step size is tuned to. */
  readonly targetAcceptance: number;
  /** Key of the chain's stream of random numbers. */
  readonly seed: string;
  /** Where starts are dispersed around, length dim. */
  readonly centre: Float64Array;
  /**
   * First metric: dim variances (then adapted as a diagonal), dim × dim covariance (adapted as dense), or the flat form of a low-rank one.
   */
  readonly metric: { readonly kind: Metric["kind"]; readonly values: Float64Array };
  /** The start is `centre` + dispersion × a draw from N(0, metric). */
  readonly dispersion: number;
}

/** What a chain leaves behind: plain arrays. */
export interface ChainResult extends ChainRecord, ChainStatistics {
  /** Where the chain stands, without its draws: from here it can be extended. */
  readonly end: ChainState;
}

export interface Chain {
  /** Iterations in all, warm-up included. */
  readonly iterations: number;
  readonly done: number;
  /** Runs one iteration. */
  advance(): void;
  /** Where the chain stands now, with the draws made since this was last asked, or since it was taken up. A copy. */
  state(): ChainState;
  result(): ChainResult;
}

function makeMetric(kind: Metric["kind"], values: Float64Array, dim: number): Metric {
  if (kind === "low-rank") return lowRankMetric(values, dim);
  return kind === "diagonal" ? diagonalMetric(values) : denseMetric(values, dim);
}

function metricEstimator({ kind, values }: ChainSettings["metric"], dim: number): MetricEstimator {
  if (kind === "low-rank") return fisherLowRank(dim);
  return kind === "diagonal" ? fisherDiagonal(dim) : shrunkCovariance(dim, values);
}

/** A chain, and where it stands. */
interface Running {
  readonly density: LogDensity;
  readonly settings: ChainSettings;
  readonly rng: Rng;
  readonly metricValues: Float64Array;
  metric: Metric;
  readonly estimator: MetricEstimator;
  readonly transition: Transition;
  readonly gradients: { warmup: number; sampling: number };
  readonly current: PhasePoint;
  stepSize: number;
  readonly step: DualAveraging;
  readonly schedule: WarmupSchedule;
  window: number;
  done: number;
  /** The draw that is the first of the record. */
  readonly firstRecorded: number;
  readonly record: ChainRecord;
}

function adapt(chain: Running): void {
  const { density, settings, rng, metricValues, estimator, transition, gradients, current, step, schedule, done } =
    chain;
  const { dim } = density;
  step.update(transition.info.acceptance);
  chain.stepSize = step.stepSize;
  if (done < schedule.first || chain.window >= schedule.ends.length) return;
  estimator.add(current.q, current.gradient);
  if (done + 1 < schedule.ends[chain.window]!) return;
  chain.window++;
  estimator.estimate(metricValues);
  estimator.reset();
  chain.metric = makeMetric(settings.metric.kind, metricValues, dim);
  const found = initialStepSize(density, chain.metric, current, chain.stepSize, rng);
  gradients.warmup += found.gradients;
  chain.stepSize = found.stepSize;
  step.restart(chain.stepSize);
}

const stateWith = (chain: Running, kept: ChainRecord): ChainState => ({
  done: chain.done,
  position: chain.current.q.slice(),
  gradient: chain.current.gradient.slice(),
  logDensity: chain.current.logDensity,
  rng: chain.rng.state(),
  stepSize: chain.stepSize,
  stepSizeAdaptation: chain.step.state(),
  metric: chain.metricValues.slice(),
  metricEstimate: chain.estimator.state(),
  window: chain.window,
  gradients: { ...chain.gradients },
  record: kept,
});

function advance(chain: Running): void {
  const { density, settings, rng, transition, gradients, current, step, firstRecorded, record } = chain;
  const { dim } = density;
  const { warmup } = settings;
  const { positions, logDensities, energies, acceptances, treeDepths, leapfrogs, divergent } = record;
  transition.step(current, chain.metric, chain.stepSize, rng);
  const { info } = transition;
  if (chain.done < warmup) {
    gradients.warmup += info.gradients;
    adapt(chain);
    if (chain.done === warmup - 1) chain.stepSize = step.averaged;
  } else {
    const i = chain.done - warmup - firstRecorded;
    gradients.sampling += info.gradients;
    positions.set(current.q, i * dim);
    logDensities[i] = current.logDensity;
    energies[i] = info.energy;
    acceptances[i] = info.acceptance;
    treeDepths[i] = info.treeDepth;
    leapfrogs[i] = info.gradients;
    divergent[i] = info.divergent ? 1 : 0;
  }
  chain.done++;
}

/** Disperses the start around the centre, and finds the first step size. */
function begin(
  density: LogDensity,
  { centre, dispersion }: ChainSettings,
  metric: Metric,
  current: PhasePoint,
  rng: Rng,
  gradients: { warmup: number },
): number {
  let spread = dispersion;
  for (let attempt = 0; ; attempt++) {
    metric.drawDisplacement(rng, current.q);
    for (let i = 0; i < density.dim; i++) current.q[i] = centre[i]! + spread * current.q[i]!;
    current.logDensity = density.evaluate(current.q, current.gradient);
    gradients.warmup++;
    if (Number.isFinite(current.logDensity)) break;
    // Too far out: come closer, at the last to the centre itself.
    spread = attempt >= 20 ? 0 : spread * 0.8;
    if (attempt > 21) throw new RangeError("The log density is not finite at the point the chain was to start from.");
  }
  density.fold?.(current.q, current.gradient);
  const first = initialStepSize(density, metric, current, 1, rng);
  gradients.warmup += first.gradients;
  return first.stepSize;
}

/**
 * Starts a chain, or takes one up again; the result depends on density and settings only, however often the chain was interrupted.
 *
 * @param from where a chain with the same density and settings stood; its number of draws may have been another
 */
export function startChain(density: LogDensity, settings: ChainSettings, from?: ChainState): Chain {
  const { dim } = density;
  const { warmup, draws, algorithm } = settings;
  const rng = from ? restoreRng(from.rng) : createRng(settings.seed);
  const metricValues = (from ? from.metric : settings.metric.values).slice();
  const estimator = metricEstimator(settings.metric, dim);
  const transition =
    algorithm.kind === "nuts" ? nutsTransition(density, algorithm.maxTreeDepth) : hmcTransition(density, algorithm);
  const gradients = from ? { ...from.gradients } : { warmup: 0, sampling: 0 };

  const current = phasePoint(dim);
  const metric = makeMetric(settings.metric.kind, metricValues, dim);
  const stepSize = from ? from.stepSize : begin(density, settings, metric, current, rng, gradients);
  const step = dualAveraging(settings.targetAcceptance, stepSize);
  const schedule = warmupSchedule(warmup);
  const done = from?.done ?? 0;
  /** The draw that is the first of the record. */
  const firstRecorded = from ? Math.max(0, done - warmup) - from.record.logDensities.length : 0;
  const record = emptyRecord(Math.max(0, draws - firstRecorded), dim);
  const chain: Running = {
    density,
    settings,
    rng,
    metricValues,
    metric,
    estimator,
    transition,
    gradients,
    current,
    stepSize,
    step,
    schedule,
    window: from?.window ?? 0,
    done,
    firstRecorded,
    record,
  };

  if (from) {
    current.q.set(from.position);
    current.gradient.set(from.gradient);
    current.logDensity = from.logDensity;
    step.restore(from.stepSizeAdaptation);
    estimator.restore(from.metricEstimate);
    copyRecord(from.record, record);
  }

  /** Draws of the record that states have told of, or that were there before. */
  let told = from ? from.record.logDensities.length : 0;

  return {
    iterations: warmup + draws,
    get done() {
      return chain.done;
    },
    advance: () => advance(chain),
    state() {
      const from = told;
      told = Math.max(0, chain.done - warmup - firstRecorded);
      return stateWith(chain, drawsBetween(record, from, told, dim));
    },
    result: () => ({
      ...record,
      stepSize: chain.stepSize,
      gradients: { ...gradients },
      end: stateWith(chain, emptyRecord(0, dim)),
    }),
  };
}
