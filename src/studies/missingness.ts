/** Responses that go missing: by chance alone, by covariates, or by the response itself. */
import { DeclarationError, type Issue } from "../messages/issue.ts";
import * as messages from "../messages/studies.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { nearestName } from "../options/nearest-name.ts";
import type { Rng } from "../random/rng.ts";

const INTERCEPT = "(Intercept)";

/**
 * Makes a function that turns responses into NaN, each by the probability that its log odds give.
 *
 * @param response the name of its column; @param logOdds by column, with "(Intercept)"
 * @throws DeclarationError for columns that are none or no numbers, and log odds that are none
 */
export function missingness(
  { table, design }: CompiledModel,
  response: string,
  logOdds: Readonly<Record<string, number>>,
): (rng: Rng, y: Float64Array) => void {
  const known = [INTERCEPT, response, ...table.names.filter((name) => table.column(name)?.kind === "numeric")];
  const issues: Issue[] = [];
  for (const [name, value] of Object.entries(logOdds)) {
    if (!known.includes(name)) issues.push(messages.missingNotAColumn(name, nearestName(name, known), known));
    if (!Number.isFinite(value)) issues.push(messages.missingNotANumber(name, value));
  }
  if (issues.length > 0) throw new DeclarationError(issues);
  const { [INTERCEPT]: intercept = 0, [response]: ofResponse = 0, ...others } = logOdds;
  const fixed = new Float64Array(design.n).fill(intercept);
  for (const [name, slope] of Object.entries(others)) {
    const column = table.column(name);
    if (column?.kind === "numeric")
      for (let i = 0; i < design.n; i++) fixed[i]! += slope * column.values[design.rows[i]!]!;
  }
  return (rng, y) => {
    for (let i = 0; i < design.n; i++)
      if (rng.uniform() < 1 / (1 + Math.exp(-fixed[i]! - ofResponse * y[i]!))) y[i] = Number.NaN;
  };
}
