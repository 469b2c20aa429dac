/** `--ci`: which intervals a command prints. */
import type { Command } from "commander";
import type { Issue } from "../messages/issue.ts";
import { oneOf } from "./value.ts";

export interface CiFlags {
  readonly ci?: string;
}

/** @param auto whether intervals may be chosen row by row */
export const addCi = (command: Command, auto: boolean): Command =>
  command.option(
    "--ci <method>",
    `intervals: wald (the default), or profile, by the profile likelihood of each${auto ? "; auto, by profile for standard deviations and correlations whose Wald interval is not to be trusted" : ""}`,
  );

/** As an option of the library: empty where the flag was not given or is at fault. */
export function readCi<Method extends string>(
  flags: CiFlags,
  methods: readonly Method[],
  issues: Issue[],
): { readonly ci?: Method } {
  const ci = flags.ci === undefined ? undefined : oneOf("--ci", flags.ci, methods, issues);
  return ci === undefined ? {} : { ci };
}
