/** For commands that work on either kind of fit: maximise, or sample when `--sampler` is given, or read a saved fit. */
import { Command } from "commander";
import * as messages from "../messages/cli.ts";
import type { Issue } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import { readFit } from "../node/fit-file.ts";
import { collect, collectAsync, throwFaults } from "./collect.ts";
import { type Declared, declareModel } from "./engine.ts";
import { fitModel } from "./fitting.ts";
import { addGeeOptions, checkGeeFlags, GEE_HELP, type GeeFlags, readMethod } from "./gee-options.ts";
import { METHOD_HELP } from "./method-option.ts";
import { addModelOptions, type ModelFlags } from "./model-options.ts";
import type { Streams } from "./output.ts";
import { addSamplerOptions, readSamplingChoice, type SamplerFlags } from "./sampler-options.ts";
import { sampleModel } from "./sampling.ts";

export interface FitOrSampleFlags extends ModelFlags, GeeFlags, SamplerFlags {
  readonly method: string;
  readonly fit?: string;
}

export function addFitOrSampleOptions(command: Command): Command {
  return addSamplerOptions(
    addGeeOptions(addModelOptions(command))
      .option(
        "--fit <file>",
        "use the fit that 'fit --save' or 'sample --save' wrote, instead of a table and a formula",
      )
      .option("--method <method>", `${METHOD_HELP}; ${GEE_HELP}`, "auto"),
    true,
  );
}

/** Options that are about files and output, not about the model or its fit. */
export const BESIDE_FIT = [
  "fit",
  "json",
  "csv",
  "format",
  "naStrings",
  "delimiter",
  "decimal",
  "encoding",
  "text",
  "number",
];

/** Adds a fault for every option given beside `--fit` that declares a model or says how to fit it. */
export function checkBesideFit(command: Command, issues: Issue[]): void {
  checkBeside("fit", command, addFitOrSampleOptions(new Command()), BESIDE_FIT, issues);
}

/**
 * Adds a fault for every option of `declaring` given on the command line beside the option `taken`, except those of `allowed`.
 *
 * @param taken name of the option whose file holds what those options would say
 */
export function checkBeside(
  taken: string,
  command: Command,
  declaring: Command,
  allowed: readonly string[],
  issues: Issue[],
): void {
  if (command.getOptionValue(taken) === undefined) return;
  for (const option of declaring.options) {
    const name = option.attributeName();
    if (!allowed.includes(name) && command.getOptionValueSource(name) === "cli")
      issues.push(messages.notBeside(option.long!, `--${taken}`));
  }
}

/**
 * Declares the model (or reads the fit that `--fit` names), lets `check` look at the rest of the flags with the table at hand, and fits when nothing is at fault.
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
  if (flags.fit !== undefined) {
    const fit = await collectAsync(issues, () => readFit(flags.fit!));
    const checked = await check(fit && { compiled: fit.model, likelihood: () => fit.model, priors: null });
    throwFaults(issues);
    return { fit: fit!, checked };
  }
  const method = collect(issues, () => readMethod(flags.method, flags));
  checkGeeFlags([flags.method], flags, issues);
  const sampled = flags.sampler !== undefined;
  const choice = readSamplingChoice(flags, issues);
  const declared = await declareModel(path, flags, sampled ? choice.priors : null, issues);
  const checked = await check(declared);
  throwFaults(issues);
  const fit = await (sampled
    ? sampleModel(declared!, choice, streams, flags)
    : fitModel(declared!, method!, streams, flags));
  return { fit, checked };
}
