/** The worker thread of one chain: builds the target from plain data, runs the chain, posts progress, states and the result. */
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import type { SamplerResult, SamplerState } from "../samplers/chain-sampler.ts";
import type { ChainJob, ChainProgress } from "../samplers/executor.ts";
import { runSliced, startChainOf } from "../samplers/serial-executor.ts";

/** What the worker posts. A state is answered, by anything, before the worker goes on: no state waits while another is made. */
export type ChainMessage =
  | {
      readonly kind: "progress";
      readonly iteration: number;
      readonly total: number;
      readonly phase: ChainProgress["phase"];
    }
  | { readonly kind: "state"; readonly state: SamplerState }
  | { readonly kind: "result"; readonly result: SamplerResult };

/** What the worker is given: a job, and after how many iterations each it is to post the chain's state (0: never). */
export type WorkerJob = ChainJob & { readonly every: number; readonly share: number };

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
const result = await runSliced(
  startChainOf(job),
  job.warmup,
  (iteration, total, phase) => post({ kind: "progress", iteration, total, phase }),
  async () => undefined,
  every > 0
    ? {
        every,
        share,
        async receive(state) {
          const answered = once(parentPort!, "message");
          // Copied, not handed over: V8 checks every access to an array for a lost buffer from the first one lost on, a fifth of a chain's time.
          post({ kind: "state", state });
          await answered;
        },
      }
    : undefined,
);
post({ kind: "result", result }, result);
