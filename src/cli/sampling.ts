/** Sampling as the commands do it: chains in worker threads, a bar each, stopped by Ctrl-C. */

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
  flags: Pick<ModelFlags, "json">,
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
  flags: Pick<ModelFlags, "json">,
  checkpoint: CheckpointChoice,
): Promise<Posterior> {
  return runWatched(state.chains.length, serial, streams, flags, checkpoint, (options) => resume(state, options));
}

async function runWatched(
  chains: number,
  serial: boolean,
  streams: Streams,
  flags: Pick<ModelFlags, "json">,
  { file, every }: CheckpointChoice,
  run: (options: ResumeOptions) => Promise<Posterior>,
): Promise<Posterior> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once("SIGINT", interrupt);
  const progress = createProgress(streams.terminal && !flags.json, chains);
  try {
    return await run({
      signal: interruption.signal,
      onProgress: ({ chain, iteration, total, phase }) => progress.update(chain, iteration, total, phase),
      ...(serial ? {} : { executor: workerExecutor() }),
      ...(file === undefined ? {} : { checkpoint: checkpointFile(file) }),
      ...(every === undefined ? {} : { every }),
    });
  } finally {
    progress.stop();
    process.off("SIGINT", interrupt);
  }
}
