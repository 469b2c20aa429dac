/** Derivatives of model matrices in a column. */
import type { MatrixRecipe } from "./design-recipe.ts";
import { columnNames, fillMatrix, type VariableValues } from "./model-matrix.ts";

/**
 * The derivative of `fillMatrix` in a column that variables depend on: the product rule, a variable at a time.
 *
 * @param slopes by variable, as its values; null where it does not depend on the column
 */
export function fillMatrixSlopes(
  recipe: MatrixRecipe,
  values: readonly VariableValues[],
  slopes: readonly (Float64Array | null)[],
  rows: Int32Array,
): Float64Array {
  const lead = recipe.intercept ? 1 : 0;
  const widths = recipe.terms.map((term) => columnNames({ ...recipe, intercept: false, terms: [term] }).length);
  const starts = widths.map((_, t) => widths.slice(0, t).reduce((sum, w) => sum + w, lead));
  const width = widths.reduce((sum, w) => sum + w, lead);
  const X = new Float64Array(rows.length * width);
  slopes.forEach((slope, v) => {
    const own = values[v]!;
    if (!slope || own.kind !== "numeric") return;
    const moved = values.map((value, u) => (u === v ? { ...own, values: slope } : value));
    recipe.terms.forEach((term, t) => {
      if (!term.variables.includes(v)) return;
      const part = fillMatrix({ ...recipe, intercept: false, terms: [term] }, moved, rows);
      for (let r = 0; r < rows.length; r++)
        for (let k = 0; k < widths[t]!; k++) X[r * width + starts[t]! + k]! += part[r * widths[t]! + k]!;
    });
  });
  return X;
}
