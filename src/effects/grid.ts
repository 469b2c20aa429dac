/** The grid of values at which averages are taken. */
import { compareLabels } from "../data/collation.ts";
import { columnFault } from "../data/column-fault.ts";
import { encode, orderedLevels, placesOf } from "../data/factor.ts";
import { numberLabel } from "../data/number-text.ts";
import type { Column, Table } from "../data/table.ts";
import { columnsOfFactors } from "../dsl/columns-used.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";
import { summaryOfFactor, summaryOfValues } from "../messages/averages.ts";
import {
  gridColumnTwice,
  gridColumnUnknown,
  gridColumnUnused,
  gridLevelUnknown,
  gridValuesMissing,
} from "../messages/effects.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { usedColumns } from "./used-columns.ts";

export type GridValue = string | number;

/** Values to hold a column at: one, several, or what a function makes of the values of a numeric column. */
export type AtValues = GridValue | readonly GridValue[] | ((values: Float64Array) => number | readonly number[]);

/** Rows of a table, and how often each counts; null = once. */
export interface CountedRows {
  readonly rows: Int32Array;
  readonly frequencyWeights: Float64Array | null;
}

/** Values in ascending order, and how many there are up to each of them. */
interface SortedValues {
  readonly values: Float64Array;
  readonly upTo: Float64Array;
}

function sortedValues(column: Column, { rows, frequencyWeights: counts }: CountedRows): SortedValues {
  const values = column.values as Float64Array;
  const order = Array.from(rows.keys())
    .filter((i) => !Number.isNaN(values[rows[i]!]!) && counts?.[i] !== 0)
    .sort((a, b) => values[rows[a]!]! - values[rows[b]!]!);
  let total = 0;
  return {
    values: Float64Array.from(order, (i) => values[rows[i]!]!),
    upTo: Float64Array.from(order, (i) => (total += counts ? counts[i]! : 1)),
  };
}

/** The value at a place (from 0) of the list in which each stands as often as it counts. */
const valueAtPlace = ({ values, upTo }: SortedValues, place: number): number =>
  values[
    Math.max(
      0,
      upTo.findIndex((count) => place < count - 1e-9),
    )
  ]!;

/** R's type 7, of values as often as they count. */
function countedQuantile(sorted: SortedValues, order: number): number {
  const place = order * (sorted.upTo.at(-1)! - 1);
  const low = Math.floor(place);
  const below = valueAtPlace(sorted, low);
  return place === low ? below : below + (place - low) * (valueAtPlace(sorted, low + 1) - below);
}

function countedMean({ values, upTo }: SortedValues): number {
  const first = values[0]!;
  let sum = 0;
  values.forEach((value, i) => {
    sum += (upTo[i]! - (upTo[i - 1] ?? 0)) * (value - first);
  });
  return first + sum / upTo.at(-1)!;
}

/** Summaries of a numeric column by name, of its values sorted. */
const summaries: Readonly<Record<string, (sorted: SortedValues) => readonly number[]>> = {
  mean: (sorted) => [countedMean(sorted)],
  median: (sorted) => [countedQuantile(sorted, 0.5)],
  min: ({ values }) => [values[0]!],
  max: ({ values }) => [values.at(-1)!],
  range: ({ values }) => [values[0]!, values.at(-1)!],
  quartiles: (sorted) => [0.25, 0.5, 0.75].map((order) => countedQuantile(sorted, order)),
  fivenum: (sorted) => [0, 0.25, 0.5, 0.75, 1].map((order) => countedQuantile(sorted, order)),
};

export const gridSummaries: readonly string[] = Object.keys(summaries);

/** One combination of values, in the order of the grid's columns. */
export type GridCell = Readonly<Record<string, GridValue>>;

export interface Grid {
  readonly columns: readonly string[];
  /** Every combination; the last column varies fastest. One empty cell when no column is named. */
  readonly cells: readonly GridCell[];
}

