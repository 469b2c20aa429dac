/** `marginalia drop1` and `marginalia add1`. */
import { Command } from "commander";
import { add1, drop1, type TermChanges, termChangeTests } from "../compare/drop-add.ts";
import * as messages from "../messages/cli.ts";
import { help } from "../messages/cli-help.ts";
import type { Issue } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import { readArguments } from "./arguments.ts";
import { addFitOrSampleOptions, checkBesideFit, type FitOrSampleFlags, fitOrSample } from "./fit-or-sample.ts";
import { printResult, type Streams, styleFor } from "./output.ts";
import { count, oneOf } from "./value.ts";

interface TermChangeFlags extends FitOrSampleFlags {
  readonly test?: string;
  readonly resamples?: string;
  readonly scope?: string;
}

export const drop1Command = (streams: Streams): Command =>
  termChangeCommand("drop1", streams).addHelpText("after", help.drop1Examples);

export const add1Command = (streams: Streams): Command =>
  termChangeCommand("add1", streams)
    .option("--scope <formula>", "the terms to add, a dot standing for those of the model: '~ . + x * z'")
    .addHelpText("after", help.add1Examples);

function termChangeCommand(name: "drop1" | "add1", streams: Streams): Command {
  const command = addFitOrSampleOptions(new Command(name).description(help[name]))
    .option(
      "--test <name>",
      "lrt (likelihood ratio; default of ml), satterthwaite (F; default of reml), kenward-roger, wald (default of gee), bootstrap or none (AIC alone)",
    )
    .option("--resamples <count>", "simulated statistics of each term with --test bootstrap (default: 1000)");
  return command.action(async () => {
    const flags = command.opts<TermChangeFlags>();
    const issues: Issue[] = [];
    const path = readArguments(command, issues, flags.fit === undefined);
    checkBesideFit(command, issues);
    const test = flags.test === undefined ? undefined : oneOf("--test", flags.test, termChangeTests, issues);
    const draws = count("--resamples", flags.resamples, 1, issues);
    if (draws !== undefined && test !== "bootstrap")
      issues.push(messages.withoutOption("--resamples", ["--test bootstrap"]));
    if (name === "add1" && flags.scope === undefined) issues.push(messages.missingScope());
    const { fit } = await fitOrSample(path, flags, streams, issues, () => null);
    const options = {
      ...(test && { test }),
      ...(draws !== undefined && { draws }),
      ...(test === "bootstrap" && flags.seed !== undefined && { seed: flags.seed }),
    };
    const found: TermChanges = name === "drop1" ? drop1(fit as Fit, options) : add1(fit, flags.scope!, options);
    const warnings = [...fit.warnings, ...found.warnings];
    printResult(streams, { [name]: found.rows }, found.toString(styleFor(streams)), warnings, flags);
  });
}
