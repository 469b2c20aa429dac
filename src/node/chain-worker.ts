/** The worker thread of one chain: builds the target from plain data, runs the chain, posts progress and the result. */
import { parentPort, workerData } from "node:worker_threads";
import type { ChainResult } from "../samplers/chain.ts";
import { startChain } from "../samplers/chain.ts";
import type { ChainState } from "../samplers/chain-state.ts";
import type { ChainJob, ChainProgress, GibbsJob, SlicedChain } from "../samplers/executor.ts";
import { runSliced } from "../samplers/executor.ts";
import { startGibbsChain } from "../samplers/gibbs/chain.ts";
import type { GibbsChainState } from "../samplers/gibbs/chain-state.ts";
import type { GibbsResult } from "../samplers/gibbs/gibbs-data.ts";
import { buildTarget } from "../samplers/target-data.ts";

/** What the worker posts. */
export type ChainMessage =
  | {
      readonly kind: "progress";
      readonly iteration: number;
      readonly total: number;
      readonly phase: ChainProgress["phase"];
    }
  | { readonly kind: "state"; readonly state: ChainState | GibbsChainState }
  | { readonly kind: "result"; readonly result: ChainResult | GibbsResult };

/** What the worker is given: a job, and after how many iterations each it is to post the chain's state (0: never). */
export type WorkerJob = (ChainJob | GibbsJob) & { readonly every: number };

const job = workerData as WorkerJob;
const post = (message: ChainMessage) => parentPort!.postMessage(message);
const { every } = job;
const run = <Result, State extends ChainState | GibbsChainState>(chain: SlicedChain<Result, State>): Promise<Result> =>
  runSliced(
    chain,
    job.settings.warmup,
    (iteration, total, phase) => post({ kind: "progress", iteration, total, phase }),
    async () => undefined,
    every > 0 ? { every, receive: (state) => post({ kind: "state", state }) } : undefined,
  );
const result = await ("gibbs" in job
  ? run(startGibbsChain(job.gibbs, job.settings, job.from))
  : run(startChain(buildTarget(job.target).density, job.settings, job.from)));
post({ kind: "result", result });
