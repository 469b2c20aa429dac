/** Texts about the command line's flags of estimating equations. */

import type { Issue } from "./issue.ts";
import type { IssueCode } from "./issue-code.ts";

const issue = (code: IssueCode, flag: string, message: string): Issue => ({ code, path: [flag], message });

export const unknownCorrelation = (name: string, nearest: string | null, known: readonly string[]): Issue =>
  issue(
    "unknown-correlation",
    "--method",
    name === "fixed"
      ? "A fixed working correlation takes a matrix, which a flag cannot hold; use the library: gee({ correlation: fixedCorrelation([[1, 0.3], [0.3, 1]]), id })."
      : `There is no working correlation '${name}'${nearest === null ? "; c" : `; did you mean '${nearest}'? C`}hoose one of ${known.join(", ")}, as --method gee:exchangeable.`,
  );

export const badParameterFlag = (text: string): Issue =>
  issue("bad-parameter", "--parameter", `--parameter takes a name and a number, as theta=2, not '${text}'.`);

export const badScaleFlag = (text: string): Issue =>
  issue(
    "bad-scale",
    "--scale-fix",
    `--scale-fix takes a positive number, or nothing to fix the scale at 1, not '${text}'. Where the table's file follows, write --scale-fix=1.`,
  );

export const geeNeedsId = (): Issue =>
  issue(
    "missing-id",
    "--id",
    "--method gee needs the clusters: name their column, as --id subject, or several whose combinations are the clusters, as --id center:id.",
  );

export const geeFlagsWithoutGee = (flags: readonly string[]): Issue =>
  issue(
    "gee-flags",
    flags[0]!,
    `${flags.join(", ")} ${flags.length === 1 ? "belongs" : "belong"} to estimating equations; add --method gee:exchangeable (or another working correlation), or leave ${flags.length === 1 ? "it" : "them"} out.`,
  );
