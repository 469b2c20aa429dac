/** The columns of whatever a table comes as: arrays by name, records, arquero, Arrow and data frames. None of their packages is imported. */
import * as messages from "../messages/data.ts";
import { DeclarationError, issue } from "../messages/issue.ts";
import { textsOf, withTexts } from "./number-text.ts";
import { trimmedOf, withTrimmed } from "./trimmed-texts.ts";

/** What an arquero table shows of itself. */
export interface ArqueroLike {
  columnNames(): string[];
  array(name: string): ArrayLike<unknown>;
}

/** What an Arrow table shows of itself, of apache-arrow or flechette. */
export interface ArrowLike {
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  getChild(name: string): unknown;
}

/** What a data frame shows of itself: names as a list or by a function, columns by name. */
export interface DataFrameLike {
  readonly columns?: readonly string[] | (() => readonly string[]);
  getColumnNames?(): readonly string[];
  getColumn?(name: string): unknown;
  getSeries?(name: string): unknown;
  column?(name: string): unknown;
}

/** A column as it comes: its name and its values, or why they cannot be had. */
export type SourceColumn = readonly [name: string, values: unknown];

export const isArrayLike = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

const isFunction = (value: unknown): boolean => typeof value === "function";

const isArquero = (input: object): input is ArqueroLike =>
  isFunction((input as ArqueroLike).columnNames) && isFunction((input as ArqueroLike).array);

const isArrow = (input: object): input is ArrowLike =>
  isFunction((input as ArrowLike).getChild) && Array.isArray((input as ArrowLike).schema?.fields);

const frameGetter = (input: DataFrameLike) =>
  (["getColumn", "getSeries", "column"] as const).find((name) => isFunction(input[name]));

const isFrame = (input: object): input is DataFrameLike =>
  frameGetter(input) !== undefined && (isFunction((input as DataFrameLike).getColumnNames) || "columns" in input);

/** The columns of a table in their order. Throws a DeclarationError where the input is no table. */
export function sourceColumns(input: object | null): SourceColumn[] {
  if (typeof input !== "object" || input === null || input instanceof Map || input instanceof Set)
    throw new DeclarationError([issue("not-a-table", ["table"], messages.notATable())]);
  if (Array.isArray(input)) return recordColumns(input);
  if (isArquero(input)) return columnNames(input.columnNames()).map((name) => [name, arqueroColumn(input, name)]);
  if (isArrow(input)) {
    const names = columnNames(input.schema.fields.map((field) => field?.name));
    return names.map((name) => [name, unpacked(() => input.getChild(name))]);
  }
  if (isFrame(input)) {
    const { columns } = input;
    const names = input.getColumnNames?.() ?? (typeof columns === "function" ? columns.call(input) : columns) ?? [];
    const getter = frameGetter(input)!;
    return columnNames(names).map((name) => [name, unpacked(() => input[getter]!(name))]);
  }
  return Object.entries(input);
}

/** The names that something table-like gives of its columns: what has none is no table. */
function columnNames(given: unknown): readonly string[] {
  if (isArrayLike(given)) {
    const names: readonly unknown[] = Array.from(given);
    if (names.every((name) => typeof name === "string")) return names;
  }
  throw new DeclarationError([issue("not-a-table", ["table"], messages.notATable())]);
}

/** The values of a vector, series or column object, missing ones as null; a message where they cannot be read. */
function unpacked(read: () => unknown): unknown {
  try {
    const values = read() as { values?: unknown; [Symbol.iterator]?: unknown; toArray?: () => unknown } | null;
    if (values === null || values === undefined || isArrayLike(values)) return values;
    // an iterator gives nulls, which the typed array beneath a vector may not
    if (isFunction(values[Symbol.iterator])) return Array.from(values as Iterable<unknown>);
    if (isFunction(values.toArray)) return values.toArray!();
    return isArrayLike(values.values) ? values.values : values;
  } catch (error) {
    return new UnreadableColumn((error as Error).message);
  }
}

/** A column whose package refused to hand it over. */
export class UnreadableColumn {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** The values of an arquero column in the table's filter and order, with what stood in the file they were read from. */
function arqueroColumn(
  input: ArqueroLike & { column?(name: string): unknown; indices?(): ArrayLike<number> },
  name: string,
) {
  const values = input.array(name);
  const source = input.column?.(name);
  const trimmed = Array.isArray(source) ? trimmedOf(source) : undefined;
  if (trimmed) return withTrimmed(Array.from(values), trimmed);
  const texts = source instanceof Float64Array ? textsOf(source) : undefined;
  if (!texts || !input.indices) return values;
  const rows = input.indices();
  return withTexts(
    Float64Array.from(values as ArrayLike<number>),
    Array.from(rows, (row) => texts[row]!),
  );
}

function recordColumns(input: readonly unknown[]): SourceColumn[] {
  const bad = input.findIndex((record) => typeof record !== "object" || record === null || Array.isArray(record));
  if (bad >= 0)
    throw new DeclarationError([issue("not-a-table", ["row", String(bad + 1)], messages.notARecord(bad + 1))]);
  if (input.length === 0) throw new DeclarationError([issue("empty-table", ["table"], messages.noRows())]);
  const records = input as readonly Readonly<Record<string, unknown>>[];
  const names = new Set<string>();
  for (const record of records) for (const name of Object.keys(record)) names.add(name);
  return [...names].map((name) => [name, records.map((record) => (Object.hasOwn(record, name) ? record[name] : null))]);
}
