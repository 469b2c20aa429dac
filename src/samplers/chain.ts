/** One chain: warm-up with windowed adaptation, then draws. Advanced an iteration at a time, so that a runner can pause or stop it. */
import { createRng } from "../random/rng.ts";
import { dualAveraging } from "./dual-averaging.ts";
import type { TrajectoryLength } from "./hmc.ts";
import { hmcTransition } from "./hmc.ts";
import { initialStepSize } from "./initial-step-size.ts";
import { phasePoint } from "./leapfrog.ts";
import type { LogDensity } from "./log-density.ts";
import type { Metric } from "./metric.ts";
import { denseMetric, diagonalMetric } from "./metric.ts";
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
  /** First metric: dim variances (then adapted as a diagonal), or dim × dim covariance (adapted as dense). */
  readonly metric: { readonly kind: "diagonal" | "dense"; readonly values: Float64Array };
  /** The start is `centre` + dispersion × a draw from N(0, metric). */
  readonly dispersion: number;
}

/** What a chain leaves behind: plain arrays. */
export interface ChainResult {
  /** draws × dim, unconstrained. */
  readonly positions: Float64Array;
  readonly logDensities: Float64Array;
  readonly energies: Float64Array;
  readonly acceptances: Float64Array;
  readonly treeDepths: Int32Array;
  /** 1 where the transition diverged. */
  readonly divergent: Uint8Array;
  readonly stepSize: number;
  readonly gradients: { readonly warmup: number; readonly sampling: number };
}

export interface Chain {
  /** Iterations in all, warm-up included. */
  readonly iterations: number;
  readonly done: number;
  /** Runs one iteration. */
  advance(): void;
  result(): ChainResult;
}

const makeMetric = (kind: "diagonal" | "dense", values: Float64Array, dim: number): Metric =>
  kind === "diagonal" ? diagonalMetric(values) : denseMetric(values, dim);

/** Starts a chain; the result depends on density and settings only. */
export function startChain(density: LogDensity, settings: ChainSettings): Chain {
  const { dim } = density;
  const { warmup, draws, algorithm } = settings;
  const rng = createRng(settings.seed);
  const metricValues = settings.metric.values.slice();
  let metric = makeMetric(settings.metric.kind, metricValues, dim);
  const estimator =
    settings.metric.kind === "diagonal" ? fisherDiagonal(dim) : shrunkCovariance(dim, settings.metric.values);
  const transition =
    algorithm.kind === "nuts" ? nutsTransition(density, algorithm.maxTreeDepth) : hmcTransition(density, algorithm);
  const gradients = { warmup: 0, sampling: 0 };

  const current = phasePoint(dim);
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

  const first = initialStepSize(density, metric, current, 1, rng);
  gradients.warmup += first.gradients;
  const step = dualAveraging(settings.targetAcceptance, first.stepSize);
  let stepSize = first.stepSize;
  const schedule = warmupSchedule(warmup);
  let window = 0;

  const positions = new Float64Array(draws * dim);
  const logDensities = new Float64Array(draws);
  const energies = new Float64Array(draws);
  const acceptances = new Float64Array(draws);
  const treeDepths = new Int32Array(draws);
  const divergent = new Uint8Array(draws);
  let done = 0;

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

  return {
    iterations: warmup + draws,
    get done() {
      return done;
    },
    advance() {
      transition.step(current, metric, stepSize, rng);
      density.fold?.(current.q, current.gradient);
      const { info } = transition;
      if (done < warmup) {
        gradients.warmup += info.gradients;
        adapt();
        if (done === warmup - 1) stepSize = step.averaged;
      } else {
        const i = done - warmup;
        gradients.sampling += info.gradients;
        positions.set(current.q, i * dim);
        logDensities[i] = current.logDensity;
        energies[i] = info.energy;
        acceptances[i] = info.acceptance;
        treeDepths[i] = info.treeDepth;
        divergent[i] = info.divergent ? 1 : 0;
      }
      done++;
    },
    result: () => ({ positions, logDensities, energies, acceptances, treeDepths, divergent, stepSize, gradients }),
  };
}
