/**
 * The hypotheses of terms: type II, a term given all others that do not contain it; type III, a term given all others, factors coded by contrasts
 * that sum to zero, so that a main effect is one of equally weighted cell means whatever contrasts the model was declared with.
 */

import { Matrix, solve } from "ml-matrix";
import { applyRecipe } from "../../data/apply-recipe.ts";
import { columnNames } from "../../data/model-matrix.ts";
import { ofMean } from "../../families/of-mean.ts";
import { choleskyFactor, choleskySolve } from "../../linalg/dense-cholesky.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { estimableHypotheses, shapeOfTerm } from "./estimable-hypotheses.ts";
import { type TermColumns, termColumns } from "./term-columns.ts";

export interface TermHypothesis {
  readonly term: string;
  /** Rows over the mean's coefficients. */
  readonly L: readonly Float64Array[];
  /** Type III where cells are empty: the estimable function that SAS and lmerTest test, of the cells that there are. */
  readonly estimable?: true;
}

/** A column that is less than this share of its length outside of what comes before adds nothing: less than what is left of one far from its origin. */
const NEW = 1e-10;
/** A product of a unit vector with a column below this share of the column's length is rounding. */
const ROUNDING = 1e-13;

/** The products of a unit vector with columns. */
const along = (unit: Float64Array, columns: readonly Float64Array[], lengths: readonly number[]): Float64Array =>
  Float64Array.from(columns, (column, a) => {
    const product = dot(unit, column);
    return Math.abs(product) <= ROUNDING * lengths[a]! ? 0 : product;
  });

const lengthsOf = (columns: readonly Float64Array[]): number[] =>
  columns.map((column) => Math.sqrt(dot(column, column)));

/** Orthonormal columns, one after another; twice orthogonalised. */
class Basis {
  readonly columns: Float64Array[] = [];

  /** The part of a column that is new, added to the basis; null where nothing is. */
  add(column: Float64Array): Float64Array | null {
    const own = column.slice();
    const length = Math.sqrt(dot(own, own));
    for (let pass = 0; pass < 2; pass++)
      for (const q of this.columns) {
        const along = dot(q, own);
        for (let i = 0; i < own.length; i++) own[i]! -= along * q[i]!;
      }
    const left = Math.sqrt(dot(own, own));
    if (!(left > NEW * length)) return null;
    for (let i = 0; i < own.length; i++) own[i]! /= left;
    this.columns.push(own);
    return own;
  }
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}

const columnsOf = (X: Float64Array, n: number, p: number, places: readonly number[]): Float64Array[] =>
  places.map((c) => Float64Array.from({ length: n }, (_, i) => X[i * p + c]!));

/** The mean's whole matrix over the rows used, all factors coded by one kind of contrasts, by term; the intercept beside it where there is one. */
function codedBy(
  contrasts: "sum" | "treatment" | "indicators",
  { design, table }: CompiledModel,
): {
  readonly intercept: Float64Array[];
  readonly terms: Float64Array[][];
} {
  const { recipe, rows } = design;
  const own = ofMean(recipe.predictors);
  const variables = own.matrix.variables.map((variable) =>
    variable.kind === "factor" && contrasts !== "indicators" ? { ...variable, contrasts } : variable,
  );
  const everywhere = ({ indicators }: (typeof own.matrix.terms)[number]) => indicators.map(() => true);
  const coded = own.matrix.terms.map((term) =>
    contrasts === "indicators" ? { ...term, indicators: everywhere(term) } : term,
  );
  const matrix = { ...own.matrix, variables, terms: coded };
  const width = columnNames(matrix).length;
  const { aliased: _, ...predictor } = own;
  const applied = applyRecipe(
    {
      ...recipe,
      predictors: [{ ...predictor, matrix, kept: Array.from({ length: width }, (__, c) => c), offsets: [] }],
      random: [],
    },
    table,
    { random: "none" },
  );
  const place = new Map(Array.from(applied.rows, (row, i) => [row, i]));
  const X = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    const from = place.get(row)! * width;
    X.set(ofMean(applied.predictors).X.subarray(from, from + width), i * width);
  });
  let next = matrix.intercept ? 1 : 0;
  const terms = matrix.terms.map((term) => {
    const size = columnNames({ ...matrix, intercept: false, terms: [term] }).length;
    const places = Array.from({ length: size }, (__, k) => next + k);
    next += size;
    return columnsOf(X, rows.length, width, places);
  });
  return { intercept: matrix.intercept ? columnsOf(X, rows.length, width, [0]) : [], terms };
}

/**
 * Type III. Where cells are empty see `estimable-hypotheses.ts`; else the coefficients for which the mean lies in the space of all other sum-coded terms. With C an orthonormal basis of what the term adds to it
 * these are C'Xβ = 0; the rows are turned into those that are a unit in one of the term's own treatment coefficients each, as lmerTest's, since
 * Fai and Cornelius' degrees of freedom depend on them.
 */
