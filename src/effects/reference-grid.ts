/** A reference grid: every combination of the levels of the factors, covariates at their means (Searle, Speed & Milliken 1980; R's emmeans). */
import { encode } from "../data/factor.ts";
import { type Column, rowsOfColumn, type Table, tableOf } from "../data/table.ts";
import { columnsOfFactors } from "../dsl/columns-used.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";
import { referenceGridTooLarge } from "../messages/averages.ts";
import { declarationFault } from "../messages/issue.ts";
import type { RowSource } from "./averaged-rows.ts";
import { holdsValue } from "./cell-values.ts";
import type { Grid, GridCell } from "./grid.ts";

/**
 * How the combinations of factors that are averaged over count: `equal`; `proportional`, as often as they are in the data; `outer`, by the product of how
 * often each level is; `cells`, as often as they are in the rows of the cell; `flat`, equal where the cell has rows.
 */
export const gridWeights = ["equal", "proportional", "outer", "cells", "flat"] as const;

export type GridWeights = (typeof gridWeights)[number];

/** Combinations at most. */
const MOST_COMBINATIONS = 1e6;

export interface ReferenceGrid {
  /** A row a combination, the columns of the grid among its columns, to be replaced. */
  readonly table: Table;
  /** By row of the grid, in the cell; they sum to 1, unless there is nothing to weigh by. */
  weights(cell: GridCell): Float64Array;
}

/** A factor that is averaged over, or a covariate of two values. */
interface Crossed {
  readonly name: string;
  /** By level a row that has it. */
  readonly rows: readonly number[];
  /** By row of the source the place of its level. */
  readonly codes: Int32Array;
}

/** The columns of a mean, those of the grid excepted, made a reference grid. @throws DeclarationError with too many combinations */
export function referenceGrid(
  spec: ModelSpec,
  source: RowSource,
  columns: readonly string[],
  grid: Grid,
  kind: GridWeights,
): ReferenceGrid {
  const { table, rows, frequencies } = source;
  const factors = columnsOfFactors(spec);
  const crossed: Crossed[] = [];
  const means = new Map<string, number>();
  for (const name of columns) {
    const column = table.column(name);
    if (!column) continue;
    const levels = crossedLevels(name, column, rows, factors);
    if (levels) crossed.push(levels);
    else means.set(name, meanOf(column, rows, frequencies));
  }
  const count = crossed.reduce((product, { rows: levels }) => product * levels.length, 1);
  if (count > MOST_COMBINATIONS)
    throw declarationFault(
      referenceGridTooLarge(
        count,
        crossed.map(({ name }) => name),
      ),
    );
  const place = Array.from({ length: count }, (_, at) => placesOf(at, crossed));
  const made = new Map<string, Column>();
  for (const name of table.names) {
    const column = table.column(name);
    const k = crossed.findIndex((one) => one.name === name);
    if (!column) continue;
    if (means.has(name)) made.set(name, { kind: "numeric", values: new Float64Array(count).fill(means.get(name)!) });
    else
      made.set(
        name,
        rowsOfColumn(
          column,
          place.map((at) => (k < 0 ? rows[0]! : crossed[k]!.rows[at[k]!]!)),
        ),
      );
  }
  const categorical = grid.columns.filter((name) => {
    const column = table.column(name);
    return column !== undefined && crossedLevels(name, column, rows, factors) !== null;
  });
  const frequency = (i: number) => (frequencies ? frequencies[i]! : 1);
  /** How often each combination is among the rows that count. */
  const counted = (counts: (row: number) => boolean) => {
    const out = new Float64Array(count);
    rows.forEach((row, i) => {
      if (!counts(row)) return;
      let at = 0;
      for (const { rows: levels, codes } of crossed) at = at * levels.length + codes[i]!;
      out[at]! += frequency(i);
    });
    return out;
  };
  const always = kind === "proportional" ? normalised(counted(() => true)) : null;
  const outer = kind === "outer" ? normalised(outerWeights(crossed, place, rows, frequency)) : null;
  return {
    table: tableOf(made, count),
    weights(cell) {
      if (kind === "equal") return new Float64Array(count).fill(1 / count);
      const fixed = always ?? outer;
      if (fixed) return fixed;
      const own = counted((row) => categorical.every((name) => holdsValue(table.column(name)!, row, cell[name]!)));
      return normalised(kind === "flat" ? own.map((often) => (often > 0 ? 1 : 0)) : own);
    },
  };
}

/** The levels of a column that is crossed; null of a covariate that is held at its mean. */
function crossedLevels(name: string, column: Column, rows: Int32Array, factors: ReadonlySet<string>): Crossed | null {
  const { codes } = encode(column);
  const seen = new Map<number, number>();
  const first: number[] = [];
  const own = Int32Array.from(rows, (row) => {
    const code = codes[row]!;
    let at = seen.get(code);
    if (at === undefined) {
      at = first.length;
      seen.set(code, at);
      first.push(row);
    }
    return at;
  });
  // as emmeans: what has two values, as an indicator, is no covariate to be held between them
  return column.kind === "text" || factors.has(name) || first.length <= 2 ? { name, rows: first, codes: own } : null;
}

function meanOf(column: Column, rows: Int32Array, frequencies: Float64Array | null): number {
  const values = column.values as Float64Array;
  let total = 0;
  let sum = 0;
  const origin = values[rows[0]!]!;
  rows.forEach((row, i) => {
    const w = frequencies ? frequencies[i]! : 1;
    total += w;
    sum += w * (values[row]! - origin);
  });
  return origin + sum / total;
}

/** The place of each factor's level in combination `at`; the last factor varies fastest. */
function placesOf(at: number, crossed: readonly Crossed[]): number[] {
  const out = new Array<number>(crossed.length);
  let rest = at;
  for (let k = crossed.length - 1; k >= 0; k--) {
    out[k] = rest % crossed[k]!.rows.length;
    rest = Math.floor(rest / crossed[k]!.rows.length);
  }
  return out;
}

function outerWeights(
  crossed: readonly Crossed[],
  places: readonly (readonly number[])[],
  rows: Int32Array,
  frequency: (i: number) => number,
): Float64Array {
  const margins = crossed.map(({ rows: levels, codes }) => {
    const margin = new Float64Array(levels.length);
    for (let i = 0; i < rows.length; i++) margin[codes[i]!]! += frequency(i);
    return margin;
  });
  return Float64Array.from(places, (at) => at.reduce((product, level, k) => product * margins[k]![level]!, 1));
}

function normalised(weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
}
