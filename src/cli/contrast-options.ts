/** `--compare` and what goes with it: contrasts of averages or slopes. */
import type { Command } from "commander";
import { type ContrastKind, type ContrastMatrix, contrastKinds } from "../effects/contrasts.ts";
import * as messages from "../messages/cli.ts";
import type { Issue } from "../messages/issue.ts";
import { gather, readAssignments } from "./model-options.ts";
import { oneOf } from "./value.ts";

export interface ContrastFlags {
  readonly compare?: string;
  readonly contrast: readonly string[];
  readonly compareColumn: readonly string[];
  readonly ref?: string;
  readonly simple?: boolean;
}

export interface ContrastChoice {
  readonly contrasts?: ContrastKind | readonly ContrastKind[] | ContrastMatrix;
  readonly contrastColumn?: readonly string[];
  readonly ref?: string;
  readonly simple?: boolean;
}

export const addContrastOptions = (command: Command): Command =>
  command
    .option(
      "--compare <contrasts>",
      `compare the averages, within each combination of the other columns: ${contrastKinds.filter((kind) => kind !== "none").join(", ")}; of several columns a kind each, with commas`,
    )
    .option(
      "--contrast <name=coefficients>",
      "a contrast of your own: a coefficient for each value in their order, as late=-0.5,-0.5,0.5,0.5; repeatable",
      gather,
      [],
    )
    .option(
      "--compare-column <column>",
      "the column compared (default: the first of --by, else of --at); repeatable, for differences of differences",
      gather,
      [],
    )
    .option("--ref <level>", "the level that 'reference' compares with (default: the first)")
    .option("--simple", "compare the levels of each column in turn, within the others");

/** The contrasts that flags ask for; faults are added to `issues`. */
export function readContrasts(flags: ContrastFlags, issues: Issue[]): ContrastChoice {
  const own = readAssignments("--contrast", flags.contrast, "late=-0.5,-0.5,0.5,0.5", issues);
  const matrix = Object.entries(own).map(([name, texts]) => {
    const numbers = texts.map((text) => (text.trim() === "" ? Number.NaN : Number(text)));
    const bad = numbers.findIndex((number) => !Number.isFinite(number));
    if (bad >= 0) issues.push(messages.contrastNotNumber(name, texts[bad]!));
    return [name, numbers] as const;
  });
  if (flags.compare !== undefined && matrix.length > 0) issues.push(messages.compareAndContrast());
  const kinds = flags.compare?.split(",").flatMap((kind) => oneOf("--compare", kind, contrastKinds, issues) ?? []);
  const compared = matrix.length > 0 || (flags.compare ?? "none") !== "none";
  if (!compared && flags.compareColumn.length > 0) issues.push(messages.compareColumnAlone());
  const contrasts = matrix.length > 0 ? Object.fromEntries(matrix) : kinds?.length === 1 ? kinds[0]! : kinds;
  return {
    ...(contrasts !== undefined && { contrasts }),
    ...(flags.compareColumn.length > 0 && { contrastColumn: [...new Set(flags.compareColumn)] }),
    ...(flags.ref !== undefined && { ref: flags.ref }),
    ...(flags.simple && { simple: true }),
  };
}
