/** The design of a fit applied to other rows. */
import { columnsOf } from "../dsl/columns-used.ts";
import type { Expression } from "../dsl/expression.ts";
import * as messages from "../messages/data.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import { columnFault } from "./column-fault.ts";
import { departuresOf } from "./departures.ts";
import { type DesignRows, dataColumn, type PredictorDesign, type RandomTermDesign } from "./design.ts";
import type {
  AliasedColumns,
  DesignRecipe,
  MatrixRecipe,
  PredictorRecipe,
  RandomRecipe,
  VariableRecipe,
} from "./design-recipe.ts";
import { Evaluation, Faults } from "./evaluation.ts";
import { expressionSlope } from "./expression-slope.ts";
import { encode, placesOf } from "./factor.ts";
import { matchGroups, rewrittenLevels } from "./match-groups.ts";
import { fillMatrixSlopes } from "./matrix-slopes.ts";
import {
  besideEachOther,
  columnNames,
  fillMatrix,
  prefixed,
  repeatColumns,
  selectColumns,
  type VariableValues,
} from "./model-matrix.ts";
import { readNewTrials, readNewWeights } from "./new-responses.ts";
import { placesOfRows } from "./places.ts";
import { isMissing, type Table } from "./table.ts";

export interface ApplyOptions {
  /** `keep` (default) gives the random terms of the rows; `none` leaves them out, and their columns need not be there. */
  readonly random?: "keep" | "none";
  /**
   * Whether the grouping columns must be there and not missing. Default false: a row without one belongs to no known group (index −1).
   */
  readonly needRandom?: boolean;
  /**
   * Whether new responses will be drawn, which need their trials and, if `weights`, their weights: the columns must be there, and rows that lack
   * them are left out. Default: neither is needed.
   */
  readonly responses?: { readonly weights: boolean };
  /**
   * Whether the r-th predictor is asked for; default all are. Of others neither columns nor groups need be there: their design is empty, of zeros.
   */
  readonly asked?: (r: number) => boolean;
  /**
   * A numeric column: matrices and offsets are then their derivatives in it, and so are departures. Factors have none.
   */
  readonly slopeIn?: string;
  /** Further columns whose missing values leave a row out, where the table has them. */
  readonly complete?: readonly string[];
}

/**
 * Applies the recipe to the rows of a table: the same levels, contrasts, polynomials, centres and dropped columns. The response is not needed; a
 * level of a grouping factor that the fit did not see gets index −1. Rows with a missing predictor are left out and noted in `gaps`.
 *
 * @throws DeclarationError with all faults: absent columns, a level of a fixed factor that the fit did not see, undefined values, trials and
 * weights that cannot be
 * @example
 * applyRecipe(design.recipe, toTable({ Days: [0, 5], Subject: ["308", "new"] })).random[0]!.index; // Int32Array [0, -1]
 */
export function applyRecipe(recipe: DesignRecipe, table: Table, options: ApplyOptions = {}): DesignRows {
  const { random = "keep", needRandom = false, responses, complete = [], asked = () => true, slopeIn } = options;
  const terms = random === "keep" ? recipe.random : [];
  const isAsked = ({ predictor, predictors = [predictor] }: RandomRecipe) => predictors.some(asked);
  const faults = new Faults();
  const needed = new Set<string>([
    ...recipe.predictors
      .filter((_, r) => asked(r))
      .flatMap(({ matrix, offsets }) => [...columnsOfMatrix(matrix), ...offsets.flatMap(columnsOf)]),
    ...(recipe.columns ?? []),
    ...terms
      .filter(isAsked)
      .flatMap((term) => [...matricesOf(term).flatMap(columnsOfMatrix), ...(needRandom ? term.group : [])]),
    ...(responses ? columnsOfTrials(recipe) : []),
    ...(responses?.weights && recipe.weights !== null ? [recipe.weights] : []),
  ]);
  if (table.column("pi") === undefined) needed.delete("pi");
  for (const name of needed) {
    if (table.column(name) !== undefined) continue;
    faults.addIssue(columnFault(table, name));
    needed.delete(name);
  }
  const { rows, gaps } = completeRows(table, [
    ...new Set([...needed, ...complete.filter((name) => table.column(name) !== undefined)]),
  ]);
  const warnings = new Map<string, FitWarning>();
  const warnRewritten = (column: string, levels: readonly (readonly [string, string])[]) => {
    if (levels.length === 0) return;
    const message = messages.rewrittenLevels(column, levels);
    warnings.set(message, { code: "one-number", message });
  };
  const evaluation = new Evaluation(table, rows, faults, { states: { ...recipe.states }, learn: false });
  const known = new Map<string, VariableValues | null>();
  const valuesOf = (matrix: MatrixRecipe): VariableValues[] | null => {
    const values = matrix.variables.map((variable) => {
      let value = known.get(variable.label);
      if (value === undefined) {
        value = variableValues(variable, evaluation, warnRewritten);
        known.set(variable.label, value);
      }
      return value;
    });
    return values.every((value) => value !== null) ? values : null;
  };

  const reading: Reading = { table, rows, evaluation, valuesOf, warnRewritten, slopeIn };
  const predictors = recipe.predictors.map((predictor, r) => predictorOnRows(predictor, asked(r), reading));
  const randomTerms = terms.map((term) => termOnRows(term, isAsked(term), reading));
  const trials = responses ? readNewTrials(recipe.trials, evaluation) : null;
  const weights = responses?.weights && recipe.weights !== null ? readNewWeights(recipe.weights, evaluation) : null;
  const columns = (recipe.columns ?? [])
    .filter((name) => table.column(name) !== undefined)
    .map((name) => [dataColumn(name), evaluation.numericColumn(name)] as const);
  if (faults.issues.length > 0) throw new DeclarationError(faults.issues);
  return {
    n: rows.length,
    rows,
    omitted: table.rows - rows.length,
    ...(gaps.size > 0 && { gaps }),
    ...(warnings.size > 0 && { warnings: [...warnings.values()] }),
    trials,
    weights,
    ...(columns.length > 0 && {
      columns: Object.fromEntries(
        columns.map(([name, values]) => [name, Float64Array.from(rows, (row) => values![row]!)]),
      ),
    }),
    predictors: predictors as PredictorDesign[],
    random: randomTerms as RandomTermDesign[],
  };
}

