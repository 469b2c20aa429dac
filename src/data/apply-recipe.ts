/** The design of a fit applied to other rows. */
import { columnsOf } from "../dsl/columns-used.ts";
import type { Expression } from "../dsl/expression.ts";
import * as messages from "../messages/data.ts";
import { DeclarationError } from "../messages/issue.ts";
import { nearestName } from "../options/nearest-name.ts";
import { type DesignRows, dataColumn, type PredictorDesign, type RandomTermDesign } from "./design.ts";
import type { DesignRecipe, MatrixRecipe, VariableRecipe } from "./design-recipe.ts";
import { Evaluation, Faults } from "./evaluation.ts";
import { encode, recode } from "./factor.ts";
import { matchGroups, unseenLabels } from "./grouping.ts";
import {
  columnNames,
  fillMatrix,
  prefixed,
  repeatColumns,
  selectColumns,
  type VariableValues,
} from "./model-matrix.ts";
import { isMissing, type Table } from "./table.ts";

export interface ApplyOptions {
  /** `keep` (default) gives the random terms of the rows; `none` leaves them out, and their columns need not be there. */
  readonly random?: "keep" | "none";
  /**
   * Whether the grouping columns must be there and not missing. Default false: a row without one belongs to no known group (index −1).
   */
  readonly needRandom?: boolean;
}

/**
 * Applies the recipe to the rows of a table: the same levels, contrasts, polynomials, centres and dropped columns. The response is not needed; a
 * level of a grouping factor that the fit did not see gets index −1; trials are 1 where their column is absent or missing, and so are weights. Rows with a missing
 * predictor are left out and counted.
 *
 * @throws DeclarationError with all faults: absent columns, a level of a fixed factor that the fit did not see, undefined values
 * @example
 * applyRecipe(design.recipe, toTable({ Days: [0, 5], Subject: ["308", "new"] })).random[0]!.index; // Int32Array [0, -1]
 */
export function applyRecipe(recipe: DesignRecipe, table: Table, options: ApplyOptions = {}): DesignRows {
  const { random = "keep", needRandom = false } = options;
  const terms = random === "keep" ? recipe.random : [];
  const faults = new Faults();
  const needed = new Set<string>([
    ...recipe.predictors.flatMap(({ matrix, offsets }) => [...columnsOfMatrix(matrix), ...offsets.flatMap(columnsOf)]),
    ...(recipe.columns ?? []),
    ...terms.flatMap(({ matrix, group }) => [...columnsOfMatrix(matrix), ...(needRandom ? group : [])]),
  ]);
  if (table.column("pi") === undefined) needed.delete("pi");
  for (const name of needed) {
    if (table.column(name) !== undefined) continue;
    faults.add(
      "unknown-column",
      ["column", name],
      messages.unknownColumn(name, nearestName(name, table.names), table.names),
    );
    needed.delete(name);
  }
  const rows = rowsWithout(table, needed);
  const evaluation = new Evaluation(table, rows, faults, { states: { ...recipe.states }, learn: false });
  const known = new Map<string, VariableValues | null>();
  const valuesOf = (matrix: MatrixRecipe): VariableValues[] | null => {
    const values = matrix.variables.map((variable) => {
      let value = known.get(variable.label);
      if (value === undefined) {
        value = variableValues(variable, evaluation);
        known.set(variable.label, value);
      }
      return value;
    });
    return values.every((value) => value !== null) ? values : null;
  };

  const predictors = recipe.predictors.map(({ role, matrix, kept, offsets, prefix }): PredictorDesign | null => {
    const offset = new Float64Array(rows.length);
    for (const expression of offsets) {
      const values = evaluation.has(expression) ? evaluation.numbers(expression) : null;
      if (values !== null) for (let r = 0; r < rows.length; r++) offset[r]! += values[rows[r]!]!;
    }
    const values = valuesOf(matrix);
    if (values === null) return null;
    const names = prefixed(columnNames(matrix), prefix);
    const X = selectColumns(fillMatrix(matrix, values, rows), rows.length, names.length, kept);
    return { role, names: kept.map((c) => names[c]!), X, offset, intercept: matrix.intercept && kept[0] === 0 };
  });
  const randomTerms = terms.map((term): RandomTermDesign | null => {
    const { predictor, predictors: spanned, name, group, levels, matrix, covariance, sd } = term;
    const values = valuesOf(matrix);
    if (values === null) return null;
    const own = columnNames(matrix);
    const names = term.names ?? own;
    const columns = group.map((column) => table.column(column));
    const coded = columns.every((column) => column !== undefined) ? columns.map(encode) : null;
    const index = coded ? matchGroups(coded, levels, rows) : new Int32Array(rows.length).fill(-1);
    const unseen = coded ? unseenLabels(coded, index, rows) : undefined;
    return {
      predictor,
      ...(spanned && { predictors: spanned }),
      group: name,
      levels,
      index,
      ...(unseen ? { unseen } : {}),
      q: names.length,
      names,
      Z: repeatColumns(fillMatrix(matrix, values, rows), own.length, names.length / own.length),
      covariance,
      ...(sd && { sd }),
    };
  });
  const trials = trialsOf(recipe, evaluation);
  const weights = recipe.weights === null ? null : evaluation.numericColumn(recipe.weights);
  const columns = (recipe.columns ?? [])
    .filter((name) => table.column(name) !== undefined)
    .map((name) => [dataColumn(name), evaluation.numericColumn(name)] as const);
  if (faults.issues.length > 0) throw new DeclarationError(faults.issues);
  return {
    n: rows.length,
    rows,
    omitted: table.rows - rows.length,
    trials,
    weights:
      weights === null ? null : Float64Array.from(rows, (row) => (Number.isNaN(weights[row]!) ? 1 : weights[row]!)),
    ...(columns.length > 0 && {
      columns: Object.fromEntries(
        columns.map(([name, values]) => [name, Float64Array.from(rows, (row) => values![row]!)]),
      ),
    }),
    predictors: predictors as PredictorDesign[],
    random: randomTerms as RandomTermDesign[],
  };
}

