/** `marginalia average`. */
import { Command } from "commander";
import * as messages from "../messages/cli.ts";
import type { Issue } from "../messages/issue.ts";
import { readArguments } from "./arguments.ts";
import { averageOver, checkGrid } from "./engine.ts";
import { addFitOrSampleOptions, checkBesideFit, type FitOrSampleFlags, fitOrSample } from "./fit-or-sample.ts";
import { addGridOptions, type GridFlags, readGrid } from "./grid-options.ts";
import { printResult, type Streams, styleFor } from "./output.ts";
import { oneOf } from "./value.ts";

export function averageCommand(streams: Streams): Command {
  const command = addGridOptions(addFitOrSampleOptions(new Command("average").description(messages.help.average)))
    .option("--score", "of an ordered response, average the expected number of its category, not the probabilities")
    .option(
      "--average-weights <what>",
      "what counts once in an average of binomial responses: rows of the data, or their trials",
      "rows",
    )
    .addHelpText("after", messages.help.averageExamples);
  return command.action(async () => {
    const flags = command.opts<
      FitOrSampleFlags & GridFlags & { readonly score?: boolean; readonly averageWeights: string }
    >();
    const issues: Issue[] = [];
    const path = readArguments(command, issues, flags.fit === undefined);
    checkBesideFit(command, issues);
    const { fit, checked: grid } = await fitOrSample(path, flags, streams, issues, (declared) => {
      const choice = readGrid(flags, issues);
      const weights = oneOf("--average-weights", flags.averageWeights, ["rows", "trials"] as const, issues);
      if (declared) checkGrid(declared, choice, issues);
      return { ...choice, weights: weights! };
    });
    const { rows, text, warnings } = averageOver(fit, { ...grid, score: flags.score ?? false }, styleFor(streams));
    printResult(streams, { average: rows }, text, [...fit.warnings, ...warnings], flags);
  });
}