/** What reads the columns of a recipe on the rows of a table. */
interface Reading {
  readonly table: Table;
  readonly rows: Int32Array;
  readonly evaluation: Evaluation;
  /** The variables of a matrix; null where one has a fault. */
  valuesOf(matrix: MatrixRecipe): VariableValues[] | null;
  warnRewritten(column: string, levels: readonly (readonly [string, string])[]): void;
  /** The column in which derivatives are taken; undefined: the values themselves. */
  readonly slopeIn: string | undefined;
}

/** A matrix over the rows, or its derivative. */
function matrixOnRows(matrix: MatrixRecipe, values: readonly VariableValues[], reading: Reading): Float64Array {
  const { rows, evaluation, slopeIn } = reading;
  if (slopeIn === undefined) return fillMatrix(matrix, values, rows);
  const slopes = matrix.variables.map((variable) =>
    variable.kind === "numeric" ? expressionSlope(variable.expression, slopeIn, evaluation) : null,
  );
  return fillMatrixSlopes(matrix, values, slopes, rows);
}

/** An offset over the rows of the table, or its derivative; null where it has a fault, or no derivative but 0. */
const offsetOnRows = (expression: Expression, { evaluation, slopeIn }: Reading): Float64Array | null =>
  slopeIn === undefined ? evaluation.numbers(expression) : expressionSlope(expression, slopeIn, evaluation);

/** A linear predictor on the rows; zeros where it is not asked for, null where a column has a fault. */
function predictorOnRows(
  { role, matrix, kept, aliased, offsets, prefix }: PredictorRecipe,
  asked: boolean,
  reading: Reading,
): PredictorDesign | null {
  const { rows, evaluation, valuesOf, slopeIn } = reading;
  const offset = new Float64Array(rows.length);
  const names = prefixed(columnNames(matrix), prefix);
  const own = {
    role,
    names: kept.map((c) => names[c]!),
    offset,
    intercept: matrix.intercept && kept[0] === 0,
  };
  if (!asked) return { ...own, X: new Float64Array(rows.length * kept.length) };
  for (const expression of offsets) {
    const values = evaluation.has(expression) ? offsetOnRows(expression, reading) : null;
    if (values !== null) for (let r = 0; r < rows.length; r++) offset[r]! += values[rows[r]!]!;
  }
  const values = valuesOf(matrix);
  if (values === null) return null;
  const whole = matrixOnRows(matrix, values, reading);
  const space = aliased && slopeIn !== undefined ? { ...aliased, centres: aliased.centres.map(() => 0) } : aliased;
  const departures = space && departuresOf(space, atOrigins(matrix, values, space, reading) ?? whole, rows.length);
  return {
    ...own,
    X: selectColumns(whole, rows.length, names.length, kept),
    ...(departures && { departures }),
  };
}

/** The matrices of a term: its own, and those of terms whose effects are of it too. */
const matricesOf = ({ matrix, beside = [] }: RandomRecipe): MatrixRecipe[] => [
  matrix,
  ...beside.map((other) => other.matrix),
];

