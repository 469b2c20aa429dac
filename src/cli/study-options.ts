/** What the commands for simulation studies have in common. */
import type { Command } from "commander";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { notAnError, notAShard, notPositive } from "../messages/study-commands.ts";
import type { Shard } from "../studies/chunks.ts";
import { measureNames } from "../studies/measures.ts";
import type { StoppingRule } from "../studies/stopping-rule.ts";
import { oneOf } from "./value.ts";

export interface StudyOutput {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly format?: string;
}

export const addStudyOutput = (command: Command): Command =>
  command
    .option("--json", "print one JSON object on stdout")
    .option("--csv", "print the table as CSV on stdout")
    .option("--format <name>", "text, json, csv, markdown, html or latex: what is printed, as markup (default: text)");

/** `3/100`. */
export function readShard(text: string | undefined, issues: Issue[]): Shard | undefined {
  if (text === undefined) return undefined;
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (index !== undefined && count !== undefined && index >= 1 && index <= count) return { index, count };
  issues.push(notAShard(text));
  return undefined;
}

/** `coverage=0.005,bias=0.01`; `none`, null, lifts the rule of a directory. */
export function readRule(text: string | undefined, issues: Issue[]): StoppingRule | null | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === "none") return null;
  const rule: Record<string, { readonly mcse: number }> = {};
  for (const part of text.split(",")) {
    const [name = "", value = ""] = part.split("=");
    const mcse = Number(value);
    if (value.trim() === "" || !(mcse > 0 && mcse < Number.POSITIVE_INFINITY)) issues.push(notAnError(part));
    else if (
      oneOf(
        "--stop-when",
        name.trim(),
        measureNames.filter((one) => one !== "relativePrecision"),
        issues,
      )
    )
      rule[name.trim()] = { mcse };
  }
  return rule as StoppingRule;
}

export function readSeconds(flag: string, text: string | undefined, issues: Issue[]): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value < Number.POSITIVE_INFINITY) return value;
  issues.push(notPositive(flag, text));
  return undefined;
}

/** What a study throws, which may be declared by another copy of the library than this program's. */
export async function withOwnFaults<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { name, issues } = error as Partial<DeclarationError>;
    throw name === "DeclarationError" && issues && !(error instanceof DeclarationError)
      ? new DeclarationError(issues)
      : error;
  }
}
