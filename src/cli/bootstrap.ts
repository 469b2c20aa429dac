/** `marginalia bootstrap`. */
import { Command } from "commander";
import type { RefittableFit } from "../effects/bootstrap-statistic.ts";
import { type ClusterBootstrap, clusterBootstrap } from "../effects/cluster-bootstrap.ts";
import * as messages from "../messages/cli.ts";
import type { Issue } from "../messages/issue.ts";
import { readFit } from "../node/fit-file.ts";
import { writeWhole } from "../node/whole-file.ts";
import { workerExecutor } from "../node/worker-executor.ts";
import { jsonText } from "../report/csv.ts";
import { readArguments } from "./arguments.ts";
import { collect, collectAsync, throwFaults } from "./collect.ts";
import { addConfLevel, type ConfLevelFlags, readConfLevel } from "./conf-level.ts";
import { declareModel } from "./engine.ts";
import { BESIDE_FIT, checkBeside } from "./fit-or-sample.ts";
import { fitModel } from "./fitting.ts";
import { addGeeOptions, checkGeeFlags, GEE_HELP, type GeeFlags, readMethod } from "./gee-options.ts";
import { untilInterrupted } from "./interruption.ts";
import { METHOD_HELP } from "./method-option.ts";
import { addModelOptions, type ModelFlags } from "./model-options.ts";
import { printResult, type Streams, styleFor } from "./output.ts";
import { checkOutputs } from "./outputs.ts";
import { createStatus } from "./progress.ts";
import { count, oneOf } from "./value.ts";

interface BootstrapFlags extends ModelFlags, GeeFlags, ConfLevelFlags {
  readonly method: string;
  readonly fit?: string;
  readonly draws?: string;
  readonly resamples?: string;
  readonly seed?: string;
  readonly cluster?: string;
  readonly statistic: string;
  readonly save?: string;
  readonly workers?: string;
}

const STATISTICS = ["coefficients", "parameters"] as const;

/** The options that declare a model and say how it is fitted, or name the file of a fit. */
function addFitOptions(command: Command): Command {
  return addGeeOptions(addModelOptions(command))
    .option("--fit <file>", "use the fit that 'fit --save' wrote, instead of a table and a formula")
    .option("--method <method>", `${METHOD_HELP}; ${GEE_HELP}`, "auto");
}

export function bootstrapCommand(streams: Streams): Command {
  const command = addConfLevel(addFitOptions(new Command("bootstrap").description(messages.help.bootstrap)))
    .option("--draws <count>", "number of resamples (default: 999)")
    .option("--resamples <count>", "the same as --draws")
    .option("--seed <text>", "the same seed gives the same resamples (default: 1)")
    .option(
      "--cluster <column>",
      "the clusters, a column or the combinations of several, as center:id (default: the clusters of gee, the grouping factor, the groups of --correlation)",
    )
    .option("--statistic <what>", "coefficients, or parameters (variances and correlations too)", "coefficients")
    .option("--workers <count>", "split the resamples over worker threads; the numbers are the same (default: none)")
    .option("--save <file>", "write the table and the estimates of every resample to a JSON file")
    .addHelpText("after", messages.help.bootstrapExamples);
  return command.action(async () => {
    const flags = command.opts<BootstrapFlags>();
    const issues: Issue[] = [];
    const path = readArguments(command, issues, flags.fit === undefined);
    checkOutputs({ "--save": flags.save }, [path, flags.fit], issues);
    checkBeside("fit", command, addFitOptions(new Command()), BESIDE_FIT, issues);
    const statistic = oneOf("--statistic", flags.statistic, STATISTICS, issues);
    if (flags.draws !== undefined && flags.resamples !== undefined)
      issues.push(messages.sameFlag("--draws", "--resamples"));
    const resamples = count("--draws", flags.draws, 1, issues) ?? count("--resamples", flags.resamples, 1, issues);
    const workers = count("--workers", flags.workers, 1, issues);
    const level = readConfLevel(flags, issues);
    const fit =
      flags.fit === undefined ? await fitOf(path, flags, streams, issues) : await readRefittable(flags.fit, issues);
    throwFaults(issues);
    const status = createStatus(streams.terminal && !flags.json);
    const boot = await untilInterrupted((signal) =>
      clusterBootstrap(fit!, {
        seed: flags.seed ?? "1",
        ...(statistic && { statistic }),
        ...(resamples !== undefined && { draws: resamples }),
        ...level,
        ...(flags.cluster !== undefined && { cluster: flags.cluster }),
        ...(workers !== undefined && { executor: workerExecutor({ threads: workers }) }),
        signal,
        onProgress: ({ done, resamples: all }) => status.show(messages.bootstrapStatus(done, all)),
      }),
    ).finally(() => status.stop());
    if (flags.save !== undefined) save(flags.save, boot);
    const { rows, kept, failures, clusters } = boot;
    // the text has the bootstrap's own warnings
    const warnings = flags.json || flags.csv ? [...fit!.warnings, ...boot.warnings] : fit!.warnings;
    const tables = { bootstrap: rows, kept, failures, clusters };
    printResult(streams, tables, boot.toString(styleFor(streams)), warnings, flags);
  });
}

/** Fits the declaration of the flags; undefined with its faults added to `issues`. */
async function fitOf(path: string | undefined, flags: BootstrapFlags, streams: Streams, issues: Issue[]) {
  const method = collect(issues, () => readMethod(flags.method, flags));
  checkGeeFlags([flags.method], flags, issues);
  const declared = await declareModel(path, flags, null, issues);
  return issues.length === 0 ? fitModel(declared!, method!, streams, flags) : undefined;
}

async function readRefittable(file: string, issues: Issue[]): Promise<RefittableFit | undefined> {
  const fit = await collectAsync(issues, () => readFit(file));
  if (fit?.kind !== "posterior") return fit;
  issues.push(messages.posteriorBootstrap(file));
  return undefined;
}

function save(path: string, boot: ClusterBootstrap): void {
  const { rows, names, replicates, kept, failures, clusters, warnings } = boot;
  const estimates = Array.from({ length: kept }, (_, b) =>
    replicates.subarray(b * names.length, (b + 1) * names.length),
  );
  const saved = { rows, names, replicates: estimates, kept, failures, clusters, warnings };
  writeWhole([path, `${jsonText(saved)}\n`]);
}
