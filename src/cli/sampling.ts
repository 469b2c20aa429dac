/** Sampling as the commands do it: chains in worker threads, a bar each, stopped by Ctrl-C. */

import { workerExecutor } from "../node/worker-executor.ts";
import type { Posterior } from "../samplers/posterior.ts";
import { samplePosterior } from "../samplers/sample-posterior.ts";
import type { Declared } from "./engine.ts";
import type { ModelFlags } from "./model-options.ts";
import type { Streams } from "./output.ts";
import { createProgress } from "./progress.ts";
import type { SamplingChoice } from "./sampler-options.ts";

/**
 * Samples the posterior of the model as already compiled.
 *
 * @throws an error named `AbortError` after Ctrl-C
 */
export async function sampleModel(
  { compiled }: Declared,
  { sampler, serial }: SamplingChoice,
  streams: Streams,
  flags: ModelFlags,
): Promise<Posterior> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once("SIGINT", interrupt);
  const progress = createProgress(streams.terminal && !flags.json, sampler!.chains);
  try {
    return await samplePosterior(compiled, sampler!, {
      signal: interruption.signal,
      onProgress: ({ chain, iteration, total, phase }) => progress.update(chain, iteration, total, phase),
      ...(serial ? {} : { executor: workerExecutor() }),
    });
  } finally {
    progress.stop();
    process.off("SIGINT", interrupt);
  }
}
