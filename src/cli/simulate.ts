/** `marginalia simulate`. */
import { Command } from "commander";
import type { Issue } from "../messages/issue.ts";
import * as messages from "../messages/study-commands.ts";
import { workInDirectory } from "../node/run-study.ts";
import { directoryStatus } from "../node/study/directory-status.ts";
import { loadStudy } from "../node/study/load-study.ts";
import { readArguments } from "./arguments.ts";
import { throwFaults } from "./collect.ts";
import { untilInterrupted } from "./interruption.ts";
import { printResult, type Streams } from "./output.ts";
import { createStatus } from "./progress.ts";
import { readRule, readSeconds, readShard, withOwnFaults } from "./study-options.ts";
import { count } from "./value.ts";

interface SimulateFlags {
  readonly dir?: string;
  readonly study?: string;
  readonly replications?: string;
  readonly workers?: string;
  readonly shard?: string;
  readonly stopWhen?: string;
  readonly chunkSize?: string;
  readonly timeout?: string;
  readonly json?: boolean;
}

export function simulateCommand(streams: Streams): Command {
  const command = new Command("simulate")
    .description(messages.studyHelp.simulate)
    .argument("[study]", messages.studyHelp.module)
    .option("--dir <directory>", "where results are kept, a Parquet file a chunk; a run goes on from what is there")
    .option("--study <name>", "which study of a module that has several")
    .option("--replications <count>", "data sets a scenario (default: what the study says)")
    .option("--workers <count>", "worker threads; the results are the same (default: none)")
    .option("--shard <part>", "which part of the work to take first, as 3/100, then what others have left")
    .option(
      "--stop-when <rule>",
      "largest Monte Carlo errors that are small enough, as coverage=0.005,bias=0.01; none lifts the directory's",
    )
    .option("--chunk-size <count>", "replicates a chunk at most (default: what takes some 20 seconds)")
    .option("--timeout <seconds>", "stop a method that takes longer, and keep that as a failure (default: none)")
    .option("--json", "print one JSON object on stdout")
    .addHelpText("after", messages.studyHelp.simulateExamples);
  return command.action(async () => {
    const flags = command.opts<SimulateFlags>();
    const issues: Issue[] = [];
    const path = readArguments(command, issues, true, messages.noStudyNamed);
    const { dir } = flags;
    if (dir === undefined) issues.push(messages.needsDirectory());
    const replications = count("--replications", flags.replications, 1, issues);
    const workers = count("--workers", flags.workers, 1, issues);
    const chunkSize = count("--chunk-size", flags.chunkSize, 1, issues);
    const timeout = readSeconds("--timeout", flags.timeout, issues);
    const shard = readShard(flags.shard, issues);
    const stopWhen = readRule(flags.stopWhen, issues);
    throwFaults(issues);
    const { study, url } = await loadStudy(path!, flags.study);
    const status = createStatus(streams.terminal && !flags.json);
    const notes = await untilInterrupted((signal) =>
      withOwnFaults(() =>
        workInDirectory(
          study,
          {
            dir: dir!,
            module: url,
            signal,
            replications,
            workers,
            chunkSize,
            timeout,
            shard,
            stopWhen,
            onProgress: (progress) => status.show(messages.simulateStatus(progress)),
          },
          shard === undefined,
        ),
      ),
    ).finally(() => status.stop());
    const { scenarios, done, total, failed } = await directoryStatus(dir!);
    const stopped = scenarios.flatMap(({ scenario, stopped: at }) => (at === null ? [] : [[scenario, at] as const]));
    const text = [
      ...notes,
      messages.simulated(dir!, done, total, failed),
      ...(stopped.length > 0 ? [messages.stoppedAt(stopped)] : []),
    ].join("\n");
    const tables = { study: study.name, dir, done, total, failed, stopped: Object.fromEntries(stopped), notes };
    printResult(streams, tables, text, [], flags);
  });
}
