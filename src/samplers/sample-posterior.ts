/** Samples the posterior of a compiled model. */

import { noResidualSampled } from "../messages/without-residual.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { refuseParts } from "../model/model-parts.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { checkCheckpointing, checkpointEntries, withCheckpoints } from "./checkpoint.ts";
import { completeRun } from "./complete-run.ts";
import type { Posterior } from "./posterior.ts";
import { readSampler, type Sampler, type SamplerName, type SettledSampler, samplerOf } from "./samplers.ts";
import { continueEntries } from "./sampling-run.ts";

const samplePosteriorOptions = optionsSchema({ ...continueEntries, ...checkpointEntries });

export type SamplePosteriorOptions = OptionsOf<typeof samplePosteriorOptions>;

/** @throws DeclarationError for unknown options and those of the wrong kind; the reason of a signal that is aborted */
export function readSampleOptions(options: unknown, of: string): SamplePosteriorOptions {
  const read = readOptions(samplePosteriorOptions, options, { of });
  read.signal?.throwIfAborted();
  return read;
}

/**
 * Samples the posterior: resolves the priors, finds the mode, chooses the target (random effects integrated out or sampled), runs
 * the chains and gathers the draws in natural parameters. The same model, sampler and seed give the same draws, serial or in workers.
 *
 * @param asked `nuts()`, `hmc()` or `gibbs()`, or the name of one; default `nuts()`
 * @throws DeclarationError (as a rejection) with every fault of the priors, or when the posterior cannot be computed
 * @example
 * const fit = await samplePosterior(model.compile(), nuts({ seed: "cbpp" }));
 * fit.tidy();
 */
export async function samplePosterior(
  model: CompiledModel,
  asked?: Sampler | SamplerName,
  given?: SamplePosteriorOptions,
): Promise<Posterior> {
  const { checkpoint, every, ...options } = readSampleOptions(given, "sample()");
  const sampler = readSampler(asked, "sample()");
  const wanted = { ...(checkpoint && { checkpoint }), ...(every !== undefined && { every }) };
  checkCheckpointing(wanted);
  refuseParts(model, { "no residual": noResidualSampled });
  const chains = samplerOf(sampler.kind);
  const run = await chains.begin(model, sampler as SettledSampler, options.signal);
  const from = Array.from({ length: sampler.chains }, () => null);
  try {
    return await withCheckpoints(model, run, from, wanted, (states) =>
      completeRun(model, run, from, { ...options, ...states }),
    );
  } catch (error) {
    throw chains.explain?.(error, run) ?? error;
  }
}
