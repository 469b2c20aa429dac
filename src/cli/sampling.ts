/** Sampling as the commands do it: chains in worker threads, a bar each, stopped by Ctrl-C. */

import * as messages from "../messages/cli.ts";
import { checkpointFile } from "../node/fit-file.ts";
import { workerExecutor } from "../node/worker-executor.ts";
import { type Checkpoint, type ResumeOptions, resume } from "../samplers/checkpoint.ts";
import type { Posterior } from "../samplers/posterior.ts";
import { samplePosterior } from "../samplers/sample-posterior.ts";
import type { Declared } from "./engine.ts";
import type { ModelFlags } from "./model-options.ts";
import type { Streams } from "./output.ts";
import { createProgress } from "./progress.ts";
import type { SamplingChoice } from "./sampler-options.ts";

/** Where checkpoints go and how often; none when there is no file. */
export interface CheckpointChoice {
  readonly file?: string;
  readonly every?: number;
}

/**
 * Samples the posterior of the model as already compiled.
 *
 * @throws an error named `AbortError` after Ctrl-C
 */
export async function sampleModel(
  { compiled }: Declared,
  { sampler, serial }: SamplingChoice,
  streams: Streams,
  flags: Pick<ModelFlags, "json" | "csv">,
  checkpoint: CheckpointChoice = {},
): Promise<Posterior> {
  return runWatched(sampler!.chains, serial, streams, flags, checkpoint, (options) =>
    samplePosterior(compiled, sampler!, options),
  );
}

/** Completes the run of a checkpoint. */
export async function resumeRun(
  state: Checkpoint,
  serial: boolean,
  streams: Streams,
  flags: Pick<ModelFlags, "json" | "csv">,
  checkpoint: CheckpointChoice,
): Promise<Posterior> {
  return runWatched(state.chains.length, serial, streams, flags, checkpoint, (options) => resume(state, options));
}

async function runWatched(
  chains: number,
  serial: boolean,
  streams: Streams,
  flags: Pick<ModelFlags, "json" | "csv">,
  { file, every }: CheckpointChoice,
  run: (options: ResumeOptions) => Promise<Posterior>,
): Promise<Posterior> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  const ended = new Set<number>();
  // Only while the chains run: before and after them this thread works without a pause, and could not look at a signal, which then ends
  // the program as signals do.
  const watch = (chain: number, over: boolean) => {
    if (!process.listeners("SIGINT").includes(interrupt) && ended.size < chains) process.once("SIGINT", interrupt);
    if (over) ended.add(chain);
    if (ended.size === chains) process.off("SIGINT", interrupt);
  };
  const progress = createProgress(streams.terminal && !flags.json, chains);
  try {
    return await run({
      signal: interruption.signal,
      onProgress({ chain, iteration, total, phase }) {
        if (!interruption.signal.aborted) watch(chain, iteration === total);
        progress.update(chain, iteration, total, phase);
      },
      ...(serial ? {} : { executor: workerExecutor() }),
      ...(file === undefined ? {} : { checkpoint: checkpointFile(file) }),
      ...(every === undefined ? {} : { every }),
    });
  } catch (error) {
    if (interruption.signal.aborted && file !== undefined) streams.err(`${messages.interruptedRun(file)}\n`);
    throw error;
  } finally {
    progress.stop();
    process.off("SIGINT", interrupt);
  }
}
