/** `marginalia bootstrap`. */

import { readFileSync } from "node:fs";
import { Command } from "commander";
import { type Bootstrap, type BootstrapProgress, bootstrap } from "../effects/bootstrap/bootstrap.ts";
import { bootstrapKinds } from "../effects/bootstrap/plan.ts";
import type { BootstrapRecord } from "../effects/bootstrap/record.ts";
import type { RefittableFit } from "../effects/bootstrap-statistic.ts";
import { resampleIntervals } from "../estimates/resample-intervals.ts";
import { noRecord } from "../messages/bootstrap.ts";
import * as messages from "../messages/cli.ts";
import { help } from "../messages/cli-help.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { readFit } from "../node/fit-file.ts";
import { readFault } from "../node/read-fault.ts";
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
  readonly kind: string;
  readonly cluster?: string;
  readonly within?: string;
  readonly randomEffects?: string;
  readonly interval: string;
  readonly statistic: string;
  readonly checkpoint?: string;
  readonly resume?: string;
  readonly save?: string;
  readonly workers?: string;
}

const STATISTICS = ["parameters", "coefficients"] as const;
const EFFECTS = ["new", "fitted"] as const;

/** The options that declare a model and say how it is fitted, or name the file of a fit. */
function addFitOptions(command: Command): Command {
  return addGeeOptions(addModelOptions(command))
    .option("--fit <file>", "use the fit that 'fit --save' wrote, instead of a table and a formula")
    .option("--method <method>", `${METHOD_HELP}; ${GEE_HELP}`, "auto");
}

export function bootstrapCommand(streams: Streams): Command {
  const command = addConfLevel(addFitOptions(new Command("bootstrap").description(help.bootstrap)))
    .option(
      "--kind <name>",
      "cluster: whole clusters; parametric: responses simulated from the fit; nested: clusters, then rows or --within; residual: effects and residuals, reflated; weights: clusters weighted at random",
      "cluster",
    )
    .option("--draws <count>", "number of resamples (default: 999)")
    .option("--resamples <count>", "the same as --draws")
    .option("--seed <text>", "the same seed gives the same resamples (default: 1)")
    .option(
      "--cluster <column>",
      "the clusters, a column or the combinations of several, as center:id (default: the clusters of gee, the grouping factor, the groups of --correlation)",
    )
    .option("--within <column>", "what --kind nested draws within clusters, with all its rows (default: single rows)")
    .option(
      "--random-effects <which>",
      "of --kind parametric and residual: new, drawn for every resample, or those of the fitted groups (default: new)",
    )
    .option("--interval <names>", `${resampleIntervals.join(", ")}; or several, separated by commas`, "percentile")
    .option("--statistic <what>", "parameters, or coefficients alone", "parameters")
    .option("--workers <count>", "split the resamples over worker threads; the numbers are the same (default: none)")
    .option("--checkpoint <file>", "keep what is done in a file, to take it up again with --resume")
    .option("--resume <file>", "do not do again what the checkpoint of the same bootstrap has done")
    .option("--save <file>", "write the table and the estimates of every resample to a JSON file")
    .addHelpText("after", help.bootstrapExamples);
  return command.action(async () => {
    const flags = command.opts<BootstrapFlags>();
    const issues: Issue[] = [];
    const path = readArguments(command, issues, flags.fit === undefined);
    checkOutputs({ "--save": flags.save, "--checkpoint": flags.checkpoint }, [path, flags.fit], issues);
    checkBeside("fit", command, addFitOptions(new Command()), BESIDE_FIT, issues);
    const kind = oneOf("--kind", flags.kind, bootstrapKinds, issues);
    const statistic = oneOf("--statistic", flags.statistic, STATISTICS, issues);
    const effects =
      flags.randomEffects === undefined ? undefined : oneOf("--random-effects", flags.randomEffects, EFFECTS, issues);
    const interval = flags.interval
      .split(",")
      .map((name) => oneOf("--interval", name.trim(), resampleIntervals, issues))
      .flatMap((name) => (name === undefined ? [] : [name]));
    if (flags.draws !== undefined && flags.resamples !== undefined)
      issues.push(messages.sameFlag("--draws", "--resamples"));
    const resamples = count("--draws", flags.draws, 1, issues) ?? count("--resamples", flags.resamples, 1, issues);
    const workers = count("--workers", flags.workers, 1, issues);
    const level = readConfLevel(flags, issues);
    const resume = flags.resume === undefined ? undefined : readRecord(flags.resume, issues);
    const fit =
      flags.fit === undefined ? await fitOf(path, flags, streams, issues) : await readRefittable(flags.fit, issues);
    throwFaults(issues);
    const status = createStatus(streams.terminal && !flags.json);
    const checkpoint = checkpoints(flags.checkpoint);
    const boot = await untilInterrupted((signal) =>
      bootstrap(fit!, {
        ...(kind && { kind }),
        seed: flags.seed ?? "1",
        interval,
        ...(statistic && { statistic }),
        ...(resamples !== undefined && { draws: resamples }),
        ...level,
        ...(flags.cluster !== undefined && { cluster: flags.cluster }),
        ...(flags.within !== undefined && { within: flags.within }),
        ...(effects && { randomEffects: effects }),
        ...(resume && { resume }),
        ...(workers !== undefined && { executor: workerExecutor({ threads: workers }) }),
        signal,
        onProgress(progress) {
          status.show(messages.bootstrapStatus(progress.done, progress.total));
          checkpoint.keep(progress);
        },
      }),
    ).finally(() => {
      status.stop();
      checkpoint.write();
    });
    if (flags.save !== undefined) save(flags.save, boot);
    const { rows, kept, failures, clusters } = boot;
    // the text has the bootstrap's own warnings
    const warnings = flags.json || flags.csv ? [...fit!.warnings, ...boot.warnings] : fit!.warnings;
    const tables = { bootstrap: rows, kept, failures, clusters };
    printResult(streams, tables, boot.toString(styleFor(streams)), warnings, flags);
  });
}

/** Milliseconds between checkpoints. */
const BETWEEN_CHECKPOINTS = 5000;

/** Keeps the record of a run in a file, now and then and when it ends, whichever way. */
function checkpoints(file: string | undefined) {
  let latest: BootstrapProgress | undefined;
  let written = performance.now();
  const write = () => {
    if (file === undefined || !latest) return;
    writeWhole([file, `${JSON.stringify(latest.record())}\n`]);
    written = performance.now();
  };
  return {
    write,
    keep(progress: BootstrapProgress) {
      latest = progress;
      if (performance.now() - written > BETWEEN_CHECKPOINTS) write();
    },
  };
}

/** Undefined with its faults added to `issues`. */
function readRecord(file: string, issues: Issue[]): BootstrapRecord | undefined {
  return collect(issues, () => {
    try {
      return JSON.parse(readFileSync(file, "utf8")) as BootstrapRecord;
    } catch (error) {
      if (error instanceof SyntaxError) throw new DeclarationError([noRecord()]);
      throw new DeclarationError([readFault(file, error as NodeJS.ErrnoException)]);
    }
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

function save(path: string, boot: Bootstrap): void {
  const { rows, names, replicates, kept, failures, clusters, warnings } = boot;
  const estimates = Array.from({ length: kept }, (_, b) =>
    replicates.subarray(b * names.length, (b + 1) * names.length),
  );
  const saved = { rows, names, replicates: estimates, kept, failures, clusters, warnings };
  writeWhole([path, `${jsonText(saved)}\n`]);
}
