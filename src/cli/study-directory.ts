/** `marginalia status`, `collect`, `performance` and `retry`: what is done with the directory of a study. */
import { createHash } from "node:crypto";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import * as messages from "../messages/study-commands.ts";
import { rowsToParquet } from "../node/study/chunk-file.ts";
import { scenarioResults } from "../node/study/directory-results.ts";
import { directoryStatus, setAsideFailures } from "../node/study/directory-status.ts";
import { chunkFolder } from "../node/study/study-directory.ts";
import { writeWhole } from "../node/whole-file.ts";
import { csvText } from "../report/csv.ts";
import { formatColumn } from "../report/format-number.ts";
import { textTable } from "../report/text-table.ts";
import { measureNames } from "../studies/measures.ts";
import {
  type PairedDifferenceOptions,
  type PerformanceRow,
  pairedDifferences,
  performance,
  performanceTable,
} from "../studies/performance.ts";
import type { ReplicateRow } from "../studies/replicate-row.ts";
import { readArguments } from "./arguments.ts";
import { throwFaults } from "./collect.ts";
import { addConfLevel, type ConfLevelFlags, readConfLevel } from "./conf-level.ts";
import { printResult, type Streams, styleFor } from "./output.ts";
import { checkOutputs } from "./outputs.ts";
import { addStudyOutput, type StudyOutput } from "./study-options.ts";
import { oneOf, proportion } from "./value.ts";

const ofDirectory = (name: string, help: string) =>
  new Command(name).description(help).argument("[dir]", messages.studyHelp.dir);

/** The directory; throws every fault found so far. */
function readDirectory(command: Command, issues: Issue[]): string {
  const dir = readArguments(command, issues, true, () => messages.noDirectoryNamed(command.name()));
  throwFaults(issues);
  return dir!;
}

export function statusCommand(streams: Streams): Command {
  const command = addStudyOutput(ofDirectory("status", messages.studyHelp.status));
  return command.action(async () => {
    const dir = readDirectory(command, []);
    const { manifest, ...status } = await directoryStatus(dir);
    const { scenarios, done, total, failed, open, damaged, lost, study } = status;
    const table = [
      { header: "scenario", cells: scenarios.map(({ scenario }) => scenario), align: "left" as const },
      ...(["done", "total", "failed"] as const).map((name) => ({
        header: name,
        cells: scenarios.map((one) => String(one[name])),
      })),
      { header: "seconds", cells: formatColumn(scenarios.map(({ seconds }) => seconds)) },
    ];
    const style = styleFor(streams);
    const text = [
      style(`Study ${study}: ${done} of ${total} data sets, ${failed} failed results`, "title"),
      ...textTable(table, style),
      "",
      "seconds: of a data set, all methods together.",
      ...messages.statusNotes(open, damaged.length, lost),
    ].join("\n");
    const { node, platform, stopWhen } = manifest;
    printResult(streams, { ...status, stopWhen, node, platform }, text, [], command.opts<StudyOutput>());
  });
}

export function collectCommand(streams: Streams): Command {
  const command = ofDirectory("collect", messages.studyHelp.collect)
    .option("--parquet <file>", "write them to a Parquet file")
    .option("--csv", "print them as CSV on stdout")
    .option("--json", "print them as JSON on stdout")
    .addHelpText("after", messages.studyHelp.collectExamples);
  return command.action(async () => {
    const { parquet, csv, json } = command.opts<StudyOutput & { readonly parquet?: string }>();
    const issues: Issue[] = [];
    checkOutputs({ "--parquet": parquet }, [], issues);
    if (!csv && !json && parquet === undefined) issues.push(messages.noOutputOfCollect());
    const dir = readDirectory(command, issues);
    if (parquet !== undefined && dirname(resolve(parquet)) === resolve(chunkFolder(dir)))
      throw new DeclarationError([messages.amongChunks(parquet)]);
    const hash = createHash("sha256");
    const kept: ReplicateRow[] = [];
    let count = 0;
    for await (const { rows } of scenarioResults(dir)) {
      for (const row of rows) hash.update(JSON.stringify(Object.values(row)));
      // names of columns stand in the first line alone
      if (csv && rows.length > 0) streams.out(count === 0 ? csvText(rows) : csvText(rows).replace(/^[^\n]*\n/, ""));
      if (json || parquet !== undefined) for (const row of rows) kept.push(row);
      count += rows.length;
    }
    if (count === 0) throw new DeclarationError([messages.noResultsYet(dir)]);
    const digest = `sha256:${hash.digest("hex")}`;
    if (parquet !== undefined) writeWhole([parquet, await rowsToParquet(kept)]);
    if (json) printResult(streams, { rows: kept, digest }, "", [], { json });
    else if (!csv) printResult(streams, {}, messages.collected(parquet!, count, digest), [], {});
  });
}

interface PerformanceFlags extends StudyOutput, ConfLevelFlags {
  readonly measures?: string;
  readonly alpha?: string;
  readonly reference?: string;
  readonly paired?: boolean;
}

export function performanceCommand(streams: Streams): Command {
  const command = addConfLevel(addStudyOutput(ofDirectory("performance", messages.studyHelp.performance)))
    .option("--measures <names>", `which, separated by commas: ${measureNames.join(", ")} (default: all)`)
    .option("--alpha <level>", "level of the tests that 'rejection' counts (default: 0.05)")
    .option("--reference <method>", "the method that others are compared with (default: the first)")
    .option("--paired", "differences of the methods from the reference, in the data sets that both have")
    .addHelpText("after", messages.studyHelp.performanceExamples);
  return command.action(async () => {
    const flags = command.opts<PerformanceFlags>();
    const issues: Issue[] = [];
    const measures = flags.measures
      ?.split(",")
      .flatMap((name) => oneOf("--measures", name.trim(), measureNames, issues) ?? []);
    const alpha = proportion("--alpha", flags.alpha, issues);
    const level = readConfLevel(flags, issues);
    const dir = readDirectory(command, issues);
    const options = {
      ...(measures && { measures }),
      ...(alpha !== undefined && { alpha }),
      ...(flags.reference !== undefined && { reference: flags.reference }),
    };
    const rows: PerformanceRow[] = [];
    const partial: string[] = [];
    for await (const found of scenarioResults(dir)) {
      if (found.done < found.total) partial.push(`${found.name} ${found.done} of ${found.total}`);
      if (found.rows.length === 0) continue;
      const table = flags.paired
        ? pairedDifferences(found.rows, options as PairedDifferenceOptions)
        : performance(found.rows, { ...options, ...level });
      rows.push(...table.rows);
    }
    if (rows.length === 0) throw new DeclarationError([messages.noResultsYet(dir)]);
    const text = [
      performanceTable(rows).toString(styleFor(streams)),
      ...(partial.length > 0 ? [`Not done yet: ${partial.join("; ")}.`] : []),
    ].join("\n");
    printResult(streams, { performance: rows, partial }, text, [], flags);
  });
}

export function retryCommand(streams: Streams): Command {
  const command = ofDirectory("retry", messages.studyHelp.retry)
    .option("--failures", "whatever failed, for when its cause is mended outside the study")
    .option("--json", "print one JSON object on stdout");
  return command.action(async () => {
    const { failures = false, json } = command.opts<StudyOutput & { readonly failures?: boolean }>();
    const dir = readDirectory(command, []);
    const chunks = await setAsideFailures(dir, failures);
    printResult(streams, { chunks }, messages.retried(chunks), [], { json });
  });
}
