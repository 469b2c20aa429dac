/** A pilot's table made larger: more levels of a grouping factor, more rows within its groups, or more values of a covariate. */
import { type Column, rowsOfColumn, type Table, tableOf } from "../data/table.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";
import * as messages from "../messages/designs.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import type { DistributionFit } from "../model/fit.ts";
import type { Model } from "../model-builder.ts";
import { isRecord } from "../options/kinds.ts";
import { nearestName } from "../options/nearest-name.ts";
import { mechanismOf } from "./mechanism-of.ts";
import type { DataGeneratingMechanism } from "./scenario.ts";

/** Numbers of levels by column, as `{ g: 40 }`; or of rows in every level, as `{ within: { g: 10 } }`. */
export type Extension = Readonly<Record<string, number | Readonly<Record<string, number>>>>;

/**
 * The mechanism on a larger table (or a smaller one), as simr's `extend` along a factor or within it.
 *
 * Along a factor: new levels take the rows of the levels there are, in turn, with their covariates; factors nested in it, whose levels each stand in one of
 * its levels, get new levels with it. Along a numeric column that is no grouping factor, as a time: new values go on by the last step, with the rows of the
 * values there are, in turn. Within a factor: each of its levels gets so many rows, its own in turn.
 *
 * @param of a fit, whose estimates are the parameters, or a mechanism, as `fit.with()` makes it
 * @throws DeclarationError for columns that are not there, and numbers that cannot be
 * @example extend(pilot.with({ trt: 0.4 }), { g: 40, within: { g: 10 } })
 */
export function extend(of: DistributionFit | DataGeneratingMechanism, by: Extension): DataGeneratingMechanism {
  const mechanism = mechanismOf(of, "extend()");
  const declaration = mechanism.model as Model;
  let table = declaration.table();
  const groups = groupingColumns(declaration.spec);
  checkExtension(by, table);
  for (const [name, size] of Object.entries(by)) {
    if (typeof size === "number") table = along(table, name, size, groups);
    else for (const [factor, rows] of Object.entries(size)) table = within(table, factor, rows);
  }
  return { ...mechanism, model: declaration.on(table) };
}

function checkExtension(by: Extension, table: Table): void {
  const issues: Issue[] = [];
  if (!isRecord(by)) throw new DeclarationError([messages.notAnExtension(by)]);
  const check = (name: string, size: unknown) => {
    if (!table.column(name)) issues.push(messages.noColumnToExtend(name, nearestName(name, table.names), table.names));
    if (!(Number.isInteger(size) && (size as number) >= 1)) issues.push(messages.notASize(name, size));
  };
  for (const [name, size] of Object.entries(by)) {
    if (name === "within" && isRecord(size)) for (const [factor, rows] of Object.entries(size)) check(factor, rows);
    else check(name, size);
  }
  if (issues.length > 0) throw new DeclarationError(issues);
}

/** Columns that are grouping factors by themselves or in an interaction. */
const groupingColumns = ({ predictors }: ModelSpec): ReadonlySet<string> =>
  new Set(predictors.flatMap(({ random }) => random.flatMap(({ group }) => group)));

const keyAt = (column: Column, row: number): string | number | null => column.values[row] ?? null;

/** The rows of every value of a column, in the order in which they come. */
function rowsByValue(column: Column, rows: number): Map<string | number, number[]> {
  const found = new Map<string | number, number[]>();
  for (let row = 0; row < rows; row++) {
    const key = keyAt(column, row);
    if (key === null || Number.isNaN(key)) continue;
    const own = found.get(key);
    if (own) own.push(row);
    else found.set(key, [row]);
  }
  return found;
}

function pick(table: Table, rows: readonly number[], changed: ReadonlyMap<string, Column>): Table {
  const columns = new Map<string, Column>();
  for (const name of table.names) {
    const column = changed.get(name) ?? (table.column(name) && rowsOfColumn(table.column(name)!, rows));
    if (column) columns.set(name, column);
  }
  return tableOf(columns, rows.length);
}

function along(table: Table, name: string, count: number, groups: ReadonlySet<string>): Table {
  const column = table.column(name)!;
  if (column.kind === "numeric" && !groups.has(name)) return alongNumber(table, name, column.values, count);
  const byLevel = [...rowsByValue(column, table.rows)];
  const rows: number[] = [];
  const cycles: number[] = [];
  for (let level = 0; level < count; level++)
    for (const row of byLevel[level % byLevel.length]![1]) {
      rows.push(row);
      cycles.push(Math.floor(level / byLevel.length));
    }
  const nested = [...groups].filter((other) => other !== name && isNested(table.column(other), column, table.rows));
  return pick(
    table,
    rows,
    new Map([name, ...nested].map((factor) => [factor, relabelled(table.column(factor)!, rows, cycles)])),
  );
}

/** Whether every level of the inner column stands in one level of the outer, and in some there are several. */
function isNested(inner: Column | undefined, outer: Column, rows: number): boolean {
  if (!inner) return false;
  const outers = new Map<string | number | null, string | number | null>();
  for (let row = 0; row < rows; row++) {
    const key = keyAt(inner, row);
    const known = outers.get(key);
    if (known !== undefined && known !== keyAt(outer, row)) return false;
    outers.set(key, keyAt(outer, row));
  }
  return true;
}

/** New labels for the levels of later cycles: `a`, then `a.2`, `a.3`; numbers go on above the largest. */
function relabelled(column: Column, rows: readonly number[], cycles: readonly number[]): Column {
  if (column.kind === "numeric") {
    const finite = column.values.filter(Number.isFinite);
    const span = finite.reduce((a, b) => Math.max(a, b), 0) - finite.reduce((a, b) => Math.min(a, b), 0) + 1;
    return {
      kind: "numeric",
      values: Float64Array.from(rows, (row, i) => column.values[row]! + cycles[i]! * span),
    };
  }
  const used = new Set(column.values);
  const named = new Map<string, string>();
  const label = (level: string, cycle: number): string => {
    if (cycle === 0) return level;
    const key = JSON.stringify([level, cycle]);
    let found = named.get(key);
    if (found === undefined) {
      found = `${level}.${cycle + 1}`;
      while (used.has(found)) found += "'";
      used.add(found);
      named.set(key, found);
    }
    return found;
  };
  const values = rows.map((row, i) => {
    const level = column.values[row] ?? null;
    return level === null ? null : label(level, cycles[i]!);
  });
  return { kind: "text", values };
}

function alongNumber(table: Table, name: string, values: Float64Array, count: number): Table {
  const column: Column = { kind: "numeric", values };
  const byValue = [...rowsByValue(column, table.rows)].sort(([a], [b]) => Number(a) - Number(b));
  const known = byValue.map(([value]) => Number(value));
  const step = known.length > 1 ? known.at(-1)! - known.at(-2)! : 1;
  const rows: number[] = [];
  const extended: number[] = [];
  for (let k = 0; k < count; k++) {
    const value = known[k] ?? known.at(-1)! + step * (k - known.length + 1);
    for (const row of byValue[k % byValue.length]![1]) {
      rows.push(row);
      extended.push(value);
    }
  }
  return pick(table, rows, new Map([[name, { kind: "numeric", values: Float64Array.from(extended) }]]));
}

function within(table: Table, name: string, count: number): Table {
  const rows = [...rowsByValue(table.column(name)!, table.rows).values()].flatMap((own) =>
    Array.from({ length: count }, (_, i) => own[i % own.length]!),
  );
  return pick(table, rows, new Map());
}
