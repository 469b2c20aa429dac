/**
 * Which columns of a model matrix add to those before them, wherever its variables have their origin. A product such as `x:f` of a column far
 * from 0 is nearly a multiple of `f`; about the mean of x it is not. A variable may be centred where each term it is in has its margin in the
 * model, for then the columns span the same space.
 */
import { independentColumns } from "./aliased-columns.ts";
import type { MatrixRecipe } from "./design-recipe.ts";
import { fillMatrix, type VariableValues } from "./model-matrix.ts";

/** A column has to vary by this many roundings of its largest entry for what is left of it to be more than rounding. */
const ROUNDINGS = 1e4;

/** Whether every term with variable v stays in the model's space when v is shifted: the term without v is there. */
function hasMargins({ terms, intercept }: MatrixRecipe, v: number): boolean {
  const key = (variables: readonly number[]) => [...variables].sort((a, b) => a - b).join();
  const present = new Set(terms.map(({ variables }) => key(variables)));
  // all indicators of a factor add up to an intercept
  const constant = intercept || terms.some(({ variables, indicators }) => variables.length === 1 && indicators[0]);
  return terms.every(({ variables }) => {
    if (!variables.includes(v)) return true;
    const margin = variables.filter((other) => other !== v);
    return margin.length === 0 ? constant : present.has(key(margin));
  });
}

/** The values about their means over `rows`, column by column. */
function centred(values: Float64Array, width: number, rows: Int32Array): Float64Array {
  const out = values.slice();
  for (let c = 0; c < width; c++) {
    // the first value off first, so that the mean of large values loses nothing
    const first = values[rows[0]! * width + c]!;
    let mean = 0;
    for (const row of rows) mean += (values[row * width + c]! - first) / rows.length;
    for (let at = c; at < values.length; at += width) out[at] = values[at]! - first - mean;
  }
  return out;
}

/** The positions of the columns to keep of X = fillMatrix(recipe, values, rows), p columns. */
export function columnsToKeep(
  recipe: MatrixRecipe,
  values: readonly VariableValues[],
  rows: Int32Array,
  X: Float64Array,
  p: number,
): number[] {
  const n = rows.length;
  const kept = independentColumns(X, n, p, recipe.intercept);
  if (kept.length === p || n === 0) return kept;
  let changed = false;
  const about = values.map((own, v): VariableValues => {
    if (own.kind === "factor" || !hasMargins(recipe, v)) return own;
    changed = true;
    return { ...own, values: centred(own.values, own.width, rows) };
  });
  if (!changed) return kept;
  const C = fillMatrix(recipe, about, rows);
  const meaningful = independentColumns(C, n, p, recipe.intercept).filter((c) => {
    let largest = 0;
    let square = 0;
    for (let at = c; at < X.length; at += p) {
      largest = Math.max(largest, Math.abs(X[at]!));
      square += C[at]! ** 2;
    }
    return Math.sqrt(square / n) > ROUNDINGS * Number.EPSILON * largest;
  });
  return meaningful.length > kept.length ? meaningful : kept;
}
