/** For commands that work on either kind of fit: maximise, or sample when `--sampler` is given. */
import type { Command } from "commander";
import type { Issue } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import { collect, throwFaults } from "./collect.ts";
import { type Declared, declareModel, fitModel } from "./engine.ts";
import { METHOD_HELP, parseMethod } from "./method-option.ts";
import { addModelOptions, type ModelFlags } from "./model-options.ts";
import type { Streams } from "./output.ts";
import { addSamplerOptions, readSamplingChoice, type SamplerFlags } from "./sampler-options.ts";
import { sampleModel } from "./sampling.ts";

export interface FitOrSampleFlags extends ModelFlags, SamplerFlags {
  readonly method: string;
}

export function addFitOrSampleOptions(command: Command): Command {
  return addSamplerOptions(addModelOptions(command).option("--method <method>", METHOD_HELP, "auto"), true);
}

/**
 * Declares the model, lets `check` look at the rest of the flags with the table at hand, and fits when nothing is at fault.
 *
 * @throws DeclarationError with every fault of the flags, the file and the declaration
 */
export async function fitOrSample<T>(
  path: string | undefined,
  flags: FitOrSampleFlags,
  streams: Streams,
  issues: Issue[],
  check: (declared: Declared | undefined) => T | Promise<T>,
): Promise<{ fit: Fit; checked: T }> {
  const method = collect(issues, () => parseMethod(flags.method));
  const sampled = flags.sampler !== undefined;
  const choice = readSamplingChoice(flags, issues);
  const declared = await declareModel(path, flags, sampled ? choice.priors : null, issues);
  const checked = await check(declared);
  throwFaults(issues);
  const fit = sampled ? await sampleModel(declared!, choice, streams, flags) : fitModel(declared!, method!);
  return { fit, checked };
}
