/** `marginalia compare`. */
import { Command } from "commander";
import { help } from "../messages/cli-help.ts";
import type { Issue } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import { readArguments } from "./arguments.ts";
import { collect, throwFaults } from "./collect.ts";
import { addConfLevel, type ConfLevelFlags, readConfLevel } from "./conf-level.ts";
import { compareFits, declareModel } from "./engine.ts";
import { fitModel } from "./fitting.ts";
import { addGeeOptions, checkGeeFlags, GEE_HELP, type GeeFlags, readMethod } from "./gee-options.ts";
import { METHOD_HELP } from "./method-option.ts";
import { addModelOptions, gather, type ModelFlags } from "./model-options.ts";
import { printResult, type Streams, styleFor } from "./output.ts";
import { addSamplerOptions, readSamplingChoice, type SamplerFlags } from "./sampler-options.ts";
import { sampleModel } from "./sampling.ts";

interface CompareFlags extends ModelFlags, GeeFlags, SamplerFlags, ConfLevelFlags {
  readonly method: readonly string[];
}

export function compareCommand(streams: Streams): Command {
  const command = addSamplerOptions(
    addGeeOptions(addConfLevel(addModelOptions(new Command("compare").description(help.compare)))).option(
      "--method <method>",
      `${METHOD_HELP}; ${GEE_HELP}; repeatable (default: auto)`,
      gather,
      [],
    ),
  ).addHelpText("after", help.compareExamples);
  return command.action(async () => {
    const flags = command.opts<CompareFlags>();
    const issues: Issue[] = [];
    const names = flags.method.length > 0 ? [...new Set(flags.method)] : ["auto"];
    const methods = names.map((name) => collect(issues, () => readMethod(name, flags)));
    checkGeeFlags(names, flags, issues);
    const choice = readSamplingChoice(flags, issues);
    const level = readConfLevel(flags, issues);
    const declared = await declareModel(readArguments(command, issues), flags, choice.priors, issues);
    throwFaults(issues);
    const fits: Record<string, Fit> = {};
    for (const [i, method] of methods.entries()) {
      fits[names.length === 1 ? "ml" : names[i]!] = await fitModel(declared!, method!, streams, flags);
    }
    fits["bayes"] = await sampleModel(declared!, choice, streams, flags);
    const { rows, fits: summaries, long, text } = compareFits(fits, level, styleFor(streams));
    const warnings = Object.entries(fits).flatMap(([name, fit]) =>
      fit.warnings
        .filter(({ code }) => code !== "priors-ignored")
        .map(({ code, message }) => ({ code, message: `${name}: ${message}` })),
    );
    printResult(streams, { compare: flags.csv ? long : rows, fits: summaries }, text, warnings, flags);
  });
}
