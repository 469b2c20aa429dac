/** `--ddf`: the degrees of freedom of coefficients, the same for every command that tests them. */
import type { Command } from "commander";
import type { Issue } from "../messages/issue.ts";
import { type DdfMethod, ddfMethods } from "../model/tidy-options.ts";
import { oneOf } from "./value.ts";

export interface DdfFlags {
  readonly ddf?: string;
}

export const addDdf = (command: Command): Command =>
  command.option(
    "--ddf <name>",
    "degrees of freedom of Gaussian fits: satterthwaite (default of REML), kenward-roger, between-within or normal",
  );

/** As an option of the library: empty where the flag was not given or is at fault. */
export function readDdf(flags: DdfFlags, issues: Issue[]): { readonly ddf?: DdfMethod } {
  const ddf = flags.ddf === undefined ? undefined : oneOf("--ddf", flags.ddf, ddfMethods, issues);
  return ddf === undefined ? {} : { ddf };
}
