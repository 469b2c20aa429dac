/** `marginalia hypothesis`. */
import { Command } from "commander";
import { hypothesis } from "../compare/hypothesis.ts";
import { adjustments } from "../effects/adjust-contrasts.ts";
import * as messages from "../messages/cli.ts";
import { help } from "../messages/cli-help.ts";
import type { Issue } from "../messages/issue.ts";
import { readArguments } from "./arguments.ts";
import { addConfLevel, type ConfLevelFlags, readConfLevel } from "./conf-level.ts";
import { addDdf, type DdfFlags, readDdf } from "./ddf-option.ts";
import { addFitOrSampleOptions, checkBesideFit, type FitOrSampleFlags, fitOrSample } from "./fit-or-sample.ts";
import { addMargin, type MarginFlags, readMarginFlags } from "./margin-option.ts";
import { gather } from "./model-options.ts";
import { printResult, type Streams, styleFor } from "./output.ts";
import { oneOf } from "./value.ts";

interface HypothesisFlags extends FitOrSampleFlags, ConfLevelFlags, DdfFlags, MarginFlags {
  readonly hypothesis: readonly string[];
  readonly test?: string;
  readonly adjust?: string;
}

export function hypothesisCommand(streams: Streams): Command {
  const command = addMargin(
    addDdf(addConfLevel(addFitOrSampleOptions(new Command("hypothesis").description(help.hypothesis)))),
  )
    .option(
      "--hypothesis <text>",
      "arithmetic on parameters by their names in the table of the fit, with =, > or <: 'x1 - 2 * x2 = 0'; repeatable",
      gather,
      [],
    )
    .option(
      "--test <name>",
      "wald, or lrt: the likelihood ratio of the fit with the hypothesis as a constraint (default: wald)",
    )
    .option(
      "--adjust <name>",
      "p values and intervals for all hypotheses together: mvt, holm, bonferroni, sidak, fdr, scheffe or none",
    )
    .addHelpText("after", help.hypothesisExamples);
  return command.action(async () => {
    const flags = command.opts<HypothesisFlags>();
    const issues: Issue[] = [];
    const path = readArguments(command, issues, flags.fit === undefined);
    checkBesideFit(command, issues);
    if (flags.hypothesis.length === 0) issues.push(messages.missingHypothesis());
    const test = flags.test === undefined ? undefined : oneOf("--test", flags.test, ["wald", "lrt"] as const, issues);
    const adjust = flags.adjust === undefined ? undefined : oneOf("--adjust", flags.adjust, adjustments, issues);
    const options = {
      ...readConfLevel(flags, issues),
      ...readDdf(flags, issues),
      ...readMarginFlags(flags, issues),
      ...(test && { test }),
      ...(adjust && { adjust }),
    };
    const { fit } = await fitOrSample(path, flags, streams, issues, () => null);
    const found = hypothesis(fit, flags.hypothesis, options);
    const warnings = [...fit.warnings, ...found.warnings];
    printResult(streams, { hypothesis: found.rows }, found.toString(styleFor(streams)), warnings, flags);
  });
}
