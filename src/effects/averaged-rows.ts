/** The rows that an average at the cells of a grid is taken over, and how each counts. */
import { applyRecipe } from "../data/apply-recipe.ts";
import { isNumberText, numberLabel } from "../data/number-text.ts";
import { type Column, rowsOfColumn, type Table, tableOf } from "../data/table.ts";
import { type TableInput, toTable } from "../data/to-table.ts";
import { columnsOfFactors } from "../dsl/columns-used.ts";
import {
  conditionalOfGrid,
  newRowsLeftOut,
  targetTooLarge,
  weightsNeedRows,
  weightsNotThese,
} from "../messages/averages.ts";
import { weightsWithoutTrials } from "../messages/effects.ts";
import { declarationFault, type FitWarning } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { Fit } from "../model/fit.ts";
import { holdsValue, valueAt } from "./cell-values.ts";
import type { Grid, GridCell } from "./grid.ts";
import { mergeRows, tableAt } from "./grid-table.ts";
import { type GridWeights, gridWeights, referenceGrid } from "./reference-grid.ts";
import { type Target, targetColumn, targetShares } from "./target-weights.ts";
import { usedColumns } from "./used-columns.ts";
import type { AveragedRows } from "./weighted-means.ts";

/** `rows`, `trials`, `frequency`: what counts once of the rows; a reference grid; a target population. */
export const averageWeights = ["rows", "trials", "frequency", ...gridWeights] as const;

export type AverageWeights = (typeof averageWeights)[number] | Target;

/** What rows an average is over. */
export interface RowChoice {
  readonly weights: AverageWeights;
  /** Rows in the place of those of the fit. */
  readonly newdata?: TableInput | undefined;
  /** Whether every row is taken in every cell, with the grid's columns replaced; else the rows that have the cell's values. */
  readonly counterfactual: boolean;
}

/** Rows of a table that averages start from. */
export interface RowSource {
  readonly table: Table;
  readonly rows: Int32Array;
  /** How often each row counts; null = once. */
  readonly counts: Float64Array | null;
  /** How often each row is there; null = once. */
  readonly frequencies: Float64Array | null;
}

/** The rows of one cell with weights that sum to 1; null: there are none. */
export type CellRows = { readonly table: Table; readonly weights: Float64Array } | null;

/** Target cells times rows at most. */
const MOST_ROWS = 2e6;

const isGridKind = (weights: AverageWeights): weights is GridWeights => gridWeights.includes(weights as GridWeights);

/** The rows that averages start from: those of the fit, or new ones. @throws DeclarationError for weights that the model has not */
export function rowSource({ model }: Fit, { weights, newdata }: RowChoice): RowSource {
  const { design, family, table } = model;
  if (newdata !== undefined) {
    const own = toTable(newdata);
    const rows = Int32Array.from({ length: own.rows }, (_, row) => row);
    if (weights === "frequency") throw declarationFault(weightsNeedRows(weights));
    const counts = weights === "trials" ? trialsOfNewRows(model, own) : null;
    return { table: own, rows, counts, frequencies: null };
  }
  const { frequencyWeights: frequencies, trials } = design;
  if (weights === "trials" && !trials) throw declarationFault(weightsWithoutTrials(family.name));
  if (weights === "frequency" && !frequencies) throw declarationFault(weightsNotThese());
  const counts =
    weights === "trials" ? (frequencies ? trials!.map((count, i) => count * frequencies[i]!) : trials) : frequencies;
  return { table, rows: design.rows, counts, frequencies };
}

function trialsOfNewRows({ design, family }: CompiledModel, table: Table): Float64Array {
  const { trials, rows } = applyRecipe(design.recipe, table, { random: "none", responses: { weights: false } });
  if (!trials || design.trials === null) throw declarationFault(weightsWithoutTrials(family.name));
  // a row without trials has no part in the average
  const out = new Float64Array(table.rows);
  rows.forEach((row, i) => {
    out[row] = trials[i]!;
  });
  return out;
}

/**
 * The rows averaged over in each cell; rows that agree in all that matters are merged first.
 *
 * @param withGroups whether the groups of rows matter
 */
export function averagedRows(
  fit: Fit,
  source: RowSource,
  grid: Grid,
  choice: RowChoice,
  withGroups: boolean,
): CellRows[] {
  const { spec } = fit.model;
  const used = usedColumns(spec);
  const all = [...new Set([...used.mean, ...(withGroups ? used.group : [])])];
  const vary = all.filter((name) => !grid.columns.includes(name));
  const { weights } = choice;
  if (isGridKind(weights)) {
    if (withGroups) throw declarationFault(conditionalOfGrid(weights));
    const reference = referenceGrid(spec, source, vary, grid, weights);
    return grid.cells.map((cell) => {
      const each = reference.weights(cell);
      const kept = Int32Array.from(each.keys()).filter((row) => each[row]! > 0);
      if (kept.length === 0) return null;
      return { table: tableAt(reference.table, kept, cell), weights: Float64Array.from(kept, (row) => each[row]!) };
    });
  }
  if (typeof weights === "object") return targetRows(fit, source, grid, weights, vary);
  if (choice.counterfactual) {
    const merged = mergeRows(source.table, source.rows, vary, source.counts);
    return grid.cells.map((cell) => ({ table: tableAt(source.table, merged.rows, cell), weights: merged.weights }));
  }
  return grid.cells.map((cell) => {
    const places = Int32Array.from(source.rows.keys()).filter((i) => holds(source.table, source.rows[i]!, cell));
    const counts = source.counts && Float64Array.from(places, (i) => source.counts![i]!);
    if (places.length === 0 || counts?.every((count) => count === 0)) return null;
    const rows = Int32Array.from(places, (i) => source.rows[i]!);
    const merged = mergeRows(source.table, rows, all, counts);
    return { table: tableAt(source.table, merged.rows, {}), weights: merged.weights };
  });
}

