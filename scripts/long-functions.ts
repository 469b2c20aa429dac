/**
 * Refuses functions of more than 100 lines, but for those listed here with their reason, and warns of files of more than 400:
 * `tsx scripts/long-functions.ts`. Comments and blank lines count.
 */
import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";

const LONGEST_FUNCTION = 100;
const LONGEST_FILE = 400;

/** Functions that are as long as they are for a reason: `file function` → why. */
const REASONS: Readonly<Record<string, string>> = {
  "cli/run-checks.ts runChecks": "One question of the command line after the other, a few lines each.",
  "frequentist/maximise-gaussian.ts maximiseProfile":
    "One search, step after step, in which each step reads the objective, the metric and the scales of those before.",
  "frequentist/robust/gaussian-terms.ts gaussianTerms":
    "Products with V⁻¹ by cluster, which share the factors of one solve.",
  "prediction/row-predictors.ts rowPredictors": "A closure over the buffers that every row writes to.",
};

const long = new Map<string, string>();
for (const entry of readdirSync("src", { recursive: true, encoding: "utf8" }).sort()) {
  if (!entry.endsWith(".ts")) continue;
  const path = entry.replaceAll("\\", "/");
  const source = ts.createSourceFile(path, readFileSync(`src/${path}`, "utf8"), ts.ScriptTarget.Latest, true);
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const lines = lineOf(source.end) - 1;
  if (lines > LONGEST_FILE) console.warn(`src/${path} has ${lines} lines.`);
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body) {
      const length = lineOf(node.end) - lineOf(node.getStart()) + 1;
      const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
      if (length > LONGEST_FUNCTION)
        long.set(
          `${path} ${named?.getText() ?? "(no name)"}`,
          `src/${path}:${lineOf(node.getStart())} ${named?.getText() ?? "(no name)"} has ${length} lines: split it, or say in scripts/long-functions.ts why not.`,
        );
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

const faults = [...long].filter(([name]) => !REASONS[name]).map(([, fault]) => fault);
for (const name of Object.keys(REASONS))
  if (!long.has(name)) faults.push(`${name} is not long: take it off the list in scripts/long-functions.ts.`);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
