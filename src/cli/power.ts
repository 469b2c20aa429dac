/** `marginalia power`. */
import { Command } from "commander";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import type { FitMethod } from "../frequentist/method.ts";
import * as messages from "../messages/cli.ts";
import { help } from "../messages/cli-help.ts";
import type { Issue } from "../messages/issue.ts";
import type { Model } from "../model-builder.ts";
import { responseColumn } from "../studies/placeholder-response.ts";
import { type PowerOptions, power } from "../studies/power.ts";
import { powerTests } from "../studies/power-test.ts";
import type { DataGeneratingMechanism } from "../studies/scenario.ts";
import { readArguments } from "./arguments.ts";
import { parseAssignment } from "./assignment.ts";
import { collect, collectAsync, throwFaults } from "./collect.ts";
import { addConfLevel, type ConfLevelFlags, readConfLevel } from "./conf-level.ts";
import { readModel } from "./engine.ts";
import { untilInterrupted } from "./interruption.ts";
import { METHOD_HELP, parseMethod } from "./method-option.ts";
import { addModelOptions, gather, type ModelFlags } from "./model-options.ts";
import { printResult, type Streams, styleFor } from "./output.ts";
import { createStatus } from "./progress.ts";
import { count, oneOf, proportion } from "./value.ts";

interface PowerFlags extends ModelFlags, ConfLevelFlags {
  readonly parameter: readonly string[];
  readonly test?: string;
  readonly by?: string;
  readonly method?: string;
  readonly along?: string;
  readonly solve?: string;
  readonly within?: boolean;
  readonly target?: string;
  readonly replications?: string;
  readonly alpha?: string;
  readonly seed?: string;
}

export function powerCommand(streams: Streams): Command {
  const command = addConfLevel(addModelOptions(new Command("power").description(help.power)))
    .option(
      "--parameter <name=value>",
      "a true value by its name in the table of a fit; of a table without the response all of them; repeatable",
      gather,
      [],
    )
    .option("--test <name>", "a coefficient or a term of the mean (default: the one term)")
    .option("--by <name>", `${powerTests.join(", ")} (default: satterthwaite for linear models, else wald)`)
    .option("--method <method>", `how data are fitted: ${METHOD_HELP}`)
    .option("--along <column=sizes>", "power at these numbers of levels: g=20,40,80")
    .option("--solve <column=least,largest>", "the number of levels with the power --target: g=10,500")
    .option("--within", "--along and --solve are of rows within each level")
    .option("--target <power>", "the power that --solve looks for (default: 0.8)")
    .option("--replications <count>", "data sets at each size, or in all with --solve (default: 1000)")
    .option("--alpha <level>", "level of the test (default: 0.05)")
    .option("--seed <text>", "the same seed gives the same data (default: power)")
    .addHelpText("after", help.powerExamples);
  return command.action(async () => {
    const flags = command.opts<PowerFlags>();
    const issues: Issue[] = [];
    const path = readArguments(command, issues);
    const options = readPowerOptions(flags, issues);
    const parameters = readNumbers("--parameter", flags.parameter, "arm=0.5", issues);
    const declared = await readModel(path, flags, null, issues);
    throwFaults(issues);
    const mechanism = await collectAsync(issues, () =>
      mechanismFrom(declared!, parameters, options.method as FitMethod | undefined),
    );
    throwFaults(issues);
    const status = createStatus(streams.terminal && !flags.json);
    const found = await untilInterrupted((signal) =>
      power(mechanism!, {
        ...options,
        signal,
        onProgress: ({ done, total, failed }) => status.show(messages.powerStatus(done, total, failed)),
      }),
    ).finally(() => status.stop());
    const { rows, solution, test, alpha, warnings } = found;
    const tables = { power: rows, test, alpha, ...(solution && { solution }) };
    printResult(streams, tables, found.toString(styleFor(streams)), warnings, flags);
  });
}

function readPowerOptions(flags: PowerFlags, issues: Issue[]): PowerOptions {
  const by = flags.by === undefined ? undefined : oneOf("--by", flags.by, powerTests, issues);
  const { method: text } = flags;
  const method = text === undefined ? undefined : collect(issues, () => parseMethod(text));
  if (flags.along !== undefined && flags.solve !== undefined) issues.push(messages.twoFlags("--along", "--solve"));
  const sizes = (flag: string, text: string | undefined) => {
    if (text === undefined) return undefined;
    const asked = collect(issues, () => parseAssignment(flag, text, "g=20,40"));
    const found = asked && { [asked.name]: asked.values.map(Number) };
    return found && (flags.within ? { within: found } : found);
  };
  const along = sizes("--along", flags.along);
  const solveFor = sizes("--solve", flags.solve) as PowerOptions["solveFor"];
  const target = proportion("--target", flags.target, issues);
  const alpha = proportion("--alpha", flags.alpha, issues);
  const replications = count("--replications", flags.replications, 1, issues);
  return {
    ...readConfLevel(flags, issues),
    ...(flags.test !== undefined && { test: flags.test }),
    ...(by && { by }),
    ...(method && { method }),
    ...(along && { along }),
    ...(solveFor && { solveFor }),
    ...(target !== undefined && { target: { power: target } }),
    ...(alpha !== undefined && { alpha }),
    ...(replications !== undefined && { replications }),
    ...(flags.seed !== undefined && { seed: flags.seed }),
  };
}

function readNumbers(flag: string, texts: readonly string[], example: string, issues: Issue[]): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const text of texts) {
    const found = collect(issues, () => parseAssignment(flag, text, example));
    if (!found) continue;
    const value = found.values.length === 1 ? Number(found.values[0]) : Number.NaN;
    if (Number.isNaN(value)) issues.push(messages.notANumberFlag(flag, found.name, found.values.join(",")));
    else if (Object.hasOwn(numbers, found.name)) issues.push(messages.repeatedName(flag, found.name));
    else numbers[found.name] = value;
  }
  return numbers;
}

/** Of a table with the response a pilot fit, some parameters changed; without it the parameters alone. */
async function mechanismFrom(
  declared: Model,
  parameters: Readonly<Record<string, number>>,
  method: FitMethod | undefined,
): Promise<DataGeneratingMechanism | MaximumLikelihood<Model>> {
  if (!declared.table().names.includes(responseColumn(declared.spec))) return { model: declared, parameters };
  const pilot = await declared.fit(method);
  return Object.keys(parameters).length === 0 ? pilot : pilot.with(parameters);
}
