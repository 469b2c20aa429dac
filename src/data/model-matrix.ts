/** Model matrices from recipes: which columns there are, and their numbers over given rows. */

import { deparse } from "../dsl/deparse.ts";
import { contrastCoding, indicatorCoding } from "./contrasts.ts";
import type { MatrixRecipe, VariableRecipe } from "./design-recipe.ts";

/** The values of a variable over the rows of a table: numbers (rows × width), or codes of levels. */
export type VariableValues =
  | { readonly kind: "numeric"; readonly values: Float64Array; readonly width: number }
  | { readonly kind: "factor"; readonly codes: Int32Array };

/** How one variable enters one term: row r contributes `matrix[position(r)…+width]`. */
interface Entry {
  readonly names: readonly string[];
  readonly matrix: Float64Array;
  /** Codes of a factor; null where `matrix` is indexed by row. */
  readonly codes: Int32Array | null;
}

function factorCoding(variable: Exclude<VariableRecipe, { kind: "numeric" }>, indicators: boolean) {
  if (variable.kind === "places") return indicatorCoding(variable.places.map(String));
  return indicators ? indicatorCoding(variable.levels) : contrastCoding(variable.levels, variable.contrasts);
}

const suffixed = (label: string, suffixes: readonly string[]) => suffixes.map((suffix) => label + suffix);

/** Products of names, the first factor varying fastest, joined by ":". */
const crossedNames = (parts: readonly (readonly string[])[]): string[] =>
  parts.reduce<string[]>(
    (names, part, i) => (i === 0 ? [...part] : part.flatMap((name) => names.map((head) => `${head}:${name}`))),
    [],
  );

/** The names of places: `time0.5`, and of several coordinates as R names products of factors, `east3.5:north2`. */
const placeNames = ({ expressions, places }: VariableRecipe & { kind: "places" }): string[] =>
  places.map((place) => place.map((value, k) => `${deparse(expressions[k]!)}${value}`).join(":"));

/** The names of the columns, as R's `model.matrix` writes them. */
export function columnNames(recipe: MatrixRecipe): string[] {
  const names = recipe.terms.flatMap((term) =>
    crossedNames(
      term.variables.map((v, i) => {
        const variable = recipe.variables[v]!;
        if (variable.kind === "places") return placeNames(variable);
        return variable.kind === "numeric"
          ? variable.names
          : suffixed(variable.label, factorCoding(variable, term.indicators[i]!).suffixes);
      }),
    ),
  );
  return recipe.intercept ? ["(Intercept)", ...names] : names;
}

/**
 * The matrix over `rows` of the table the values belong to: rows.length × width, row-major, `width` the number of names.
 *
 * @param values by variable, for every row of the table
 */
export function fillMatrix(recipe: MatrixRecipe, values: readonly VariableValues[], rows: Int32Array): Float64Array {
  const terms = recipe.terms.map((term) =>
    term.variables.map((v, i): Entry => {
      const variable = recipe.variables[v]!;
      const source = values[v]!;
      if (variable.kind === "numeric") {
        if (source.kind !== "numeric") throw new Error(`${variable.label} is numeric in the recipe`);
        return { names: variable.names, matrix: source.values, codes: null };
      }
      if (source.kind !== "factor") throw new Error(`${variable.label} is a factor in the recipe`);
      const coding = factorCoding(variable, term.indicators[i]!);
      return { names: coding.suffixes, matrix: coding.matrix, codes: source.codes };
    }),
  );
  const widths = terms.map((entries) => entries.reduce((product, entry) => product * entry.names.length, 1));
  const lead = recipe.intercept ? 1 : 0;
  const width = widths.reduce((sum, w) => sum + w, lead);
  const X = new Float64Array(rows.length * width);
  if (recipe.intercept) for (let r = 0; r < rows.length; r++) X[r * width] = 1;
  let offset = lead;
  terms.forEach((entries, t) => {
    fillTerm(X, width, offset, entries, rows);
    offset += widths[t]!;
  });
  return X;
}

/** Writes the products of the entries' columns into X, the first entry varying fastest. */
function fillTerm(X: Float64Array, width: number, offset: number, entries: readonly Entry[], rows: Int32Array): void {
  const [only] = entries;
  if (entries.length === 1 && only!.names.length === 1 && only!.codes === null) {
    const { matrix } = only!;
    for (let r = 0, base = offset; r < rows.length; r++, base += width) X[base] = matrix[rows[r]!]!;
    return;
  }
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    const base = r * width + offset;
    X[base] = 1;
    let size = 1;
    for (const { names, matrix, codes } of entries) {
      const w = names.length;
      const from = (codes === null ? row : codes[row]!) * w;
      // Last block first, so that the partial products in the first block are overwritten last.
      for (let k = w - 1; k >= 0; k--) {
        const factor = matrix[from + k]!;
        for (let j = 0; j < size; j++) X[base + k * size + j] = X[base + j]! * factor;
      }
      size *= w;
    }
  }
}

/** The columns of a row-major matrix at the given positions. */
export function selectColumns(X: Float64Array, rows: number, width: number, kept: readonly number[]): Float64Array {
  if (kept.length === width) return X;
  const out = new Float64Array(rows * kept.length);
  for (let r = 0; r < rows; r++)
    for (let k = 0; k < kept.length; k++) out[r * kept.length + k] = X[r * width + kept[k]!]!;
  return out;
}

/** Names of the columns of a parameter of a nonlinear mean, as nlme's: `Asym`, or `Asym.(Intercept)` and `Asym.x`. */
export const prefixed = (names: readonly string[], prefix: string | undefined): readonly string[] =>
  prefix === undefined
    ? names
    : names.length === 1 && names[0] === "(Intercept)"
      ? [prefix]
      : names.map((name) => `${prefix}.${name}`);

/** Matrices (row-major) with as many rows, beside each other. */
export function besideEachOther(matrices: readonly Float64Array[], columns: readonly number[]): Float64Array {
  const width = columns.reduce((sum, own) => sum + own, 0);
  const rows = matrices[0]!.length / columns[0]!;
  const out = new Float64Array(rows * width);
  let first = 0;
  matrices.forEach((matrix, k) => {
    const own = columns[k]!;
    for (let i = 0; i < rows; i++) out.set(matrix.subarray(i * own, (i + 1) * own), i * width + first);
    first += own;
  });
  return out;
}

/** A matrix (row-major) beside itself, `times` times. */
export function repeatColumns(matrix: Float64Array, columns: number, times: number): Float64Array {
  if (times === 1) return matrix;
  const rows = columns === 0 ? 0 : matrix.length / columns;
  const out = new Float64Array(matrix.length * times);
  for (let i = 0; i < rows; i++)
    for (let t = 0; t < times; t++)
      for (let c = 0; c < columns; c++) out[(i * times + t) * columns + c] = matrix[i * columns + c]!;
  return out;
}