const holds = (table: Table, row: number, cell: GridCell) =>
  Object.entries(cell).every(([name, value]) => {
    const column = table.column(name);
    return column !== undefined && holdsValue(column, row, value);
  });

/** Each cell of the target with every row of the source, what the target does not say as it is there. */
function targetRows(fit: Fit, source: RowSource, grid: Grid, target: Target, vary: readonly string[]): CellRows[] {
  const { spec, table: fitted, design } = fit.model;
  const used = usedColumns(spec);
  const factors = columnsOfFactors(spec);
  const levels = new Map(
    [...used.mean].flatMap((name) => {
      const column = fitted.column(name);
      if (!column || !(column.kind === "text" || factors.has(name))) return [];
      return [[name, levelTexts(column, design.rows)] as const];
    }),
  );
  const shares = targetShares(target, [...new Set([...used.mean, ...used.group])], levels);
  const left = vary.filter((name) => !shares.columns.includes(name));
  const merged = mergeRows(source.table, source.rows, left, source.counts);
  const set = shares.columns.filter((name) => !grid.columns.includes(name));
  return grid.cells.map((cell) => {
    const own = shares.at(cell);
    if (!own) return null;
    const each = merged.rows.length;
    const count = own.rows.length * each;
    if (count > MOST_ROWS) throw declarationFault(targetTooLarge(own.rows.length, each, left));
    const rowsOfSource = Int32Array.from({ length: count }, (_, k) => merged.rows[k % each]!);
    const rowsOfTarget = Int32Array.from({ length: count }, (_, k) => own.rows[Math.floor(k / each)]!);
    const base = tableAt(source.table, rowsOfSource, cell);
    const columns = new Map<string, Column>();
    for (const name of base.names) {
      const column = base.column(name);
      if (column) columns.set(name, column);
    }
    for (const name of set)
      columns.set(name, targetColumn(shares.table.column(name)!, fitted.column(name), rowsOfTarget));
    return {
      table: tableOf(columns, count),
      weights: Float64Array.from(
        { length: count },
        (_, k) => own.shares[Math.floor(k / each)]! * merged.weights[k % each]!,
      ),
    };
  });
}

/** The levels of a column as texts, numbers in the texts of numbers too. */
function levelTexts(column: Column, rows: Int32Array): ReadonlySet<string> {
  const out = new Set<string>();
  for (const row of rows) {
    const value = valueAt(column, row);
    if (value === null) continue;
    out.add(String(value));
    const label =
      typeof value === "number" ? numberLabel(value) : isNumberText(value) ? numberLabel(Number(value)) : null;
    if (label !== null) out.add(label);
  }
  return out;
}

/** The designs of cells, what they have no rows for, and what is to be said. */
export interface CellDesigns {
  /** Of an empty cell one row of weight NaN. */
  readonly sets: readonly AveragedRows[];
  readonly empty: readonly boolean[];
  readonly warnings: readonly FitWarning[];
}

/** Applies the recipe of a fit to the rows of cells. @throws DeclarationError for new rows that cannot be */
export function cellDesigns({ model }: Fit, cells: readonly CellRows[]): CellDesigns {
  const { design, table } = model;
  let omitted = 0;
  const sets = cells.map((cell): AveragedRows => {
    if (!cell) {
      const first = Int32Array.of(design.rows[0]!);
      const one = rowsOf(table, first);
      return { rows: applyRecipe(design.recipe, one), weights: Float64Array.of(Number.NaN) };
    }
    const rows = applyRecipe(design.recipe, cell.table);
    if (rows.omitted === 0) return { rows, weights: cell.weights };
    omitted = Math.max(omitted, rows.omitted);
    const kept = Float64Array.from(rows.rows, (row) => cell.weights[row]!);
    const total = kept.reduce((sum, w) => sum + w, 0);
    return { rows, weights: kept.map((w) => w / total) };
  });
  return {
    sets,
    empty: cells.map((cell) => cell === null),
    warnings: omitted > 0 ? [newRowsLeftOut(omitted)] : [],
  };
}

function rowsOf(table: Table, rows: Int32Array): Table {
  const columns = new Map<string, Column>();
  for (const name of table.names) {
    const column = table.column(name);
    if (column) columns.set(name, rowsOfColumn(column, rows));
  }
  return tableOf(columns, rows.length);
}
