/** `marginalia diagnose`. */
import { Command } from "commander";
import { diagnose } from "../checks/diagnose.ts";
import * as messages from "../messages/cli.ts";
import { help } from "../messages/cli-help.ts";
import type { Issue } from "../messages/issue.ts";
import type { WorkProgress } from "../options/long-work.ts";
import { readArguments } from "./arguments.ts";
import { addFitOrSampleOptions, checkBesideFit, type FitOrSampleFlags, fitOrSample } from "./fit-or-sample.ts";
import { untilInterrupted } from "./interruption.ts";
import { printResult, type Streams, styleFor } from "./output.ts";
import { createStatus } from "./progress.ts";

export function diagnoseCommand(streams: Streams): Command {
  const command = addFitOrSampleOptions(new Command("diagnose").description(help.diagnose)).addHelpText(
    "after",
    help.diagnoseExamples,
  );
  return command.action(async () => {
    const flags = command.opts<FitOrSampleFlags>();
    const issues: Issue[] = [];
    const path = readArguments(command, issues, flags.fit === undefined);
    checkBesideFit(command, issues);
    const { fit } = await fitOrSample(path, flags, streams, issues, () => null);
    const status = createStatus(streams.terminal && !flags.json);
    const onProgress = (progress: WorkProgress) => status.show(messages.checkStatus(progress));
    const seeded = flags.seed === undefined ? {} : { seed: flags.seed };
    const diagnosis = await untilInterrupted((signal) => diagnose(fit, { ...seeded, signal, onProgress })).finally(() =>
      status.stop(),
    );
    const { healthy, findings } = diagnosis;
    // the warnings are among the findings
    printResult(
      streams,
      flags.csv ? { diagnose: findings.map(({ values: _, ...row }) => row) } : { healthy, findings },
      diagnosis.toString(styleFor(streams)),
      [],
      flags,
    );
  });
}
