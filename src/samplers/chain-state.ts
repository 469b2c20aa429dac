/** What a chain leaves behind, and where it stands: plain data, so that it can be sent to a thread, written to a file and taken up again. */
import { decodeNumber, decodeNumbers, type NumberJSON, type NumberListJSON } from "../data/number-json.ts";
import type { DualAveragingState } from "./dual-averaging.ts";
import type { MetricEstimatorState } from "./metric-estimate.ts";

/** What is kept of each draw besides the position. */
export interface DrawStatistics {
  /** Log density of the target at the draw (normalised unless a prior is flat), in the sampler's coordinates. */
  readonly logDensities: Float64Array;
  readonly energies: Float64Array;
  /** Mean Metropolis acceptance probability along the trajectory. */
  readonly acceptances: Float64Array;
  readonly treeDepths: Int32Array;
  /** Leapfrog steps = gradients. */
  readonly leapfrogs: Int32Array;
  /** 1 where the transition diverged. */
  readonly divergent: Uint8Array;
}

/** The draws of a chain. */
export interface ChainRecord extends DrawStatistics {
  /** draws × dim, unconstrained. */
  readonly positions: Float64Array;
}

/** Statistics of one chain: those of its draws and those of the whole chain. */
export interface ChainStatistics extends DrawStatistics {
  /** After warm-up. */
  readonly stepSize: number;
  readonly gradients: { readonly warmup: number; readonly sampling: number };
}

/** Where a chain stands between two iterations: with its settings, all that its future depends on. */
export interface ChainState {
  /** Iterations done, warm-up included. */
  readonly done: number;
  readonly position: Float64Array;
  readonly gradient: Float64Array;
  readonly logDensity: number;
  /** State of the stream of random numbers. */
  readonly rng: unknown;
  readonly stepSize: number;
  readonly stepSizeAdaptation: DualAveragingState;
  /** The metric in use: dim variances or dim × dim covariance. */
  readonly metric: Float64Array;
  readonly metricEstimate: MetricEstimatorState;
  /** Windows of the warm-up that are over. */
  readonly window: number;
  readonly gradients: { readonly warmup: number; readonly sampling: number };
  /** The last of the draws made so far: those since the state before it, all where a chain is taken up, none at the end of a fit. */
  readonly record: ChainRecord;
}

/** A record with places for `draws` draws. */
export function emptyRecord(draws: number, dim: number): ChainRecord {
  return {
    positions: new Float64Array(draws * dim),
    logDensities: new Float64Array(draws),
    energies: new Float64Array(draws),
    acceptances: new Float64Array(draws),
    treeDepths: new Int32Array(draws),
    leapfrogs: new Int32Array(draws),
    divergent: new Uint8Array(draws),
  };
}

/** Copies a record to the beginning of a longer one. */
export function copyRecord(from: ChainRecord, to: ChainRecord): void {
  for (const name of Object.keys(from) as (keyof ChainRecord)[]) to[name].set(from[name]);
}

/** A copy of some of a record's draws. */
export function drawsBetween(record: ChainRecord, from: number, to: number, dim: number): ChainRecord {
  return {
    positions: record.positions.slice(from * dim, to * dim),
    logDensities: record.logDensities.slice(from, to),
    energies: record.energies.slice(from, to),
    acceptances: record.acceptances.slice(from, to),
    treeDepths: record.treeDepths.slice(from, to),
    leapfrogs: record.leapfrogs.slice(from, to),
    divergent: record.divergent.slice(from, to),
  };
}

const joined = <T extends Float64Array | Int32Array | Uint8Array>(a: T, b: T): T => {
  const all = new (a.constructor as new (length: number) => T)(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
};

/** The statistics of a chain that was gone on with; counts of gradients are those of the whole chain already. */
export function joinStatistics(before: ChainStatistics, after: ChainStatistics): ChainStatistics {
  return {
    logDensities: joined(before.logDensities, after.logDensities),
    energies: joined(before.energies, after.energies),
    acceptances: joined(before.acceptances, after.acceptances),
    treeDepths: joined(before.treeDepths, after.treeDepths),
    leapfrogs: joined(before.leapfrogs, after.leapfrogs),
    divergent: joined(before.divergent, after.divergent),
    stepSize: after.stepSize,
    gradients: after.gradients,
  };
}

/** A value as it comes back from JSON: lists of numbers for typed arrays. */
export type Stored<T> = T extends Float64Array | Int32Array | Uint8Array
  ? NumberListJSON
  : T extends number
    ? NumberJSON
    : T extends readonly (infer E)[]
      ? readonly Stored<E>[]
      : T extends object
        ? { readonly [K in keyof T]: Stored<T[K]> }
        : T;

function statisticsOf(stored: Stored<DrawStatistics>): DrawStatistics {
  return {
    logDensities: decodeNumbers(stored.logDensities),
    energies: decodeNumbers(stored.energies),
    acceptances: decodeNumbers(stored.acceptances),
    treeDepths: Int32Array.from(decodeNumbers(stored.treeDepths)),
    leapfrogs: Int32Array.from(decodeNumbers(stored.leapfrogs)),
    divergent: Uint8Array.from(decodeNumbers(stored.divergent)),
  };
}

const gradientsOf = ({ warmup, sampling }: Stored<ChainState["gradients"]>) => ({
  warmup: decodeNumber(warmup),
  sampling: decodeNumber(sampling),
});

/** The statistics of a chain from their JSON. */
export function chainStatisticsFromJSON(stored: Stored<ChainStatistics>): ChainStatistics {
  return {
    ...statisticsOf(stored),
    stepSize: decodeNumber(stored.stepSize),
    gradients: gradientsOf(stored.gradients),
  };
}

/** The state of a chain from its JSON, bit for bit. */
export function chainStateFromJSON(stored: Stored<ChainState>): ChainState {
  const adaptation = stored.stepSizeAdaptation;
  return {
    done: decodeNumber(stored.done),
    position: decodeNumbers(stored.position),
    gradient: decodeNumbers(stored.gradient),
    logDensity: decodeNumber(stored.logDensity),
    rng: stored.rng,
    stepSize: decodeNumber(stored.stepSize),
    stepSizeAdaptation: {
      centre: decodeNumber(adaptation.centre),
      count: decodeNumber(adaptation.count),
      error: decodeNumber(adaptation.error),
      logStep: decodeNumber(adaptation.logStep),
      logAveraged: decodeNumber(adaptation.logAveraged),
    },
    metric: decodeNumbers(stored.metric),
    metricEstimate: {
      count: decodeNumber(stored.metricEstimate.count),
      sums: stored.metricEstimate.sums.map(decodeNumbers),
    },
    window: decodeNumber(stored.window),
    gradients: gradientsOf(stored.gradients),
    record: { positions: decodeNumbers(stored.record.positions), ...statisticsOf(stored.record) },
  };
}
