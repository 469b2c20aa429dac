/** Runs chains in worker threads, one a chain, as many at a time as there are processors. The draws are those of the serial executor, bit for bit. */

import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { optional } from "valibot";
import { buildForWorkers, workerStopped } from "../messages/sampling.ts";
import { wholeNumber } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import type { ChainResult } from "../samplers/chain.ts";
import type { ChainState } from "../samplers/chain-state.ts";
import type { ChainJob, Executor, GibbsJob, RunOptions, StateOptions } from "../samplers/executor.ts";
import type { GibbsChainState } from "../samplers/gibbs/chain-state.ts";
import type { GibbsResult } from "../samplers/gibbs/gibbs-data.ts";
import type { ChainMessage, WorkerJob } from "./chain-worker.ts";

/** The worker's built file: beside this one when built, under dist/ when this file is run from its TypeScript source. */
function workerFile(): URL {
  const here = import.meta.url;
  const file = new URL(here.endsWith(".ts") ? "../../dist/node/chain-worker.js" : "./chain-worker.js", here);
  if (!existsSync(file)) throw new Error(buildForWorkers(fileURLToPath(file)));
  return file;
}

function runInWorker<Result extends ChainResult | GibbsResult, State extends ChainState | GibbsChainState>(
  file: URL,
  job: ChainJob | GibbsJob,
  chain: number,
  { signal, onProgress, onState, every = 0, share = 1 }: RunOptions & StateOptions<State>,
): Promise<Result> {
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
      if (message.kind === "result") finish(() => resolve(message.result as Result));
      else if (settled) return;
      else if (message.kind === "state") {
        try {
          onState?.(chain, message.state as State);
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

/** Runs jobs in at most `threads` workers at a time; results in the order of the jobs. */
async function runJobs<Result extends ChainResult | GibbsResult, State extends ChainState | GibbsChainState>(
  jobs: readonly (ChainJob | GibbsJob)[],
  options: RunOptions & StateOptions<State>,
  threads: number,
): Promise<Result[]> {
  const file = workerFile();
  options.signal?.throwIfAborted();
  // A failed chain stops the others: there is no posterior without it.
  const failure = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal;
  const results: Result[] = new Array(jobs.length);
  let next = 0;
  const lane = async () => {
    while (next < jobs.length) {
      const chain = next++;
      results[chain] = await runInWorker<Result, State>(file, jobs[chain]!, chain, { ...options, signal });
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
 * An executor over worker threads, for `samplePosterior(..., { executor: workerExecutor() })`.
 *
 * @throws DeclarationError for an unknown option, and threads that are no whole number of at least 1; Error (as a rejection of the run) when the program has not been built
 */
export function workerExecutor(options?: WorkerExecutorOptions): Executor {
  const { threads = availableParallelism() } = readOptions(workerExecutorOptions, options, { of: "workerExecutor()" });
  return {
    run: (jobs, options) => runJobs<ChainResult, ChainState>(jobs, options, threads),
    runGibbs: (jobs, options) => runJobs<GibbsResult, GibbsChainState>(jobs, options, threads),
  };
}