export function typeThree(model: CompiledModel): TermHypothesis[] {
  const terms = termColumns(model);
  const { n, predictors } = model.design;
  const { X, names } = ofMean(predictors);
  const p = names.length;
  const coded = codedBy("sum", model);
  const treated = codedBy("treatment", model);
  const columns = columnsOf(
    X,
    n,
    p,
    Array.from({ length: p }, (_, c) => c),
  );
  const lengths = lengthsOf(columns);
  if (hasEmptyCells(coded.terms, coded.intercept)) return overFilledCells(model, columns);
  return terms.map(({ label }, t) => {
    const basis = new Basis();
    for (const column of coded.intercept) basis.add(column);
    coded.terms.forEach((own, other) => {
      if (other !== t) for (const column of own) basis.add(column);
    });
    const added = coded.terms[t]!.flatMap((column) => basis.add(column) ?? []);
    const rows = added.map((c) => along(c, columns, lengths));
    const own = treated.terms[t]!;
    if (own.length !== rows.length) return { term: label, L: rows };
    const M = new Matrix(added.map((c) => own.map((column) => dot(c, column))));
    const L = solve(M, new Matrix(rows));
    return { term: label, L: L.to2DArray().map((row) => Float64Array.from(row)) };
  });
}

/** Whether columns of an interaction are spanned by others, as where a combination of levels has no row. */
function hasEmptyCells(terms: readonly (readonly Float64Array[])[], intercept: readonly Float64Array[]): boolean {
  const basis = new Basis();
  for (const column of intercept) basis.add(column);
  return terms.flat().some((column) => basis.add(column) === null);
}

function overFilledCells(model: CompiledModel, columns: readonly Float64Array[]): TermHypothesis[] {
  const { matrix } = ofMean(model.design.recipe.predictors);
  const { intercept, terms } = codedBy("indicators", model);
  const basis = new Basis();
  for (const column of columns) basis.add(column);
  const along = (column: Float64Array) => basis.columns.map((q) => dot(q, column));
  const R = new Matrix(columns.map(along)).transpose();
  const indicated = matrix.terms.map((term, t) => ({ ...shapeOfTerm(matrix, term), columns: terms[t]! }));
  return estimableHypotheses(indicated, intercept, R, along);
}

const contains = (large: TermColumns, small: TermColumns): boolean =>
  large.variables.length > small.variables.length && small.variables.every((name) => large.variables.includes(name));

/**
 * Type II: the coefficients of a term and of those that contain it, less what the latter say of them: rows that are uncorrelated with the
 * coefficients of the terms that contain it.
 *
 * @param covariance of two contrasts
 */
export function typeTwo(
  model: CompiledModel,
  covariance: (l: Float64Array, m: Float64Array) => number,
): TermHypothesis[] {
  const terms = termColumns(model);
  const p = ofMean(model.design.predictors).names.length;
  const unit = (a: number) => Float64Array.from({ length: p }, (_, k) => (k === a ? 1 : 0));
  return terms.map((term) => {
    const own = term.columns.map(unit);
    const others = terms.filter((other) => contains(other, term)).flatMap(({ columns }) => columns.map(unit));
    const r = others.length;
    if (r === 0) return { term: term.label, L: own };
    const V = new Float64Array(r * r);
    for (let a = 0; a < r; a++) for (let b = 0; b <= a; b++) V[a * r + b] = covariance(others[a]!, others[b]!);
    if (!choleskyFactor(V, r)) return { term: term.label, L: own };
    const L = own.map((l) => {
      const share = Float64Array.from(others, (other) => covariance(l, other));
      choleskySolve(V, r, share);
      const row = l.slice();
      others.forEach((other, k) => {
        for (let a = 0; a < p; a++) row[a]! -= share[k]! * other[a]!;
      });
      return row;
    });
    return { term: term.label, L };
  });
}

/**
 * The coefficients of the larger model for which its mean is the smaller one's: none where the means are the same, null where they are not nested.
 */
export function nestedRestriction(small: CompiledModel, large: CompiledModel): Float64Array[] | null {
  const of = ({ design }: CompiledModel) => {
    const { X, names } = ofMean(design.predictors);
    const p = names.length;
    return columnsOf(
      X,
      design.n,
      p,
      Array.from({ length: p }, (_, c) => c),
    );
  };
  const columns = of(large);
  const whole = new Basis();
  for (const column of columns) whole.add(column);
  const own = of(small);
  if (own.some((column) => whole.add(column) !== null)) return null;
  const basis = new Basis();
  for (const column of own) basis.add(column);
  const added = columns.flatMap((column) => basis.add(column) ?? []);
  const lengths = lengthsOf(columns);
  return added.map((c) => along(c, columns, lengths));
}
