/** The worker thread of one chain: builds the target from plain data, runs the chain, posts progress and the result. */
import { parentPort, workerData } from "node:worker_threads";
import type { ChainResult } from "../samplers/chain.ts";
import { startChain } from "../samplers/chain.ts";
import type { ChainJob, ChainProgress } from "../samplers/executor.ts";
import { runSliced } from "../samplers/executor.ts";
import { buildTarget } from "../samplers/target-data.ts";

/** What the worker posts. */
export type ChainMessage =
  | {
      readonly kind: "progress";
      readonly iteration: number;
      readonly total: number;
      readonly phase: ChainProgress["phase"];
    }
  | { readonly kind: "result"; readonly result: ChainResult };

const { target, settings } = workerData as ChainJob;
const post = (message: ChainMessage) => parentPort!.postMessage(message);
const result = await runSliced(
  startChain(buildTarget(target).density, settings),
  settings.warmup,
  (iteration, total, phase) => post({ kind: "progress", iteration, total, phase }),
  async () => undefined,
);
post({ kind: "result", result });
