/**
 * One chain: warm-up with windowed adaptation, then draws. Advanced an iteration at a time, so that a runner can pause or stop it, and
 * taken up again from its state bit for bit.
 */
import { createRng, restoreRng } from "../random/rng.ts";
import type { ChainRecord, ChainState, ChainStatistics } from "./chain-state.ts";
import { copyRecord, drawsBetween, emptyRecord } from "./chain-state.ts";
import { dualAveraging } from "./dual-averaging.ts";
import type { TrajectoryLength } from "./hmc.ts";
import { hmcTransition } from "./hmc.ts";
import { initialStepSize } from "./initial-step-size.ts";
import { phasePoint } from "./leapfrog.ts";
import type { LogDensity } from "./log-density.ts";
import { fisherLowRank } from "./low-rank-estimate.ts";
import { lowRankMetric } from "./low-rank-metric.ts";
import type { Metric } from "./metric.ts";
import { denseMetric, diagonalMetric } from "./metric.ts";
import type { MetricEstimator } from "./metric-estimate.ts";
import { fisherDiagonal, shrunkCovariance } from "./metric-estimate.ts";
import { nutsTransition } from "./nuts.ts";
import { warmupSchedule } from "./windows.ts";

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
  let metric = makeMetric(settings.metric.kind, metricValues, dim);
  const estimator = metricEstimator(settings.metric, dim);
  const transition =
    algorithm.kind === "nuts" ? nutsTransition(density, algorithm.maxTreeDepth) : hmcTransition(density, algorithm);
  const gradients = from ? { ...from.gradients } : { warmup: 0, sampling: 0 };

  const current = phasePoint(dim);
  /** Disperses the start around the centre, and finds the first step size. */
  const begin = (): number => {
    let spread = settings.dispersion;
    for (let attempt = 0; ; attempt++) {
      metric.drawDisplacement(rng, current.q);
      for (let i = 0; i < dim; i++) current.q[i] = settings.centre[i]! + spread * current.q[i]!;
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
  };
  let stepSize = from ? from.stepSize : begin();
  const step = dualAveraging(settings.targetAcceptance, stepSize);
  const schedule = warmupSchedule(warmup);
  let window = from?.window ?? 0;
  let done = from?.done ?? 0;
  /** The draw that is the first of the record. */
  const firstRecorded = from ? Math.max(0, done - warmup) - from.record.logDensities.length : 0;
  const record = emptyRecord(Math.max(0, draws - firstRecorded), dim);
  const { positions, logDensities, energies, acceptances, treeDepths, leapfrogs, divergent } = record;
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

  const adapt = () => {
    step.update(transition.info.acceptance);
    stepSize = step.stepSize;
    if (done < schedule.first || window >= schedule.ends.length) return;
    estimator.add(current.q, current.gradient);
    if (done + 1 < schedule.ends[window]!) return;
    window++;
    estimator.estimate(metricValues);
    estimator.reset();
    metric = makeMetric(settings.metric.kind, metricValues, dim);
    const found = initialStepSize(density, metric, current, stepSize, rng);
    gradients.warmup += found.gradients;
    stepSize = found.stepSize;
    step.restart(stepSize);
  };

  const stateWith = (kept: ChainRecord): ChainState => ({
    done,
    position: current.q.slice(),
    gradient: current.gradient.slice(),
    logDensity: current.logDensity,
    rng: rng.state(),
    stepSize,
    stepSizeAdaptation: step.state(),
    metric: metricValues.slice(),
    metricEstimate: estimator.state(),
    window,
    gradients: { ...gradients },
    record: kept,
  });

  return {
    iterations: warmup + draws,
    get done() {
      return done;
    },
    advance() {
      transition.step(current, metric, stepSize, rng);
      const { info } = transition;
      if (done < warmup) {
        gradients.warmup += info.gradients;
        adapt();
        if (done === warmup - 1) stepSize = step.averaged;
      } else {
        const i = done - warmup - firstRecorded;
        gradients.sampling += info.gradients;
        positions.set(current.q, i * dim);
        logDensities[i] = current.logDensity;
        energies[i] = info.energy;
        acceptances[i] = info.acceptance;
        treeDepths[i] = info.treeDepth;
        leapfrogs[i] = info.gradients;
        divergent[i] = info.divergent ? 1 : 0;
      }
      done++;
    },
    state() {
      const from = told;
      told = Math.max(0, done - warmup - firstRecorded);
      return stateWith(drawsBetween(record, from, told, dim));
    },
    result: () => ({ ...record, stepSize, gradients: { ...gradients }, end: stateWith(emptyRecord(0, dim)) }),
  };
}
