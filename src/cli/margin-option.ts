/** `--delta`, `--side` and `--equivalence`: tests against a margin, the same for every command that has them. */
import type { Command } from "commander";
import { type MarginOptions, sides } from "../effects/margin.ts";
import * as messages from "../messages/cli.ts";
import type { Issue } from "../messages/issue.ts";
import { oneOf } from "./value.ts";

export interface MarginFlags {
  readonly delta?: string;
  readonly side?: string;
  readonly equivalence?: string;
}

export const addMargin = (command: Command): Command =>
  command
    .option(
      "--delta <number>",
      "margin to either side of no effect, on the scale of the test: tests equivalence, or what --side says",
    )
    .option(
      "--side <name>",
      "two-sided, greater, less, equivalence, noninferiority or nonsuperiority (default: two-sided, with --delta equivalence)",
    )
    .option("--equivalence <lower,upper>", "bounds of a test of equivalence, in the unit of the estimate: 0.8,1.25");

/** As options of the library: empty where the flags were not given or are at fault. */
export function readMarginFlags(flags: MarginFlags, issues: Issue[]): MarginOptions {
  const side = flags.side === undefined ? undefined : oneOf("--side", flags.side, sides, issues);
  const delta = flags.delta === undefined ? undefined : Number(flags.delta.trim() || Number.NaN);
  if (delta !== undefined && !(delta >= 0 && delta < Number.POSITIVE_INFINITY))
    issues.push(messages.badDelta(flags.delta!));
  const bounds = flags.equivalence?.split(",").map((text) => Number(text.trim() || Number.NaN));
  if (bounds && !(bounds.length === 2 && bounds.every(Number.isFinite) && bounds[0]! < bounds[1]!))
    issues.push(messages.badBounds(flags.equivalence!));
  return {
    ...(side && { side }),
    ...(delta !== undefined && { delta }),
    ...(bounds && { equivalence: { lower: bounds[0]!, upper: bounds[1]! } }),
  };
}
