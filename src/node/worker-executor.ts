/** Runs chains, fits and bootstraps in worker threads: chains one a thread, as many at a time as there are processors. The draws are those of the serial executor, bit for bit. */

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { optional } from "valibot";
import { DeclarationError } from "../messages/issue.ts";
import { workerStopped } from "../messages/sampling.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { wholeNumber } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import type { SamplerResult } from "../samplers/chain-sampler.ts";
import type { ChainJob, Executor, RunOptions, StateOptions, Task, TaskOptions } from "../samplers/executor.ts";
import type { ChainMessage, WorkerJob } from "./chain-worker.ts";
import type { TaskMessage } from "./task-worker.ts";
import { workerFile } from "./worker-file.ts";

function runInWorker(
  file: URL,
  job: ChainJob,
  chain: number,
  { signal, onProgress, onState, every = 0, share = 1 }: RunOptions & StateOptions,
): Promise<SamplerResult> {
  return new Promise((resolve, reject) => {
    const workerData: WorkerJob = { ...job, every: onState ? every : 0, share };
    const worker = new Worker(file, { workerData });
    const stop = () => finish(() => reject(signal!.reason));
    let settled = false;
    const finish = (settle: () => void) => {
      if (settled) return;
      settled = true;
      signal?.removeEventListener("abort", stop);
      worker.terminate().then(settle, settle);
    };
    signal?.addEventListener("abort", stop);
    worker.on("message", (message: ChainMessage) => {
      if (message.kind === "result") finish(() => resolve(message.result));
      else if (settled) return;
      else if (message.kind === "state") {
        try {
          onState?.(chain, message.state);
          worker.postMessage("go on");
        } catch (error) {
          finish(() => reject(error));
        }
      } else onProgress?.({ chain, iteration: message.iteration, total: message.total, phase: message.phase });
    });
    worker.on("error", (error) => finish(() => reject(error)));
    worker.on("exit", (code) => finish(() => reject(new Error(workerStopped(chain, code)))));
  });
}

/** Does one task in a worker, which ends with it or when the signal aborts. */
function performInWorker(
  file: URL,
  task: Task,
  place: number,
  { signal, onTask }: TaskOptions & { readonly signal: StopSignal },
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: task });
    const stop = () => finish(() => reject(signal.reason));
    let settled = false;
    const finish = (settle: () => void) => {
      if (settled) return;
      settled = true;
      signal.removeEventListener("abort", stop);
      worker.terminate().then(settle, settle);
    };
    signal.addEventListener("abort", stop);
    worker.on("message", (message: TaskMessage) => {
      if (message.kind === "result") finish(() => resolve(message.result));
      else if (message.kind === "faults") finish(() => reject(new DeclarationError(message.issues)));
      else if (!settled) {
        try {
          onTask?.(place, message.done, message.news);
        } catch (error) {
          finish(() => reject(error));
        }
      }
    });
    worker.on("error", (error) => finish(() => reject(error)));
    worker.on("exit", (code) => finish(() => reject(new Error(workerStopped(place, code)))));
  });
}

/** Runs jobs in at most `threads` workers at a time; results in the order of the jobs. */
async function runJobs<Job, Result>(
  jobs: readonly Job[],
  threads: number,
  given: StopSignal | undefined,
  run: (job: Job, place: number, signal: StopSignal) => Promise<Result>,
): Promise<Result[]> {
  given?.throwIfAborted();
  // A failed job stops the others: there is no result without it.
  const failure = new AbortController();
  const signal = given ? AbortSignal.any([given, failure.signal]) : failure.signal;
  const results: Result[] = new Array(jobs.length);
  let next = 0;
  const lane = async () => {
    while (next < jobs.length) {
      const place = next++;
      results[place] = await run(jobs[place]!, place, signal);
    }
  };
  const lanes = Array.from({ length: Math.min(Math.max(1, threads), jobs.length) }, lane);
  try {
    await Promise.all(lanes);
  } catch (error) {
    failure.abort();
    await Promise.allSettled(lanes);
    throw error;
  }
  return results;
}

const workerExecutorOptions = optionsSchema({
  /** Most threads at a time; default the number of processors. */
  threads: optional(wholeNumber(1)),
});

export type WorkerExecutorOptions = OptionsOf<typeof workerExecutorOptions>;

/**
 * An executor over worker threads, for `sample`, `fit` and `clusterBootstrap`: `clusterBootstrap(fit, { executor: workerExecutor() })`.
 *
 * @throws DeclarationError for an unknown option, and threads that are no whole number of at least 1; Error (as a rejection of the run) when the program has not been built
 */
export function workerExecutor(options?: WorkerExecutorOptions): Executor {
  const { threads = availableParallelism() } = readOptions(workerExecutorOptions, options, { of: "workerExecutor()" });
  return {
    threads,
    async run(jobs, options) {
      const file = workerFile("chain-worker");
      return runJobs(jobs, threads, options.signal, (job, chain, signal) =>
        runInWorker(file, job, chain, { ...options, signal }),
      );
    },
    async runTasks(tasks, options) {
      const file = workerFile("task-worker");
      return runJobs(tasks, threads, options.signal, (task, place, signal) =>
        performInWorker(file, task, place, { ...options, signal }),
      );
    },
  };
}
