/** `marginalia anova`. */
import { Command } from "commander";
import { anova } from "../compare/anova.ts";
import * as messages from "../messages/cli.ts";
import { help } from "../messages/cli-help.ts";
import type { Issue } from "../messages/issue.ts";
import { workerExecutor } from "../node/worker-executor.ts";
import { readArguments } from "./arguments.ts";
import { collect, throwFaults } from "./collect.ts";
import { addDdf, type DdfFlags, readDdf } from "./ddf-option.ts";
import { declareModel } from "./engine.ts";
import { fitModel } from "./fitting.ts";
import { METHOD_HELP, parseMethod } from "./method-option.ts";
import { addModelOptions, type ModelFlags } from "./model-options.ts";
import { printResult, type Streams, styleFor } from "./output.ts";
import { count, oneOf } from "./value.ts";

interface AnovaFlags extends ModelFlags, DdfFlags {
  readonly method: string;
  readonly null?: string;
  readonly type?: string;
  readonly test?: string;
  readonly draws?: string;
  readonly resamples?: string;
  readonly seed?: string;
  readonly workers?: string;
}

const TYPES = ["2", "3"] as const;
const TESTS = ["lrt", "bootstrap", "kenward-roger", "exact"] as const;

export function anovaCommand(streams: Streams): Command {
  const command = addDdf(addModelOptions(new Command("anova").description(help.anova)))
    .option("--method <method>", METHOD_HELP, "auto")
    .option("--type <number>", "test each term given the others that do not contain it (2) or given all others (3)")
    .option("--null <formula>", "test the model of --formula against this one, nested in it")
    .option(
      "--test <name>",
      "with --null: lrt (likelihood ratio), bootstrap (parametric), kenward-roger (F, of REML fits) or exact (one variance, REML) (default: lrt)",
    )
    .option("--draws <count>", "simulated statistics (default: 1000 of the bootstrap, 10000 of the exact test)")
    .option("--resamples <count>", "the same as --draws")
    .option("--seed <text>", "the same seed gives the same draws (default: 1)")
    .option(
      "--workers <count>",
      "split the refits of the bootstrap over worker threads; the numbers are the same (default: none)",
    )
    .addHelpText("after", help.anovaExamples);
  return command.action(async () => {
    const flags = command.opts<AnovaFlags>();
    const issues: Issue[] = [];
    const method = collect(issues, () => parseMethod(flags.method));
    const ddf = readDdf(flags, issues);
    const type = oneOf("--type", flags.type ?? "3", TYPES, issues);
    const test = oneOf("--test", flags.test ?? "lrt", TESTS, issues);
    if (flags.draws !== undefined && flags.resamples !== undefined)
      issues.push(messages.sameFlag("--draws", "--resamples"));
    const draws = count("--draws", flags.draws, 1, issues) ?? count("--resamples", flags.resamples, 1, issues);
    const workers = count("--workers", flags.workers, 1, issues);
    refuseUnused(flags, issues);
    const path = readArguments(command, issues);
    const declared = await declareModel(path, flags, null, issues);
    if (flags.null === undefined) {
      throwFaults(issues);
      const fit = await fitModel(declared!, method!, streams, flags);
      if (fit.kind !== "ml") return;
      const tests = anova(fit, { type: Number(type) as 2 | 3, ...ddf });
      const all = [...fit.warnings, ...tests.warnings];
      printResult(streams, { anova: tests.rows }, tests.toString(styleFor(streams)), all, flags);
      return;
    }
    const smaller = await declareModel(path, { ...flags, formula: flags.null }, null, issues);
    throwFaults(issues);
    const [small, large] = [
      await fitModel(smaller!, method!, streams, flags),
      await fitModel(declared!, method!, streams, flags),
    ];
    const fits = { null: small, model: large };
    if (test !== "lrt") {
      const simulation = {
        ...(draws !== undefined && { draws }),
        ...(flags.seed !== undefined && { seed: flags.seed }),
      };
      const answer =
        workers !== undefined
          ? await anova(fits, { test: "bootstrap", ...simulation, executor: workerExecutor({ threads: workers }) })
          : anova(fits, { test: test!, ...simulation });
      const all = [...small.warnings, ...large.warnings, ...answer.warnings];
      printResult(streams, { anova: answer.rows, draws: answer.draws }, answer.toString(styleFor(streams)), all, flags);
      return;
    }
    const table = anova(fits);
    printResult(
      streams,
      { anova: table.rows.map(({ Chisq, Df, ...row }) => ({ ...row, statistic: Chisq, df: Df })) },
      table.toString(styleFor(streams)),
      [...small.warnings, ...large.warnings, ...table.warnings],
      flags,
    );
  });
}

/** Flags that the tests asked for do not read. */
function refuseUnused(flags: AnovaFlags, issues: Issue[]): void {
  const { null: smaller, type, ddf, test } = flags;
  const simulation = (["draws", "resamples", "seed"] as const).filter((name) => flags[name] !== undefined);
  if (smaller === undefined) {
    if (test !== undefined) issues.push(messages.withoutOption("--test", ["--null"]));
    for (const name of [...simulation, ...(flags.workers === undefined ? [] : (["workers"] as const))])
      issues.push(messages.withoutOption(`--${name}`, ["--null"]));
    return;
  }
  if (type !== undefined) issues.push(messages.besideOption("--type", "--null"));
  if (ddf !== undefined) issues.push(messages.besideOption("--ddf", "--null"));
  if (flags.robust !== undefined) issues.push(messages.besideOption("--robust", "--null"));
  if (flags.workers !== undefined && test !== "bootstrap")
    issues.push(messages.withoutOption("--workers", ["--test bootstrap"]));
  if (test === "bootstrap" || test === "exact") return;
  for (const name of simulation) issues.push(messages.withoutOption(`--${name}`, ["--test bootstrap", "--test exact"]));
}
