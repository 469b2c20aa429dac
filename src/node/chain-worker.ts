/** The worker thread of one chain: builds the target from plain data, runs the chain, posts progress, states and the result. */
import { once } from "node:events";
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

/** What the worker posts. A state is answered, by anything, before the worker goes on: no state waits while another is made. */
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
export type WorkerJob = (ChainJob | GibbsJob) & { readonly every: number; readonly share: number };

/** The buffers of all arrays in plain data: they change hands and are not copied, their owner having no more use of them. */
function buffersOf(tree: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(tree)) {
    if (tree.buffer instanceof ArrayBuffer) found.add(tree.buffer);
  } else if (typeof tree === "object" && tree !== null)
    for (const inner of Object.values(tree)) buffersOf(inner, found);
  return found;
}

const job = workerData as WorkerJob;
const post = (message: ChainMessage, handedOver: unknown = null) =>
  parentPort!.postMessage(message, [...buffersOf(handedOver)]);
const { every, share } = job;
const run = <Result, State extends ChainState | GibbsChainState>(chain: SlicedChain<Result, State>): Promise<Result> =>
  runSliced(
    chain,
    job.settings.warmup,
    (iteration, total, phase) => post({ kind: "progress", iteration, total, phase }),
    async () => undefined,
    every > 0
      ? {
          every,
          share,
          async receive(state) {
            const answered = once(parentPort!, "message");
            post({ kind: "state", state }, state);
            await answered;
          },
        }
      : undefined,
  );
const result = await ("gibbs" in job
  ? run(startGibbsChain(job.gibbs, job.settings, job.from))
  : run(startChain(buildTarget(job.target).density, job.settings, job.from)));
post({ kind: "result", result }, result);