/** A numeric column with more distinct values than this is taken at quantiles instead. */
const mostDistinctValues = 20;
const quantileOrders = [0, 0.25, 0.5, 0.75, 1];

/**
 * The grid of `by` (values seen in the rows of the fit) crossed with `at` (values given).
 *
 * A text column, or a numeric one declared as a factor or used as a grouping factor, is taken at every level seen, in the model's
 * order. Any other numeric column is taken at every distinct value up to 20 of them, and otherwise at the five quantiles
 * minimum, 25 %, median, 75 %, maximum (an observed value each: R's quantile type 1).
 *
 * @param counted rows of the table that the fit used, and how often each counts
 * @param newRows rows in the place of those, for the values of the columns that it has
 * @throws DeclarationError with every column that is unknown or not in the model, and every value that is impossible
 */
export function averagingGrid(
  spec: ModelSpec,
  table: Table,
  counted: CountedRows,
  by: readonly string[],
  at: Readonly<Record<string, AtValues>>,
  newRows?: Table,
): Grid {
  const issues: Issue[] = [];
  const inModel = usedColumns(spec);
  const known = [...inModel.mean, ...inModel.group];
  const values = new Map<string, readonly GridValue[]>();
  const check = (name: string, option: string) => {
    if (table.faults?.has(name)) issues.push(columnFault(table, name));
    else if (!table.names.includes(name)) issues.push(gridColumnUnknown(name, option, table.names));
    else if (!known.includes(name)) issues.push(gridColumnUnused(name, option, known));
    else return true;
    return false;
  };
  const used = counted.rows;
  const allNew = newRows && {
    rows: Int32Array.from({ length: newRows.rows }, (_, row) => row),
    frequencyWeights: null,
  };
  const valuesOf = (name: string) =>
    newRows?.column(name) ? ([newRows, allNew!] as const) : ([table, counted] as const);
  for (const name of by) {
    if (Object.hasOwn(at, name)) issues.push(gridColumnTwice(name));
    else if (check(name, "by"))
      values.set(name, observedValues(spec, ...valuesOf(name), name, inModel.group.has(name)));
  }
  for (const [name, given] of Object.entries(at)) {
    if (!check(name, "at")) continue;
    const list = listOfValues(spec, ...valuesOf(name), name, given, inModel.group.has(name), issues);
    if (list.length === 0) {
      if (typeof given !== "function") issues.push(gridValuesMissing(name));
    } else values.set(name, givenValues(spec, table, used, name, list, inModel.group.has(name), issues));
  }
  if (issues.length > 0) throw new DeclarationError(issues);
  let cells: GridCell[] = [{}];
  for (const [name, column] of values)
    cells = cells.flatMap((cell) => column.map((value) => ({ ...cell, [name]: value })));
  return { columns: [...values.keys()], cells };
}

const declaredLevels = (spec: ModelSpec, name: string): readonly string[] | undefined =>
  Object.hasOwn(spec.factors, name) ? spec.factors[name] : undefined;

/** Whether a numeric column is used as a factor whose levels are what was written. */
const isWritten = (spec: ModelSpec, column: Column, name: string, grouping: boolean): boolean =>
  column.kind === "numeric" &&
  column.texts !== undefined &&
  (grouping || declaredLevels(spec, name) !== undefined || columnsOfFactors(spec).has(name));

function writtenLevels(column: Column, used: Int32Array, declared: readonly string[] | undefined): readonly string[] {
  const coded = encode(column);
  const { levels } = orderedLevels(column, coded, declared);
  const places = placesOf(coded, levels);
  const seen = new Set(Array.from(used, (row) => coded.codes[row]!).map((code) => (code < 0 ? -1 : places[code]!)));
  return levels.filter((_, k) => seen.has(k));
}

