/** `--conf-level`: the level of intervals, the same for every command that prints them. */
import type { Command } from "commander";
import type { Issue } from "../messages/issue.ts";
import { proportion } from "./value.ts";

export interface ConfLevelFlags {
  readonly confLevel?: string;
}

export const addConfLevel = (command: Command): Command =>
  command.option("--conf-level <share>", "level of the intervals (default: 0.95)");

/** As an option of the library: empty where the flag was not given or is at fault. */
export function readConfLevel(flags: ConfLevelFlags, issues: Issue[]): { readonly confLevel?: number } {
  const confLevel = proportion("--conf-level", flags.confLevel, issues);
  return confLevel === undefined ? {} : { confLevel };
}
