/** `--by COLUMN` and `--at COLUMN=v1,v2`: the grid to average over the population at. Without either it is one cell, the whole population. */
import type { Command } from "commander";
import type { Issue } from "../messages/issue.ts";
import { gather, readAssignments } from "./model-options.ts";

export interface GridFlags {
  readonly by: readonly string[];
  readonly at: readonly string[];
}

/** A crossed grid: columns at the values they have in the data, and columns at chosen values. */
export interface GridChoice {
  readonly by: readonly string[];
  readonly at: Readonly<Record<string, readonly string[]>>;
}

export function addGridOptions(command: Command): Command {
  return command
    .option("--by <column>", "a column of the grid, at its values in the data; repeatable", gather, [])
    .option("--at <column=values>", "a column of the grid, at these values; repeatable", gather, []);
}

/** The grid the flags make, one cell where they name no column; faults are added to `issues`. What the values mean is for the columns they belong to. */
export function readGrid(flags: GridFlags, issues: Issue[]): GridChoice {
  const at = readAssignments("--at", flags.at, "time=0,6,12", issues);
  const distinct = Object.entries(at).map(([name, values]) => [name, [...new Set(values)]] as const);
  return { by: [...new Set(flags.by)], at: Object.fromEntries(distinct) };
}
