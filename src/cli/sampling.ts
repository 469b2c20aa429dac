/** Sampling as the commands do it: chains in worker threads, a bar each, stopped by Ctrl-C. */

import { existsSync } from "node:fs";
import * as messages from "../messages/cli.ts";
import { checkpointFile } from "../node/fit-file.ts";
import { workerExecutor } from "../node/worker-executor.ts";
import { type Checkpoint, type ResumeOptions, resume } from "../samplers/checkpoint.ts";
import type { Posterior } from "../samplers/posterior.ts";
import { samplePosterior } from "../samplers/sample-posterior.ts";
import type { Declared } from "./engine.ts";
import { untilInterrupted } from "./interruption.ts";
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
  const progress = createProgress(streams.terminal && !flags.json, chains);
  const ended = new Set<number>();
  return untilInterrupted(async (signal, release) => {
    try {
      return await run({
        signal,
        onProgress({ chain, iteration, total, phase }) {
          if (iteration === total) ended.add(chain);
          // what is made of the draws is made without a pause
          if (ended.size === chains) release();
          progress.update(chain, iteration, total, phase);
        },
        ...(serial ? {} : { executor: workerExecutor() }),
        ...(file === undefined ? {} : { checkpoint: checkpointFile(file) }),
        ...(every === undefined ? {} : { every }),
      });
    } catch (error) {
      if (signal.aborted && file !== undefined && existsSync(file)) streams.err(`${messages.interruptedRun(file)}\n`);
      throw error;
    } finally {
      progress.stop();
    }
  });
}
