/** What new responses need besides their mean: trials and weights of the rows that they are drawn for. */
import { deparse } from "../dsl/deparse.ts";
import * as messages from "../messages/data.ts";
import type { TrialsRecipe } from "./design-recipe.ts";
import type { Evaluation } from "./evaluation.ts";
import { checkCount } from "./response.ts";

/** Trials of the evaluation's rows; null where the family has none, or after a fault: numbers that are negative or not whole. */
export function readNewTrials(recipe: TrialsRecipe, evaluation: Evaluation): Float64Array | null {
  const { rows } = evaluation;
  if (recipe.kind === "none") return null;
  if (recipe.kind === "one") return new Float64Array(rows.length).fill(1);
  const { expression } = recipe;
  const values = evaluation.has(expression) ? evaluation.numbers(expression) : null;
  if (values === null || !checkCount(`The number of trials ${deparse(expression)}`, values, evaluation)) return null;
  return Float64Array.from(rows, (row) => values[row]!);
}

/** Weights of the evaluation's rows; null after a fault: one that is not above 0. */
export function readNewWeights(name: string, evaluation: Evaluation): Float64Array | null {
  const { rows, faults } = evaluation;
  const values = evaluation.numericColumn(name);
  if (values === null) return null;
  const bad = rows.find((row) => !(values[row]! > 0));
  if (bad !== undefined)
    return faults.add("bad-weight", ["weights", name], messages.weightOfNewRow(name, bad + 1, values[bad]!));
  return Float64Array.from(rows, (row) => values[row]!);
}
