/**
 * Which columns of a model matrix add to those before them, wherever its variables have their origin. A product such as `x:f` of a column far
 * from 0 is nearly a multiple of `f`; about the mean of x it is not. A variable may be centred where each term it is in has its margin in the
 * model, for then the columns span the same space.
 */
import { independentColumns } from "./aliased-columns.ts";
import type { AliasedColumns, MatrixRecipe } from "./design-recipe.ts";
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

/** Means over `rows`, column by column, in two parts each: the first value, and the mean of what is left, which loses nothing of large values. */
function origins(values: Float64Array, width: number, rows: Int32Array): { first: number; rest: number }[] {
  return Array.from({ length: width }, (_, c) => {
    const first = values[rows[0]! * width + c]!;
    let rest = 0;
    for (const row of rows) rest += (values[row * width + c]! - first) / rows.length;
    return { first, rest };
  });
}

/** The values about their origins. */
function centred(values: Float64Array, about: readonly { first: number; rest: number }[]): Float64Array {
  const width = about.length;
  const out = values.slice();
  about.forEach(({ first, rest }, c) => {
    for (let at = c; at < values.length; at += width) out[at] = values[at]! - first - rest;
  });
  return out;
}

/** The columns to keep of X = fillMatrix(recipe, values, rows), p columns, and the null space of X where it has one. */
export function columnsToKeep(
  recipe: MatrixRecipe,
  values: readonly VariableValues[],
  rows: Int32Array,
  X: Float64Array,
  p: number,
): { readonly kept: readonly number[]; readonly aliased?: AliasedColumns } {
  const n = rows.length;
  const plain = independentColumns(X, n, p, recipe.intercept);
  if (plain.kept.length === p || n === 0) return plain;
  const moved = values.map((own, v) =>
    own.kind === "factor" || !hasMargins(recipe, v) ? null : origins(own.values, own.width, rows),
  );
  if (moved.every((about) => about === null)) return plain;
  const about = values.map((own, v): VariableValues => {
    const origin = moved[v];
    return own.kind === "factor" || !origin ? own : { ...own, values: centred(own.values, origin) };
  });
  const C = fillMatrix(recipe, about, rows);
  const { kept, aliased } = independentColumns(C, n, p, recipe.intercept);
  const meaningful = kept.filter((c) => {
    let largest = 0;
    let square = 0;
    for (let at = c; at < X.length; at += p) {
      largest = Math.max(largest, Math.abs(X[at]!));
      square += C[at]! ** 2;
    }
    return Math.sqrt(square / n) > ROUNDINGS * Number.EPSILON * largest;
  });
  if (meaningful.length <= plain.kept.length) return plain;
  if (!aliased && meaningful.length === p) return { kept: meaningful };
  // what hardly varies but for rounding is not estimable away from where it is
  const noise = kept.filter((c) => !meaningful.includes(c));
  const units = noise.map((c) => Array.from({ length: p }, (_, k) => (k === c ? 1 : 0)));
  return {
    kept: meaningful,
    aliased: {
      directions: [...(aliased?.directions ?? []), ...units],
      centres: aliased?.centres ?? new Array<number>(p).fill(0),
      sizes: [...(aliased?.sizes ?? []), ...noise.map(() => 0)],
      origins: moved.map((origin) => origin?.map(({ first, rest }) => first + rest) ?? null),
    },
  };
}
