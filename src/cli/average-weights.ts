/** `--average-weights`, `--target-share`, `--newdata` and `--observed`: what averages are over. */
import type { Command } from "commander";
import type { TableInput } from "../data/to-table.ts";
import { averageWeights } from "../effects/averaged-rows.ts";
import type { Target } from "../effects/target-weights.ts";
import { targetShareAlone, weightsOfAverages } from "../messages/cli.ts";
import type { Issue } from "../messages/issue.ts";
import { readColumns } from "../node/read-columns.ts";
import { collectAsync } from "./collect.ts";
import { tableFrom } from "./engine.ts";
import { type ModelFlags, readDialect } from "./model-options.ts";
import { oneOf } from "./value.ts";

export interface AverageWeightsFlags {
  readonly averageWeights: string;
  readonly targetShare?: string;
  readonly newdata?: string;
  readonly observed?: boolean;
}

export interface AverageWeightsChoice {
  readonly weights?: (typeof averageWeights)[number] | Target;
  readonly newdata?: TableInput;
  readonly counterfactual?: boolean;
}

export const addAverageWeights = (command: Command): Command =>
  command
    .option(
      "--average-weights <what>",
      "what counts once in an average: rows of the data, their trials, or combinations of a reference grid, as emmeans (equal, proportional, outer, cells, flat); or a CSV file with the shares of a target population",
      "rows",
    )
    .option("--target-share <column>", "the column of that file with the shares or counts")
    .option("--newdata <file>", "rows to average over, a CSV file of the same dialect (default: the rows fitted)")
    .option(
      "--observed",
      "average over the rows that have the values of a cell, not over all with these values put in",
    );

/** What averages are over; faults are added to `issues`. */
export async function readAverageWeights(
  flags: AverageWeightsFlags & ModelFlags,
  issues: Issue[],
): Promise<AverageWeightsChoice> {
  const { averageWeights: what, targetShare, newdata, observed } = flags;
  const read = async (path: string) => {
    const found = await collectAsync(issues, () => readColumns(path, readDialect(flags), "another file"));
    return found && tableFrom(found);
  };
  const isFile = !(averageWeights as readonly string[]).includes(what) && /[./\\]/.test(what);
  const target = isFile ? await read(what) : undefined;
  const named = isFile ? undefined : oneOf("--average-weights", what, averageWeights, issues);
  if (targetShare !== undefined && !isFile) issues.push(targetShareAlone());
  const table = newdata === undefined ? undefined : await read(newdata);
  return {
    ...(named && { weights: named }),
    ...(target && { weights: { table: target, ...(targetShare !== undefined && { share: targetShare }) } }),
    ...(table && { newdata: table }),
    ...(observed && { counterfactual: false }),
  };
}

/** Adds a fault for a `--weights` of averages in the place of the column of weights, where the table has no such column. */
export function checkWeightsColumn(column: string | undefined, issues: Issue[]): void {
  const unknown = issues.some(({ code, path }) => code === "unknown-column" && path[1] === column);
  if (unknown && (averageWeights as readonly (string | undefined)[]).includes(column))
    issues.push(weightsOfAverages(column!));
}
