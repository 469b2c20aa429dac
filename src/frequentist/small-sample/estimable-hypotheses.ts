/**
 * Type III hypotheses where cells are empty, as SAS has them: of a term F the estimable functions that involve F and terms that contain it alone, orthogonal
 * to those that involve the latter alone (Goodnight 1978, SAS Technical Report R-101; SAS/STAT User's Guide, The Four Types of Estimable Functions).
 */
import { Matrix, solve } from "ml-matrix";
import type { MatrixRecipe } from "../../data/design-recipe.ts";
import type { TermHypothesis } from "./term-hypotheses.ts";

/** The columns of indicators of one term, over all levels. */
export interface IndicatedTerm {
  readonly label: string;
  readonly numeric: readonly string[];
  readonly factors: readonly string[];
  readonly columns: readonly Float64Array[];
  /** Whether a column is of first levels nowhere: those that a treatment coding has. */
  readonly treated: readonly boolean[];
}

/** An entry below this share of its row's largest is rounding. */
const ROUNDING = 1e-8;

/** The term of a recipe without its columns: which variables are what, and which columns stand for no first level. */
export function shapeOfTerm(
  { variables }: MatrixRecipe,
  term: MatrixRecipe["terms"][number],
): Omit<IndicatedTerm, "columns"> {
  const own = term.variables.map((v) => variables[v]!);
  const labels = (kind: "numeric" | "factor") => own.flatMap((one) => (one.kind === kind ? [one.label] : []));
  const treated = own.reduce<boolean[]>(
    (known, one) => {
      const count = (one.kind === "factor" ? one.levels : one.kind === "places" ? one.places : one.names).length;
      const levels = Array.from({ length: count }, (_, k) => one.kind !== "factor" || k > 0);
      return levels.flatMap((is) => known.map((before) => before && is));
    },
    [true],
  );
  const names = own.map(({ label }) => label);
  return { label: names.join(":"), numeric: labels("numeric").sort(), factors: labels("factor"), treated };
}

/** SAS's rule: the same covariates, and more factors. */
const contains = (large: IndicatedTerm, small: IndicatedTerm): boolean =>
  large.numeric.join("\n") === small.numeric.join("\n") &&
  large.factors.length > small.factors.length &&
  small.factors.every((name) => large.factors.includes(name));

/** Row-reduces in place, pivots taken in the order of the columns given. @returns the pivots' columns */
function reduceRows(rows: number[][], order: readonly number[]): number[] {
  const scale = rows.map((row) => Math.max(...row.map(Math.abs), 0) || 1);
  rows.forEach((row, i) => {
    for (const [k, value] of row.entries()) row[k] = value / scale[i]!;
  });
  const pivots: number[] = [];
  for (const column of order) {
    const from = pivots.length;
    let best = from;
    for (let i = from; i < rows.length; i++)
      if (Math.abs(rows[i]![column]!) > Math.abs(rows[best]?.[column] ?? 0)) best = i;
    const found = rows[best]?.[column] ?? 0;
    if (!(Math.abs(found) > ROUNDING)) continue;
    [rows[from], rows[best]] = [rows[best]!, rows[from]!];
    const own = rows[from]!.map((value) => value / found);
    rows[from] = own;
    rows.forEach((row, i) => {
      const share = row[column]!;
      if (i !== from && share !== 0)
        rows[i] = row.map((value, k) => {
          const left = value - share * own[k]!;
          return Math.abs(left) < ROUNDING * (Math.abs(value) + Math.abs(share * own[k]!)) ? 0 : left;
        });
    });
    pivots.push(column);
  }
  rows.length = pivots.length;
  return pivots;
}

/** A basis of the x for which all rows are 0, one a row. */
function nullSpace(given: readonly (readonly number[])[], width: number): number[][] {
  const rows = given.map((row) => [...row]);
  const order = Array.from({ length: width }, (_, k) => k);
  const pivots = reduceRows(rows, order);
  return order
    .filter((k) => !pivots.includes(k))
    .map((free) => {
      const out = new Array<number>(width).fill(0);
      out[free] = 1;
      pivots.forEach((pivot, i) => {
        out[pivot] = -rows[i]![free]!;
      });
      return out;
    });
}

const product = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] =>
  a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));

const transposed = (a: readonly (readonly number[])[], width: number): number[][] =>
  Array.from({ length: width }, (_, j) => a.map((row) => row[j]!));

/**
 * @param R the products of an orthonormal basis with the columns of the mean's matrix, p × p
 * @param along the same with a column: the coordinates of one that the matrix spans
 * @param intercept the intercept's column, where there is one
 */
export function estimableHypotheses(
  terms: readonly IndicatedTerm[],
  intercept: readonly Float64Array[],
  R: Matrix,
  along: (column: Float64Array) => readonly number[],
): TermHypothesis[] {
  const p = R.rows;
  // by column of indicators what it is of the mean's: rows of T', in which an estimable function is T'm and m its row over the coefficients
  const inMean = (column: Float64Array): number[] => solve(R, Matrix.columnVector([...along(column)])).to1DArray();
  const mean = intercept.map(inMean);
  const own = terms.map(({ columns }) => columns.map(inMean));
  const all = [...mean, ...own.flat()];
  return terms.map((term, t) => {
    const without = [...mean, ...own.flatMap((rows, k) => (k === t || contains(terms[k]!, term) ? [] : rows))];
    const N = nullSpace(without, p);
    const B = product(all, transposed(N, p));
    const inTerm = product(own[t]!, transposed(N, p));
    const above = nullSpace(inTerm, N.length);
    const BG = product(B, transposed(above, N.length));
    const C = above.length === 0 ? null : nullSpace(product(transposed(BG, above.length), B), N.length);
    const M = C ? product(C, N) : N;
    return { term: term.label, L: turned(M, own[t]!, term.treated), estimable: true };
  });
}

/** Rows turned into those that are a unit in one of the term's own coefficients each, of levels that are not first where there are enough. */
function turned(
  M: readonly (readonly number[])[],
  own: readonly (readonly number[])[],
  treated: readonly boolean[],
): Float64Array[] {
  if (M.length === 0) return [];
  const coefficients = product(M, transposed(own, M[0]!.length));
  const rows = M.map((row, i) => [...coefficients[i]!, ...row]);
  const places = own.map((_, k) => k);
  reduceRows(rows, [...places.filter((k) => treated[k]), ...places.filter((k) => !treated[k])]);
  return rows.map((row) => Float64Array.from(row.slice(own.length)));
}