const expressionOf = (variable: VariableRecipe): Expression =>
  variable.kind === "numeric" ? variable.expression : { kind: "column", name: variable.column };

const columnsOfMatrix = (matrix: MatrixRecipe): string[] =>
  matrix.variables.flatMap((variable) => columnsOf(expressionOf(variable)));

function rowsWithout(table: Table, needed: ReadonlySet<string>): Int32Array {
  const columns = [...needed].map((name) => table.column(name)!);
  const rows: number[] = [];
  for (let row = 0; row < table.rows; row++) if (!columns.some((column) => isMissing(column, row))) rows.push(row);
  return Int32Array.from(rows);
}

function variableValues(variable: VariableRecipe, evaluation: Evaluation): VariableValues | null {
  if (!evaluation.has(expressionOf(variable))) return null;
  if (variable.kind === "numeric") {
    const numeric = evaluation.variable(variable.expression);
    return numeric === null ? null : { kind: "numeric", values: numeric.values, width: numeric.names.length };
  }
  const coded = encode(evaluation.column(variable.column)!);
  const codes = recode(coded, variable.levels);
  const unknown = evaluation.rows.find((row) => codes[row] === -2);
  if (unknown !== undefined) {
    const level = coded.levels[coded.codes[unknown]!]!;
    return evaluation.faults.add(
      "new-level",
      ["column", variable.column],
      messages.newLevel(variable.column, level, unknown + 1, variable.levels),
    );
  }
  return { kind: "factor", codes };
}

function trialsOf(recipe: DesignRecipe, evaluation: Evaluation): Float64Array | null {
  const { rows } = evaluation;
  if (recipe.trials.kind === "none") return null;
  const ones = new Float64Array(rows.length).fill(1);
  if (recipe.trials.kind === "one" || !evaluation.has(recipe.trials.expression)) return ones;
  const { expression } = recipe.trials;
  const incomplete = (row: number) => columnsOf(expression).some((name) => isMissing(evaluation.column(name)!, row));
  const present = rows.filter((row) => !incomplete(row));
  const values = new Evaluation(evaluation.table, present, evaluation.faults, {
    states: { ...recipe.states },
    learn: false,
  }).numbers(expression);
  return values === null ? ones : Float64Array.from(rows, (row) => (incomplete(row) ? 1 : values[row]!));
}
