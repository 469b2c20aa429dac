/** The commands put together, and what every ending means: exit codes 0, 1, 2 and 130. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import * as messages from "../messages/cli.ts";
import { help } from "../messages/cli-help.ts";
import { DeclarationError } from "../messages/issue.ts";
import { nearestName } from "../options/nearest-name.ts";
import { anovaCommand } from "./anova.ts";
import { lenient, settleFormat, watchRepeats } from "./arguments.ts";
import { averageCommand } from "./average.ts";
import { bootstrapCommand } from "./bootstrap.ts";
import { checkCommand } from "./check.ts";
import { compareCommand } from "./compare.ts";
import { diagnoseCommand } from "./diagnose.ts";
import { fitCommand } from "./fit.ts";
import { hypothesisCommand } from "./hypothesis.ts";
import { printFaults, type Streams } from "./output.ts";
import { powerCommand } from "./power.ts";
import { predictCommand } from "./predict.ts";
import { reduceCommand } from "./reduce.ts";
import { sampleCommand } from "./sample.ts";
import { simulateCommand } from "./simulate.ts";
import { collectCommand, performanceCommand, retryCommand, statusCommand } from "./study-directory.ts";
import { add1Command, drop1Command } from "./term-changes.ts";

/** Runs the program with the arguments that follow its name, and gives its exit code. Never throws. */
export async function runProgram(argv: readonly string[], streams: Streams): Promise<number> {
  try {
    await createProgram(streams).parseAsync([...argv], { from: "user" });
    return 0;
  } catch (error) {
    return exitCodeOf(error, streams);
  }
}

function createProgram(given: Streams): Command {
  // what --format asks for is known when a command begins
  const streams: Streams = { ...given };
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const program = new Command("marginalia")
    .description(help.program)
    .version(version)
    .addHelpText("after", help.programExamples)
    .addHelpText("after", help.exitCodes);
  for (const make of [
    fitCommand,
    sampleCommand,
    predictCommand,
    compareCommand,
    averageCommand,
    anovaCommand,
    drop1Command,
    add1Command,
    reduceCommand,
    hypothesisCommand,
    bootstrapCommand,
    powerCommand,
    checkCommand,
    diagnoseCommand,
    simulateCommand,
    statusCommand,
    collectCommand,
    performanceCommand,
    retryCommand,
  ])
    program.addCommand(lenient(make(streams)));
  const names = program.commands.map((command) => command.name());
  program.hook("preAction", (_, command) => {
    streams.markup = settleFormat(command);
  });
  for (const command of [program, ...program.commands]) {
    watchRepeats(command);
    command
      .exitOverride()
      .showSuggestionAfterError(false)
      .configureOutput({
        writeOut: streams.out,
        writeErr: streams.err,
        outputError: (text, write) => write(sentenceOf(text, names)),
      });
  }
  return program;
}

/** What commander refuses by itself, as a sentence. */
function sentenceOf(text: string, commands: readonly string[]): string {
  const [, command] = /^error: unknown command '(.*)'/s.exec(text) ?? [];
  if (command !== undefined) return `${messages.noCommand(command, nearestName(command, commands), commands)}\n`;
  const [, flags] = /^error: option '(.*)' argument missing/s.exec(text) ?? [];
  if (flags !== undefined) return `${messages.noValue(flags)}\n`;
  return text.replace(/^error: /, "Error: ");
}

function exitCodeOf(error: unknown, streams: Streams): number {
  if (error instanceof DeclarationError) {
    printFaults(streams, error.issues);
    return 2;
  }
  // Commander has printed its own message, or the help asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Error && error.name === "AbortError") {
    streams.err(`${messages.interrupted}\n`);
    return 130;
  }
  streams.err(`${messages.internalError(error instanceof Error ? error.message : String(error))}\n`);
  if (process.env["MARGINALIA_DEBUG"] && error instanceof Error) streams.err(`${error.stack}\n`);
  return 1;
}
