/** What commander leaves over: the table's path, unknown options and arguments too many, all reported at once. */
import type { Command } from "commander";
import * as messages from "../messages/cli.ts";
import type { Issue } from "../messages/issue.ts";
import { nearestName } from "../options/nearest-name.ts";
import { type Markup, markups } from "../report/markup.ts";
import { oneOf } from "./value.ts";

/** What results are printed as. */
const formats = ["text", "json", "csv", ...markups] as const;

const repeated = new WeakMap<Command, Map<string, number>>();

/** Counts how often each option is given that counts once. */
export function watchRepeats(command: Command): void {
  const counts = new Map<string, number>();
  repeated.set(command, counts);
  for (const option of command.options)
    if (option.parseArg === undefined && (option.required || option.optional))
      command.on(`option:${option.name()}`, () => counts.set(option.long!, (counts.get(option.long!) ?? 0) + 1));
}

const repeatedOptions = (command: Command): string[] =>
  [...(repeated.get(command) ?? [])].filter(([, times]) => times > 1).map(([flag]) => flag);

/** The forms of output that the flags ask for, by flag: more than one is a fault. */
function chosenFormats(command: Command): string[] {
  const { json, csv, format } = command.opts<{ readonly json?: boolean; readonly csv?: boolean; format?: string }>();
  return [
    ...new Map([
      ...(format === undefined ? [] : [[format, `--format ${format}`] as const]),
      ...(json ? [["json", "--json"] as const] : []),
      ...(csv ? [["csv", "--csv"] as const] : []),
    ]).values(),
  ];
}

/** Puts the form that `--format` names where commands look for it. @returns the markup of reports, if it is one */
export function settleFormat(command: Command): Markup | undefined {
  const { format } = command.opts<{ readonly format?: string }>();
  if (format === "json" || format === "csv") command.setOptionValue(format, true);
  return markups.find((markup) => markup === format);
}

/** Makes a command keep what it does not know for `readArguments` to report. */
export function lenient(command: Command): Command {
  return command.allowUnknownOption().allowExcessArguments();
}

/**
 * The path of the table, or undefined with a fault when there is none. Everything left over is a fault too.
 *
 * @param wanted false where a file named by a flag takes the table's place: then a table is one argument too many
 * @param missing the fault where there is none
 */
export function readArguments(
  command: Command,
  issues: Issue[],
  wanted = true,
  missing: () => Issue = messages.missingFile,
): string | undefined {
  const unknown = command.args.filter((text) => /^-./.test(text));
  const known = command.options.flatMap(({ long }) => long ?? []);
  for (const flag of unknown)
    issues.push(messages.unknownFlag(flag.split("=")[0]!, nearestName(flag.split("=")[0]!, known)));
  const asked = chosenFormats(command);
  if (asked.length > 1) issues.push(messages.twoFormats(asked));
  const { format } = command.opts<{ readonly format?: string }>();
  if (format !== undefined) oneOf("--format", format, formats, issues);
  issues.push(...repeatedOptions(command).map(messages.optionTwice));
  const file = wanted ? command.args[0] : undefined;
  const rest = command.args.slice(wanted ? 1 : 0);
  if (unknown.length === 0) for (const text of rest) issues.push(messages.extraArgument(text));
  if (file !== undefined && !unknown.includes(file)) return file;
  if (wanted && unknown.length === 0) issues.push(missing());
  return undefined;
}
