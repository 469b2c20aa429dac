/** Where chains run. `serial-executor.ts` runs them one after another; `marginalia/node` has an executor over worker threads. */
import { custom, type GenericSchema, optional } from "valibot";
import type { StopSignal } from "../options/abort-signal.ts";
import { abortSignal, callback } from "../options/kinds.ts";
import type { SamplerResult, SamplerState } from "./chain-sampler.ts";

/** A chain to run: plain data. */
export interface ChainJob {
  /** The kind of its sampler. */
  readonly sampler: string;
  /** What the sampler prepared for all chains of the run. */
  readonly job: unknown;
  /** Counted from 0. */
  readonly chain: number;
  /** Iterations of the warm-up. */
  readonly warmup: number;
  /** Where the chain is taken up again; absent at its beginning. */
  readonly from?: SamplerState;
}

export interface ChainProgress {
  /** Counted from 0. */
  readonly chain: number;
  /** Iterations done, warm-up included. */
  readonly iteration: number;
  readonly total: number;
  readonly phase: "warm-up" | "sampling";
}

/** What a run of chains takes from its caller. */
export const runEntries = {
  /** Stops the chains; the run then rejects with the signal's own reason, an `AbortError` unless it was given another. */
  signal: optional(abortSignal),
  /** Called now and then with where a chain stands. */
  onProgress: optional(callback<(progress: ChainProgress) => void>()),
};

export type RunOptions = {
  readonly signal?: StopSignal | undefined;
  readonly onProgress?: ((progress: ChainProgress) => void) | undefined;
};

/** States of the chains while they run. */
export interface StateOptions {
  /**
   * Called with a chain's state after every `every` of its iterations, and at its end. The record of a state has the draws made since the
   * state before it, so that states of a long run are no larger than those of a short one. The chain waits until the call returns.
   */
  readonly onState?: (chain: number, state: SamplerState) => void;
  readonly every?: number;
  /** Most of a chain's time that states may take: one that would come too early is left out, but for the last. Default 1: none is. */
  readonly share?: number;
}

/** A piece of work other than a chain, as plain data, `tasks/perform-task.ts` does it. */
export interface Task {
  readonly kind: string;
}

export interface TaskOptions {
  readonly signal?: StopSignal | undefined;
  /** Called with the task, counted from 0, how much of it is done, and what else it reports of itself. */
  readonly onTask?: ((task: number, done: number, news?: unknown) => void) | undefined;
}

export interface Executor {
  /** How many jobs run at a time; absent: one. */
  readonly threads?: number;
  /** Runs every job; results in the order of the jobs, the same bits whatever the executor. */
  run(jobs: readonly ChainJob[], options: RunOptions & StateOptions): Promise<SamplerResult[]>;
  /** Does tasks; results in their order. An executor without it leaves them to the calling thread. */
  runTasks?(tasks: readonly Task[], options: TaskOptions): Promise<unknown[]>;
}

/** An executor as an option. */
export const anExecutor: GenericSchema<Executor> = custom<Executor>(
  (value) => typeof (value as Executor)?.run === "function",
  "an executor, as workerExecutor() of marginalia/node",
);
