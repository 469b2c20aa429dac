import type { PredictorSpec } from "../dsl/model-spec.ts";
import * as messages from "../messages/data.ts";
import type { FitWarning } from "../messages/issue.ts";
import { ordinalIntercept } from "../messages/ordinal.ts";
import { columnsToKeep } from "./centred-columns.ts";
import type { PredictorDesign } from "./design.ts";
import type { PredictorRecipe } from "./design-recipe.ts";
import type { VariableLearner } from "./learn-matrix.ts";
import { columnNames, fillMatrix, prefixed, selectColumns } from "./model-matrix.ts";

/** Null where a fault of the table leaves no columns. */
export function buildPredictor(
  predictor: PredictorSpec,
  learner: VariableLearner,
  warnings: FitWarning[],
  thresholds: boolean,
  prefix?: string,
): { design: PredictorDesign; recipe: PredictorRecipe } | null {
  const { evaluation } = learner;
  const { rows } = evaluation;
  const offset = new Float64Array(rows.length);
  for (const expression of predictor.offsets) {
    const values = evaluation.has(expression) ? evaluation.numbers(expression) : null;
    if (values !== null) for (let r = 0; r < rows.length; r++) offset[r]! += values[rows[r]!]!;
  }
  if (thresholds && !predictor.intercept)
    warnings.push({ code: "thresholds-are-intercepts", message: ordinalIntercept() });
  const intercept = predictor.intercept || thresholds;
  const learnt = learner.matrix(predictor.terms, intercept);
  if (learnt === null || rows.length === 0) return null;
  const names = prefixed(columnNames(learnt.recipe), prefix);
  const X = fillMatrix(learnt.recipe, learnt.values, rows);
  const independent = columnsToKeep(learnt.recipe, learnt.values, rows, X, names.length);
  // thresholds are intercepts: the constant column codes factors and shows what is aliased, then it goes
  const kept = thresholds ? independent.slice(1) : independent;
  if (independent.length < names.length) {
    const dropped = names.filter((_, c) => !independent.includes(c));
    warnings.push({ code: "rank-deficient", message: messages.aliased(predictor.role, dropped) });
  }
  return {
    design: {
      role: predictor.role,
      names: kept.map((c) => names[c]!),
      X: selectColumns(X, rows.length, names.length, kept),
      offset,
      intercept: intercept && !thresholds,
    },
    recipe: {
      role: predictor.role,
      matrix: learnt.recipe,
      kept,
      offsets: predictor.offsets,
      ...(prefix !== undefined && { prefix }),
    },
  };
}
