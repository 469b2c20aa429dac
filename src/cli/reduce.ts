/** `marginalia reduce`. */
import { Command } from "commander";
import { type ReduceRandomOptions, reduceRandom, reductionCriteria } from "../compare/reduce-random.ts";
import * as messages from "../messages/cli.ts";
import { help } from "../messages/cli-help.ts";
import type { Issue } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import { readArguments } from "./arguments.ts";
import { addFitOrSampleOptions, checkBesideFit, type FitOrSampleFlags, fitOrSample } from "./fit-or-sample.ts";
import { printResult, type Streams, styleFor } from "./output.ts";
import { oneOf, proportion } from "./value.ts";

interface ReduceFlags extends FitOrSampleFlags {
  readonly criterion?: string;
  readonly alpha?: string;
  readonly keepSingular?: boolean;
}

export function reduceCommand(streams: Streams): Command {
  const command = addFitOrSampleOptions(new Command("reduce").description(help.reduce))
    .option("--criterion <name>", "LRT (likelihood-ratio tests), AIC or BIC (default: LRT)")
    .option("--alpha <level>", "with LRT: what has a p value above it is left out (default: 0.05)")
    .option("--keep-singular", "treat singular fits as others, instead of reducing them first")
    .addHelpText("after", help.reduceExamples);
  return command.action(async () => {
    const flags = command.opts<ReduceFlags>();
    const issues: Issue[] = [];
    const path = readArguments(command, issues, flags.fit === undefined);
    checkBesideFit(command, issues);
    const criterion =
      flags.criterion === undefined ? undefined : oneOf("--criterion", flags.criterion, reductionCriteria, issues);
    const alpha = proportion("--alpha", flags.alpha, issues);
    if (alpha !== undefined && criterion !== undefined && criterion !== "LRT")
      issues.push(messages.withoutOption("--alpha", ["--criterion LRT"]));
    const { fit } = await fitOrSample(path, flags, streams, issues, () => null);
    const options: ReduceRandomOptions = {
      ...(criterion && { criterion }),
      ...(alpha !== undefined && { alpha }),
      ...(flags.keepSingular && { singular: "keep" as const }),
    };
    const found = reduceRandom(fit as Fit, options);
    const { rows, formula } = found;
    const warnings = [...fit.warnings, ...found.warnings];
    printResult(streams, { reduce: rows, formula }, found.toString(styleFor(streams)), warnings, flags);
  });
}
