/** The grid of values at which averages are taken. */
import { compareLabels } from "../data/collation.ts";
import type { Table } from "../data/table.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";
import {
  gridColumnTwice,
  gridColumnUnknown,
  gridColumnUnused,
  gridLevelUnknown,
  gridValueNotNumber,
  gridValuesMissing,
} from "../messages/effects.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { usedColumns } from "./used-columns.ts";

export type GridValue = string | number;

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
 * @param used rows of the table that the fit used
 * @throws DeclarationError with every column that is unknown or not in the model, and every value that is impossible
 */
export function averagingGrid(
  spec: ModelSpec,
  table: Table,
  used: Int32Array,
  by: readonly string[],
  at: Readonly<Record<string, readonly GridValue[]>>,
): Grid {
  const issues: Issue[] = [];
  const inModel = usedColumns(spec);
  const known = [...inModel.mean, ...inModel.group];
  const values = new Map<string, readonly GridValue[]>();
  const check = (name: string, option: string) => {
    if (!table.names.includes(name)) issues.push(gridColumnUnknown(name, option, table.names));
    else if (!known.includes(name)) issues.push(gridColumnUnused(name, option, known));
    else return true;
    return false;
  };
  for (const name of by) {
    if (name in at) issues.push(gridColumnTwice(name));
    else if (check(name, "by")) values.set(name, observedValues(spec, table, used, name, inModel.group.has(name)));
  }
  for (const [name, given] of Object.entries(at)) {
    if (!check(name, "at")) continue;
    if (given.length === 0) issues.push(gridValuesMissing(name));
    else values.set(name, givenValues(spec, table, used, name, given, inModel.group.has(name), issues));
  }
  if (issues.length > 0) throw new DeclarationError(issues);
  let cells: GridCell[] = [{}];
  for (const [name, column] of values)
    cells = cells.flatMap((cell) => column.map((value) => ({ ...cell, [name]: value })));
  return { columns: [...values.keys()], cells };
}

function observedValues(
  spec: ModelSpec,
  table: Table,
  used: Int32Array,
  name: string,
  grouping: boolean,
): readonly GridValue[] {
  const column = table.column(name)!;
  const declared = spec.factors[name];
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
  if (grouping || sorted.length <= mostDistinctValues) return sorted;
  const all = Array.from(used, (row) => column.values[row]!)
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b);
  return quantileOrders.map((order) => all[Math.max(0, Math.ceil(order * all.length) - 1)]!);
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
  if (column.kind === "numeric") {
    const numbers = given.map((value) =>
      typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value),
    );
    numbers.forEach((value, k) => {
      if (!Number.isFinite(value)) issues.push(gridValueNotNumber(name, String(given[k])));
    });
    const declared = spec.factors[name];
    if (declared)
      for (const value of numbers)
        if (Number.isFinite(value) && !declared.some((level) => Number(level) === value))
          issues.push(gridLevelUnknown(name, String(value), declared));
    return numbers;
  }
  const levels = observedValues(spec, table, used, name, grouping).map(String);
  const wanted = given.map(String);
  for (const value of wanted) if (!levels.includes(value)) issues.push(gridLevelUnknown(name, value, levels));
  return wanted;
}
