/** Anything tabular to a `Table`: an arquero table, an object of arrays, an array of records. */
import * as messages from "../messages/data.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { type Column, LOGICAL_LEVELS, type Table, tableOf } from "./table.ts";

/** What an arquero table shows of itself; arquero is not imported here. */
export interface ArqueroLike {
  columnNames(): string[];
  array(name: string): ArrayLike<unknown>;
}

export type ObjectOfArrays = Readonly<Record<string, ArrayLike<unknown>>>;
export type ArrayOfRecords = readonly Readonly<Record<string, unknown>>[];
export type TableInput = ArqueroLike | ObjectOfArrays | ArrayOfRecords | Table;

export interface TableOptions {
  /** Texts that stand for a missing value; default `["NA"]`. The empty text, null, undefined and NaN always do. */
  readonly naStrings?: readonly string[];
}

const issue = (code: string, path: readonly string[], message: string): Issue => ({ code, path, message });

/**
 * The table as named columns of numbers or text.
 *
 * A column is numeric when all its values are numbers, or numbers and missing values (a column of texts that are all numbers or
 * one of `naStrings` counts as such if it has at least one of them: that is how a CSV reader hands over a numeric column with gaps). True and false become
 * text with the levels FALSE, TRUE. Anything mixed is text.
 *
 * @throws DeclarationError with all faults: no rows, no columns, columns of different lengths, a column name twice, dates, objects
 * @example toTable({ y: [1, 2, null], g: ["a", "b", "b"] }).column("y"); // numeric, NaN in row 3
 */
export function toTable(input: TableInput, options: TableOptions = {}): Table {
  if (isTable(input)) return input;
  const naStrings = new Set(["", ...(options.naStrings ?? ["NA"])]);
  const issues: Issue[] = [];
  const columns = new Map<string, Column>();
  let rows = -1;
  let firstName = "";
  for (const [name, values] of sourceColumns(input)) {
    if (columns.has(name)) {
      issues.push(issue("duplicate-column", ["column", name], messages.duplicateColumn(name)));
      continue;
    }
    if (!isArrayLike(values)) {
      issues.push(issue("not-an-array", ["column", name], messages.notAnArray(name)));
      continue;
    }
    if (rows < 0) {
      rows = values.length;
      firstName = name;
    } else if (values.length !== rows)
      issues.push(issue("ragged-columns", ["column", name], messages.ragged(name, values.length, firstName, rows)));
    columns.set(name, toColumn(name, values, naStrings, issues));
  }
  if (rows < 0 && issues.length === 0) issues.push(issue("empty-table", ["table"], messages.noColumns()));
  else if (rows === 0) issues.push(issue("empty-table", ["table"], messages.noRows()));
  if (issues.length > 0) throw new DeclarationError(issues);
  return tableOf(columns, rows);
}

function isTable(input: unknown): input is Table {
  return (
    typeof input === "object" &&
    input !== null &&
    typeof (input as Table).column === "function" &&
    Array.isArray((input as Table).names) &&
    typeof (input as Table).rows === "number"
  );
}

function isArquero(input: object): input is ArqueroLike {
  return typeof (input as ArqueroLike).columnNames === "function" && typeof (input as ArqueroLike).array === "function";
}

const isArrayLike = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

function sourceColumns(input: Exclude<TableInput, Table>): [string, unknown][] {
  if (typeof input !== "object" || input === null)
    throw new DeclarationError([issue("not-a-table", ["table"], messages.notATable())]);
  if (isArquero(input)) return input.columnNames().map((name) => [name, input.array(name)]);
  if (!Array.isArray(input)) return Object.entries(input);
  const bad = input.findIndex((record) => typeof record !== "object" || record === null || Array.isArray(record));
  if (bad >= 0)
    throw new DeclarationError([issue("not-a-table", ["row", String(bad + 1)], messages.notARecord(bad + 1))]);
  if (input.length === 0) throw new DeclarationError([issue("empty-table", ["table"], messages.noRows())]);
  const names = new Set<string>();
  for (const record of input) for (const name of Object.keys(record)) names.add(name);
  return [...names].map((name) => [name, input.map((record) => (Object.hasOwn(record, name) ? record[name] : null))]);
}

function toColumn(name: string, values: ArrayLike<unknown>, naStrings: ReadonlySet<string>, issues: Issue[]): Column {
  if (values instanceof Float64Array) return { kind: "numeric", values: values.slice() };
  const n = values.length;
  let numbers = 0;
  let texts = 0;
  let booleans = 0;
  let naTexts = 0;
  let numericTexts = 0;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    if (value === null || value === undefined) continue;
    const type = typeof value;
    if (type === "number") {
      if (!Number.isNaN(value)) numbers++;
    } else if (type === "bigint") numbers++;
    else if (type === "boolean") booleans++;
    else if (type === "string") {
      const text = (value as string).trim();
      if (naStrings.has(text)) naTexts += text === "" ? 0 : 1;
      else {
        texts++;
        if (isNumberText(text)) numericTexts++;
      }
    } else {
      const message = value instanceof Date ? messages.dates(name, i + 1) : messages.unusableValue(name, i + 1);
      issues.push(issue("unusable-value", ["column", name], message));
      return { kind: "numeric", values: new Float64Array(n) };
    }
  }
  if (booleans === 0 && (texts === 0 || (numbers === 0 && naTexts > 0 && numericTexts === texts))) {
    const out = new Float64Array(n);
    for (let i = 0; i < n; i++) out[i] = toNumber(values[i], naStrings);
    return { kind: "numeric", values: out };
  }
  const labels = new Array<string | null>(n);
  for (let i = 0; i < n; i++) labels[i] = toText(values[i], naStrings);
  return booleans > 0 && texts === 0 && numbers === 0
    ? { kind: "text", values: labels, levels: LOGICAL_LEVELS }
    : { kind: "text", values: labels };
}

/** Whether a text is a decimal number. */
export const isNumberText = (text: string): boolean => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text.trim());

function toNumber(value: unknown, naStrings: ReadonlySet<string>): number {
  if (value === null || value === undefined) return Number.NaN;
  if (typeof value === "string") return naStrings.has(value.trim()) ? Number.NaN : Number(value);
  return Number(value);
}

function toText(value: unknown, naStrings: ReadonlySet<string>): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return naStrings.has(value.trim()) ? null : value;
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  return typeof value === "number" ? numberLabel(value) : String(value);
}

/** A number as the label of a level: 15 significant digits, as R compares numbers to make levels; null for NaN. */
export function numberLabel(value: number): string | null {
  if (Number.isSafeInteger(value) && Math.abs(value) < 1e15) return String(value);
  return Number.isNaN(value) ? null : String(Number(value.toPrecision(15)));
}
