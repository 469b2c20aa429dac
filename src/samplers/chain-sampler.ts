/** What every sampler is, with or without gradients: a run of chains meets samplers by this interface alone. */
import type { GenericSchema } from "valibot";
import type { SavedDataCheck } from "../data/saved-data.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { ParameterDraws } from "../model/fit.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import type { ChainStatistics } from "./chain-state.ts";
import type { PosteriorParts } from "./posterior-data.ts";
import type { SamplingDiagnostics } from "./sampling-diagnostics.ts";

/** The settings of a sampler as frozen options: what `nuts()` and its kin make. */
export interface SamplerSettings {
  readonly kind: string;
  readonly chains: number;
  readonly warmup: number | "auto";
  /** Kept a chain. */
  readonly draws: number;
  readonly seed: string;
}

/** What was decided before the chains began. Plain data. */
export interface SamplerRun {
  readonly sampler: SamplerSettings & { readonly warmup: number };
  /** Warnings made before the draws were looked at. */
  readonly warnings: readonly FitWarning[];
}

/** Where a chain stands between two iterations: with its job, all that its future depends on. Plain data. */
export interface SamplerState {
  /** Iterations done, warm-up included. */
  readonly done: number;
  /** State of the stream of random numbers. */
  readonly rng: unknown;
  /** The last of the draws made so far: those since the state before it, all where a chain is taken up, none at the end of a fit. */
  readonly record: object;
}

/** What a chain leaves behind: plain data. */
export interface SamplerResult<State extends SamplerState = SamplerState> {
  /** Where the chain stands, without its draws: from here it can be extended. */
  readonly end: State;
}

/** A chain as a runner sees it: advanced an iteration at a time, so that it can be paused or stopped. */
export interface RunningChain<State extends SamplerState = SamplerState, Result = SamplerResult<State>> {
  /** Iterations in all, warm-up included. */
  readonly iterations: number;
  readonly done: number;
  /** Runs one iteration. */
  advance(): void;
  /** Where the chain stands now, with the draws made since this was last asked, or since it was taken up. A copy. */
  state(): State;
  result(): Result;
}

/** What the chains of a run are made of, as plain data, and what a fit says of it. */
export interface PreparedRun<Job = unknown> {
  readonly job: Job;
  readonly about: Pick<
    PosteriorParts,
    "description" | "reason" | "parameterisation" | "method" | "priors" | "warnings"
  >;
  /** Brings draws to the user's coordinates, in place, where chains have others. */
  toUser?(values: Float64Array, effects: readonly Float64Array[]): void;
}

/** The draws of all chains, one after another. */
export interface GatheredDraws {
  readonly draws: ParameterDraws;
  /** By term, draws × (levels × q), where they were sampled. */
  readonly effects: readonly Float64Array[] | null;
  /** What was noted of each draw, by chain; null where nothing is. */
  readonly statistics: readonly ChainStatistics[] | null;
}

/** What is stored of a run, in checkpoints and saved fits. */
export interface StoredSampler {
  /** The shape of a run, and of a chain with its draws in pieces. */
  readonly run: GenericSchema;
  readonly chain: GenericSchema;
  /** Faults of a chain that cannot be one of the run. @param made draws it must have */
  check(check: SavedDataCheck, path: string, run: unknown, chain: unknown, made: number): void;
}

/**
 * A sampler.
 *
 * `begin`, `prepare` and `gather` are what is done before and after the chains; threads need `start` alone.
 *
 * @typeParam Run what was decided before the chains began
 * @typeParam Job what a chain needs, the same for all chains of a run
 */
export interface ChainSampler<
  Run extends SamplerRun = SamplerRun,
  Job = unknown,
  State extends SamplerState = SamplerState,
  Result extends SamplerResult<State> = SamplerResult<State>,
> {
  /** Whether something is noted of each draw, `statistics`: without it chains cannot be gone on with. */
  readonly notesDraws: boolean;
  /** Decides what can be decided before the chains begin. @throws DeclarationError for a model or priors that it does not serve */
  begin(model: CompiledModel, sampler: Run["sampler"], signal?: StopSignal): Promise<Run>;
  /** @param priors those of a run that is gone on with; default the model's */
  prepare(model: CompiledModel, run: Run, priors?: ResolvedPriors): Promise<PreparedRun<Job>>;
  /**
   * Starts a chain, or takes one up again; the result depends on job and number only, however often the chain was interrupted.
   *
   * @param chain counted from 0
   * @param from where a chain with the same job stood; its number of draws may have been another
   */
  start(job: Job, chain: number, from?: State): RunningChain<State, Result>;
  gather(
    model: CompiledModel,
    run: Run,
    prepared: PreparedRun<Job>,
    results: readonly Result[],
    signal?: StopSignal,
  ): Promise<GatheredDraws>;
  /** @param results of the last chains; @param statistics of all draws */
  diagnostics(run: Run, results: readonly Result[], statistics: GatheredDraws["statistics"]): SamplingDiagnostics;
  /** What went wrong, where the run says more of it than an error does. */
  explain?(error: unknown, run: Run): unknown;
  runFromJSON(stored: unknown): Run;
  stateFromJSON(stored: unknown): State;
  /** The draws of a chain of a checkpoint in one piece. */
  joinRecords(pieces: readonly unknown[]): unknown;
  readonly stored: StoredSampler;
}
