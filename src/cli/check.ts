/** `marginalia check`. */
import { basename } from "node:path";
import { Command } from "commander";
import * as messages from "../messages/cli.ts";
import { help } from "../messages/cli-help.ts";
import type { Issue } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import { readFit } from "../node/fit-file.ts";
import type { WorkProgress } from "../options/long-work.ts";
import { readArguments } from "./arguments.ts";
import { addCheckOptions, type CheckFlags, readChecks } from "./check-options.ts";
import { collectAsync } from "./collect.ts";
import { addFitOrSampleOptions, checkBesideFit, fitOrSample } from "./fit-or-sample.ts";
import { untilInterrupted } from "./interruption.ts";
import { printResult, type Streams, styleFor } from "./output.ts";
import { createStatus } from "./progress.ts";
import { type NamedFits, runChecks } from "./run-checks.ts";

export function checkCommand(streams: Streams): Command {
  const command = addCheckOptions(addFitOrSampleOptions(new Command("check").description(help.check))).addHelpText(
    "after",
    help.checkExamples,
  );
  return command.action(async () => {
    const flags = command.opts<CheckFlags>();
    const issues: Issue[] = [];
    const path = readArguments(command, issues, flags.fit === undefined);
    checkBesideFit(command, issues);
    const { fit, checked } = await fitOrSample(path, flags, streams, issues, async () => {
      const choice = readChecks(flags, issues);
      const others: Fit[] = [];
      for (const file of flags.against) {
        const other = await collectAsync(issues, () => readFit(file));
        if (other) others.push(other);
      }
      return { choice, others };
    });
    const names = [
      flags.fit === undefined ? "fit" : basename(flags.fit),
      ...flags.against.map((file) => basename(file)),
    ];
    const repeated = names.find((name, i) => names.indexOf(name) !== i);
    // files of one name in several folders are told apart by their paths
    const labels = repeated === undefined ? names : [flags.fit ?? "fit", ...flags.against];
    const fits: NamedFits = [fit, ...checked.others].map((each, i) => [labels[i]!, each]);
    const status = createStatus(streams.terminal && !flags.json);
    const onProgress = (progress: WorkProgress) => status.show(messages.checkStatus(progress));
    const { tables, text, warnings } = await untilInterrupted((signal) =>
      runChecks(fits, checked.choice, styleFor(streams), { signal, onProgress }),
    ).finally(() => status.stop());
    printResult(streams, tables, text, [...fit.warnings, ...warnings], flags);
  });
}
