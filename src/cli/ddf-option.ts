/** `--ddf`: the degrees of freedom of coefficients, the same for every command that tests them. */
import type { Command } from "commander";
import { withoutOption } from "../messages/cli.ts";
import type { Issue } from "../messages/issue.ts";
import { type DdfMethod, ddfMethods, type RobustOptions, robustKinds } from "../model/tidy-options.ts";
import { gather } from "./model-options.ts";
import { oneOf } from "./value.ts";

export interface DdfFlags {
  readonly ddf?: string;
  readonly robust?: string;
  readonly cluster?: readonly string[];
}

export const addDdf = (command: Command): Command =>
  command
    .option(
      "--ddf <name>",
      "degrees of freedom of Gaussian fits: satterthwaite (default of REML), kenward-roger, between-within or normal",
    )
    .option(
      "--robust <type>",
      "standard errors robust to any dependence within clusters: CR0, CR1, CR2 (for few clusters) or CR3",
    )
    .option(
      "--cluster <column>",
      "with --robust: the clusters (default: the outermost grouping factor); repeatable, for combinations",
      gather,
      [],
    );

/** As an option of the library: empty where the flag was not given or is at fault. */
export function readDdf(flags: DdfFlags, issues: Issue[]): { readonly ddf?: DdfMethod } & RobustOptions {
  const ddf = flags.ddf === undefined ? undefined : oneOf("--ddf", flags.ddf, ddfMethods, issues);
  const vcov = flags.robust === undefined ? undefined : oneOf("--robust", flags.robust, robustKinds, issues);
  const { cluster = [] } = flags;
  if (cluster.length > 0 && flags.robust === undefined) issues.push(withoutOption("--cluster", ["--robust"]));
  return {
    ...(ddf !== undefined && { ddf }),
    ...(vcov !== undefined && { vcov }),
    ...(vcov !== undefined && cluster.length > 0 && { cluster }),
  };
}
