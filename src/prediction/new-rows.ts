/** The design of the rows to predict for. */
import { custom } from "valibot";
import { applyRecipe } from "../data/apply-recipe.ts";
import type { DesignRows } from "../data/design.ts";
import { precisionOfNewRows } from "../data/precision-of-new-rows.ts";
import type { TableInput } from "../data/to-table.ts";
import { toTable } from "../data/to-table.ts";
import { columnsOf, columnsOfResidual } from "../dsl/columns-used.ts";
import { missingValues, noPrediction } from "../messages/data.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { type AskedPart, isNeeded } from "./estimability.ts";
import { residualRows } from "./residual-rows.ts";

/** A table of new rows as an option. Null is none: it would stand for the fitted rows. */
export const newRowsTable = custom<TableInput>(
  (value) => typeof value === "object" && value !== null,
  "a table of the rows to predict (leave it out for the rows fitted)",
);

/** The rows that are asked for: those that can be predicted, among all of their table. */
export interface AskedRows extends DesignRows {
  /** Indices in the table of all rows asked for, those without a prediction among them. */
  readonly asked: Int32Array;
  /** For each of `asked` its place among the rows of the design, −1 where something is missing. */
  readonly place: Int32Array;
  readonly warnings: readonly FitWarning[];
}

/** What of new rows besides their means is wanted: responses to be drawn, or residuals given those of the fitted rows. */
export type WantedOfRows = "means" | "responses" | "given residuals";

/**
 * The rows of the fit, or those of `newdata` under the fit's own recipe: levels, contrasts, polynomials as they were fitted.
 *
 * @param groups what is asked of the grouping columns: `required` in conditional predictions, `optional` where a row without a
 * known group has a meaning too, `unused` for a typical group
 * @param part what is asked of the rows, which need the columns of that alone; default their whole distribution
 * @throws DeclarationError where new rows lack a column, hold what cannot be, or miss a value in a model with `.missing("error")`
 */
export function designRowsOf(
  model: CompiledModel,
  newdata: TableInput | undefined,
  groups: "required" | "optional" | "unused",
  wanted: WantedOfRows = "means",
  part: AskedPart = "distribution",
): AskedRows {
  const { design, spec, family } = model;
  if (!newdata) {
    const place = Int32Array.from({ length: design.n }, (_, i) => i);
    return { ...design, asked: design.rows, place, warnings: [] };
  }
  const table = toTable(newdata);
  const { knownVariance } = design.recipe;
  const rows = applyRecipe(design.recipe, table, {
    random: groups === "unused" ? "none" : "keep",
    needRandom: groups === "required",
    asked: (r) => isNeeded(model, r, part),
    ...(wanted !== "means" && {
      responses: { weights: family.columns.includes("weights") || spec.residual !== undefined },
      complete: [...columnsOfResidual(spec.residual), ...(knownVariance ? columnsOf(knownVariance) : [])],
    }),
  });
  if (rows.gaps && spec.missing === "error")
    throw new DeclarationError(
      Array.from(rows.gaps, ([name, gaps]) => ({
        code: "missing-values",
        path: ["column", name],
        message: missingValues(name, oneBased(gaps)),
      })),
    );
  const asked = { ...rows, ...placesOfRows(rows, table.rows) };
  if (wanted !== "responses") return asked;
  if (knownVariance) return { ...asked, weights: precisionOfNewRows(knownVariance, design.recipe, table, rows.rows) };
  return spec.residual ? { ...asked, residual: residualRows(model, table, rows.rows) } : asked;
}

const oneBased = (rows: readonly number[]) => rows.map((row) => row + 1);

function placesOfRows(rows: DesignRows, count: number): Pick<AskedRows, "asked" | "place" | "warnings"> {
  const place = new Int32Array(count).fill(-1);
  rows.rows.forEach((row, i) => {
    place[row] = i;
  });
  const missing = Array.from(
    rows.gaps ?? [],
    ([name, gaps]): FitWarning => ({ code: "missing-values", message: noPrediction(name, oneBased(gaps)) }),
  );
  return {
    asked: Int32Array.from({ length: count }, (_, row) => row),
    place,
    warnings: [...missing, ...(rows.warnings ?? [])],
  };
}
