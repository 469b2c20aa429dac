/** Sampling as the commands do it: chains in worker threads, a bar each, stopped by Ctrl-C. */
import type { PosteriorFit } from "../model/fit.ts";
import { workerExecutor } from "../node/worker-executor.ts";
import type { Declared } from "./engine.ts";
import type { ModelFlags } from "./model-options.ts";
import type { Streams } from "./output.ts";
import { createProgress } from "./progress.ts";
import type { SamplingChoice } from "./sampler-options.ts";

/** Samples the posterior; a progress bar a chain on a terminal, Ctrl-C stops the chains. */
export async function sampleModel(
  { builder }: Declared,
  choice: SamplingChoice,
  streams: Streams,
  flags: ModelFlags,
): Promise<PosteriorFit> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once("SIGINT", interrupt);
  const progress = createProgress(streams.terminal && !flags.json);
  try {
    return await builder.sample(choice.sampler!, {
      signal: interruption.signal,
      onProgress: ({ chain, iteration, total, phase }) => progress.update(chain, iteration, total, phase),
      ...(choice.serial ? {} : { executor: workerExecutor() }),
    });
  } finally {
    progress.stop();
    process.off("SIGINT", interrupt);
  }
}
