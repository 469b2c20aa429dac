/** Where chains run. The core's executor runs them one after another; `marginalia/node` has one over worker threads. */
import { custom, type GenericSchema, optional } from "valibot";
import { nextTurn, SLICE } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { abortSignal, callback } from "../options/kinds.ts";
import type { ChainResult, ChainSettings } from "./chain.ts";
import { startChain } from "./chain.ts";
import type { ChainState } from "./chain-state.ts";
import { startGibbsChain } from "./gibbs/chain.ts";
import type { GibbsChainState } from "./gibbs/chain-state.ts";
import type { GibbsData, GibbsResult, GibbsSettings } from "./gibbs/gibbs-data.ts";
import type { TargetData } from "./target-data.ts";
import { buildTarget } from "./target-data.ts";

/** What a chain needs: plain data. */
export interface ChainJob {
  readonly target: TargetData;
  readonly settings: ChainSettings;
  /** Where the chain is taken up again; absent at its beginning. */
  readonly from?: ChainState;
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
export interface StateOptions<State = ChainState> {
  /**
   * Called with a chain's state after every `every` of its iterations, and at its end. The record of a state has the draws made since the
   * state before it, so that states of a long run are no larger than those of a short one. The chain waits until the call returns.
   */
  readonly onState?: (chain: number, state: State) => void;
  readonly every?: number;
  /** Most of a chain's time that states may take: one that would come too early is left out, but for the last. Default 1: none is. */
  readonly share?: number;
}

/** What a Gibbs chain needs: plain data. */
export interface GibbsJob {
  readonly gibbs: GibbsData;
  readonly settings: GibbsSettings;
  /** Where the chain is taken up again; absent at its beginning. */
  readonly from?: GibbsChainState;
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
  run(jobs: readonly ChainJob[], options: RunOptions & StateOptions): Promise<ChainResult[]>;
  /** The same for Gibbs chains; an executor without it leaves them to the calling thread. */
  runGibbs?(jobs: readonly GibbsJob[], options: RunOptions & StateOptions<GibbsChainState>): Promise<GibbsResult[]>;
  /** Does tasks; results in their order. An executor without it leaves them to the calling thread. */
  runTasks?(tasks: readonly Task[], options: TaskOptions): Promise<unknown[]>;
}

/** An executor as an option. */
export const anExecutor: GenericSchema<Executor> = custom<Executor>(
  (value) => typeof (value as Executor)?.run === "function",
  "an executor, as workerExecutor() of marginalia/node",
);

/** A chain as a runner sees it. */
export interface SlicedChain<Result, State> {
  readonly iterations: number;
  readonly done: number;
  advance(): void;
  result(): Result;
  /** Where the chain stands, with the draws made since this was last asked. */
  state(): State;
}

/**
 * Milliseconds from one state to the next at least, where only a share of the time is theirs: chains that wait for a processor spend little of their
 * time on work, so that a share of it may be much of the work.
 */
const BETWEEN_STATES = 500;

/**
 * Runs one chain in slices.
 *
 * @param pause awaited between slices; may throw to stop
 * @param states receives the chain's state after every `every` iterations and at the end, as far as `share` of the time allows; the chain
 * waits for it
 */
export async function runSliced<Result, State>(
  chain: SlicedChain<Result, State>,
  warmup: number,
  report: (iteration: number, total: number, phase: ChainProgress["phase"]) => void,
  pause: () => Promise<void>,
  states?: {
    readonly every: number;
    readonly share: number;
    readonly receive: (state: State) => void | Promise<void>;
  },
): Promise<Result> {
  const began = performance.now();
  let spent = 0;
  let last = began;
  const give = async ({ share, receive }: NonNullable<typeof states>): Promise<void> => {
    const now = performance.now();
    const early = spent > share * (now - began) || now - last < BETWEEN_STATES;
    if (chain.done < chain.iterations && share < 1 && early) return;
    const waited = receive(chain.state());
    if (waited) await waited;
    last = performance.now();
    spent += last - now;
  };
  while (chain.done < chain.iterations) {
    const until = Date.now() + SLICE;
    do {
      chain.advance();
      if (states && (chain.done % states.every === 0 || chain.done === chain.iterations)) await give(states);
    } while (chain.done < chain.iterations && Date.now() < until);
    report(chain.done, chain.iterations, chain.done <= warmup ? "warm-up" : "sampling");
    await pause();
  }
  return chain.result();
}

/** Runs chains one after another, each made when its turn comes. */
async function runSerially<Job extends { readonly settings: { readonly warmup: number } }, Result, State>(
  jobs: readonly Job[],
  start: (job: Job) => SlicedChain<Result, State>,
  { signal, onProgress, onState, every = Infinity, share = 1 }: RunOptions & StateOptions<State>,
): Promise<Result[]> {
  const results: Result[] = [];
  const check = () => signal?.throwIfAborted();
  check();
  for (const [chain, job] of jobs.entries()) {
    const pause = async () => {
      await nextTurn();
      check();
    };
    const report = (iteration: number, total: number, phase: ChainProgress["phase"]) =>
      onProgress?.({ chain, iteration, total, phase });
    const states = onState && { every, share, receive: (state: State) => onState(chain, state) };
    results.push(await runSliced(start(job), job.settings.warmup, report, pause, states));
  }
  return results;
}

/** One chain after another in this thread, giving way to the event loop every 40 ms. */
export const serialExecutor: Required<Pick<Executor, "run" | "runGibbs">> = {
  run: (jobs, options) =>
    runSerially(jobs, ({ target, settings, from }) => startChain(buildTarget(target).density, settings, from), options),
  runGibbs: (jobs, options) =>
    runSerially(jobs, ({ gibbs, settings, from }) => startGibbsChain(gibbs, settings, from), options),
};
