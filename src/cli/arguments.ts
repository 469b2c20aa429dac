/** What commander leaves over: the table's path, unknown options and arguments too many, all reported at once. */
import type { Command } from "commander";
import * as messages from "../messages/cli.ts";
import type { Issue } from "../messages/issue.ts";
import { nearestName } from "../options/nearest-name.ts";

/** Makes a command keep what it does not know for `readArguments` to report. */
export function lenient(command: Command): Command {
  return command.allowUnknownOption().allowExcessArguments();
}

/**
 * The path of the table, or undefined with a fault when there is none. Everything left over is a fault too.
 *
 * @param wanted false where a file named by a flag takes the table's place: then a table is one argument too many
 */
export function readArguments(command: Command, issues: Issue[], wanted = true): string | undefined {
  const unknown = command.args.filter((text) => /^-./.test(text));
  const known = command.options.flatMap(({ long }) => long ?? []);
  for (const flag of unknown)
    issues.push(messages.unknownFlag(flag.split("=")[0]!, nearestName(flag.split("=")[0]!, known)));
  const { json, csv } = command.opts<{ readonly json?: boolean; readonly csv?: boolean }>();
  if (json && csv) issues.push(messages.twoFormats());
  const file = wanted ? command.args[0] : undefined;
  const rest = command.args.slice(wanted ? 1 : 0);
  if (unknown.length === 0) for (const text of rest) issues.push(messages.extraArgument(text));
  if (file !== undefined && !unknown.includes(file)) return file;
  if (wanted && unknown.length === 0) issues.push(messages.missingFile());
  return undefined;
}
