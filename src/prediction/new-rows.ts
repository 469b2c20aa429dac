/** The design of the rows to predict for. */
import { applyRecipe } from "../data/apply-recipe.ts";
import type { DesignRows } from "../data/design.ts";
import { precisionOfNewRows } from "../data/known-precision.ts";
import type { TableInput } from "../data/to-table.ts";
import { toTable } from "../data/to-table.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { residualRows } from "./residual-rows.ts";

/**
 * The rows of the fit, or those of `newdata` under the fit's own recipe: levels, contrasts, polynomials as they were fitted.
 *
 * @param groups what is asked of the grouping columns: `required` in conditional predictions, `optional` where a row without a
 * known group has a meaning too, `unused` for a typical group
 * @param simulated whether new responses will be drawn, which need the columns of a residual structure or of known variances
 */
export function designRowsOf(
  model: CompiledModel,
  newdata: TableInput | undefined,
  groups: "required" | "optional" | "unused",
  simulated = false,
): DesignRows {
  if (!newdata) return model.design;
  const random = groups === "unused" ? "none" : "keep";
  const table = toTable(newdata);
  const rows = applyRecipe(model.design.recipe, table, { random, needRandom: groups === "required" });
  if (!simulated) return rows;
  const { knownVariance } = model.design.recipe;
  if (knownVariance)
    return { ...rows, weights: precisionOfNewRows(knownVariance, model.design.recipe, table, rows.rows) };
  if (!model.spec.residual) return rows;
  return { ...rows, residual: residualRows(model, table, rows.rows) };
}