function observedValues(
  spec: ModelSpec,
  table: Table,
  counted: CountedRows,
  name: string,
  grouping: boolean,
): readonly GridValue[] {
  const column = table.column(name)!;
  const used = counted.rows;
  const declared = declaredLevels(spec, name);
  if (isWritten(spec, column, name, grouping)) return writtenLevels(column, used, declared);
  if (column.kind === "text") {
    const seen = new Set<string>();
    for (const row of used) {
      const value = column.values[row];
      if (value !== null && value !== undefined) seen.add(value);
    }
    const order = declared ?? column.levels;
    return order ? order.filter((level) => seen.has(level)) : [...seen].sort(compareLabels);
  }
  const seen = new Set<number>();
  for (const row of used) if (!Number.isNaN(column.values[row]!)) seen.add(column.values[row]!);
  if (declared) return declared.filter((level) => seen.has(Number(level))).map(Number);
  const sorted = [...seen].sort((a, b) => a - b);
  if (grouping || columnsOfFactors(spec).has(name) || sorted.length <= mostDistinctValues) return sorted;
  const all = sortedValues(column, counted);
  return quantileOrders.map((order) => valueAtPlace(all, Math.max(0, Math.ceil(order * all.upTo.at(-1)!) - 1)));
}

/** Each value as often as it counts. */
function repeated({ values, upTo }: SortedValues): Float64Array {
  if (upTo.length === 0 || upTo.at(-1) === values.length) return values.slice();
  const out: number[] = [];
  values.forEach((value, i) => {
    for (let k = out.length; k < Math.round(upTo[i]!); k++) out.push(value);
  });
  return Float64Array.from(out);
}

/** What was given for a column as a list of values: functions and summaries of numeric columns called. */
function listOfValues(
  spec: ModelSpec,
  table: Table,
  counted: CountedRows,
  name: string,
  given: AtValues,
  grouping: boolean,
  issues: Issue[],
): readonly GridValue[] {
  const column = table.column(name)!;
  const covariate = column.kind === "numeric" && !grouping && !columnsOfFactors(spec).has(name);
  const numbers = () => sortedValues(column, counted);
  if (typeof given === "function") {
    if (covariate) return [given(repeated(numbers()))].flat();
    issues.push(summaryOfFactor(name));
    return [];
  }
  const list: readonly GridValue[] = typeof given === "object" ? given : [given];
  if (!covariate) return list;
  const found = list.flatMap((value): readonly GridValue[] =>
    typeof value === "string" && Object.hasOwn(summaries, value) ? summaries[value]!(numbers()) : [value],
  );
  return [...new Set(found)];
}

function givenValues(
  spec: ModelSpec,
  table: Table,
  used: Int32Array,
  name: string,
  given: readonly GridValue[],
  grouping: boolean,
  issues: Issue[],
): readonly GridValue[] {
  const column = table.column(name)!;
  if (isWritten(spec, column, name, grouping)) {
    const levels = writtenLevels(column, used, declaredLevels(spec, name));
    const labels = given.map((value) => (typeof value === "number" ? numberLabel(value)! : value));
    const numbers = labels.map(Number);
    const places = placesOf({ levels: labels, numbers }, levels);
    labels.forEach((label, k) => {
      if (places[k]! < 0) issues.push(gridLevelUnknown(name, label, levels));
    });
    return labels.map((label, k) => levels[places[k]!] ?? label);
  }
  if (column.kind === "numeric") {
    const numbers = given.map((value) =>
      typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value),
    );
    numbers.forEach((value, k) => {
      if (!Number.isFinite(value)) issues.push(summaryOfValues(name, String(given[k]), gridSummaries));
    });
    const declared = declaredLevels(spec, name);
    if (declared)
      for (const value of numbers)
        if (Number.isFinite(value) && !declared.some((level) => Number(level) === value))
          issues.push(gridLevelUnknown(name, String(value), declared));
    return numbers;
  }
  const levels = observedValues(spec, table, { rows: used, frequencyWeights: null }, name, grouping).map(String);
  const wanted = given.map(String);
  for (const value of wanted) if (!levels.includes(value)) issues.push(gridLevelUnknown(name, value, levels));
  return wanted;
}