/** A random term on the rows; effects that come to nothing where it is not asked for, null where a column has a fault. */
function termOnRows(term: RandomRecipe, asked: boolean, reading: Reading): RandomTermDesign | null {
  const { table, rows, valuesOf, warnRewritten } = reading;
  const {
    predictor,
    predictors: spanned,
    within,
    name,
    group,
    levels,
    matrix,
    beside = [],
    covariance,
    sd,
    places,
    label,
  } = term;
  const own = columnNames(matrix);
  const names = term.names ?? own;
  const q = names.length;
  const others = beside.map((other) => other.q);
  const sizes = [q - others.reduce((sum, size) => sum + size, 0), ...others];
  const plain = {
    predictor,
    ...(spanned && { predictors: spanned }),
    group: name,
    levels,
    q,
    names,
    ...(within && { within }),
    covariance,
    ...(sd && { sd }),
    ...(places && { places }),
    ...(label && { label }),
  };
  // a level that is known, with effects that come to nothing
  if (!asked) return { ...plain, index: new Int32Array(rows.length), Z: new Float64Array(rows.length * q) };
  const matrices = matricesOf(term);
  const filled = matrices.flatMap((one) => {
    const values = valuesOf(one);
    return values === null ? [] : [matrixOnRows(one, values, reading)];
  });
  if (filled.length < matrices.length) return null;
  const columns = group.map((column) => table.column(column));
  const coded = columns.every((column) => column !== undefined) ? columns.map(encode) : null;
  const matched = coded && matchGroups(coded, term, rows);
  matched?.rewritten.forEach((texts, c) => {
    warnRewritten(group[c]!, texts);
  });
  const { index, unseen } = matched ?? { index: new Int32Array(rows.length).fill(-1) };
  return {
    ...plain,
    index,
    ...(unseen ? { unseen } : {}),
    Z: besideEachOther(
      filled.map((Z, k) => {
        const { length } = columnNames(matrices[k]!);
        return repeatColumns(Z, length, sizes[k]! / length);
      }),
      sizes,
    ),
  };
}

/** The matrix with its variables at the origins that its null space was found at; null where it was found as it is. */
function atOrigins(
  matrix: MatrixRecipe,
  values: readonly VariableValues[],
  { origins }: AliasedColumns,
  reading: Reading,
): Float64Array | null {
  if (!origins) return null;
  const moved = values.map((own, v): VariableValues => {
    const origin = origins[v];
    return own.kind === "factor" || !origin
      ? own
      : { ...own, values: own.values.map((value, at) => value - origin[at % own.width]!) };
  });
  return matrixOnRows(matrix, moved, reading);
}

const expressionsOf = (variable: VariableRecipe): readonly Expression[] =>
  variable.kind === "places"
    ? variable.expressions
    : [variable.kind === "numeric" ? variable.expression : { kind: "column", name: variable.column }];

const columnsOfMatrix = (matrix: MatrixRecipe): string[] =>
  matrix.variables.flatMap((variable) => expressionsOf(variable).flatMap(columnsOf));

const columnsOfTrials = ({ trials }: DesignRecipe): string[] =>
  trials.kind === "expression" ? columnsOf(trials.expression) : [];

/** The rows without a missing value in the columns, and by column those with one. */
function completeRows(table: Table, names: readonly string[]) {
  const gaps = new Map<string, number[]>();
  const incomplete = new Uint8Array(table.rows);
  for (const name of names) {
    const column = table.column(name)!;
    const missing: number[] = [];
    for (let row = 0; row < table.rows; row++) if (isMissing(column, row)) missing.push(row);
    if (missing.length === 0) continue;
    gaps.set(name, missing);
    for (const row of missing) incomplete[row] = 1;
  }
  return { rows: Int32Array.from(incomplete.keys()).filter((row) => incomplete[row] === 0), gaps };
}

function variableValues(
  variable: VariableRecipe,
  evaluation: Evaluation,
  warnRewritten: (column: string, levels: readonly (readonly [string, string])[]) => void,
): VariableValues | null {
  if (!expressionsOf(variable).every((expression) => evaluation.has(expression))) return null;
  if (variable.kind === "places") return placesOfRows(variable, evaluation);
  if (variable.kind === "numeric") {
    const numeric = evaluation.variable(variable.expression);
    return numeric === null ? null : { kind: "numeric", values: numeric.values, width: numeric.names.length };
  }
  const coded = encode(evaluation.column(variable.column)!);
  const places = placesOf(coded, variable.levels, variable);
  const codes = coded.codes.map((code) => (code < 0 ? -1 : places[code]! < 0 ? -2 : places[code]!));
  const unknown = evaluation.rows.find((row) => codes[row] === -2);
  if (unknown !== undefined) {
    const level = coded.levels[coded.codes[unknown]!]!;
    return evaluation.faults.add(
      "new-level",
      ["column", variable.column],
      messages.newLevel(variable.column, level, unknown + 1, variable.levels),
    );
  }
  warnRewritten(variable.column, rewrittenLevels(coded, variable.levels, places, evaluation.rows));
  return { kind: "factor", codes };
}
