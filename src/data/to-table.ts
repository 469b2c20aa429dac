/** Anything tabular to a `Table`: an object of arrays, an array of records, a table of arquero or Arrow, a data frame. */
import * as messages from "../messages/data.ts";
import { DeclarationError, type Issue, issue } from "../messages/issue.ts";
import { isNumberLabel, isNumberText, numberLabel, textsOf } from "./number-text.ts";
import { type Column, LOGICAL_LEVELS, type Table, tableOf } from "./table.ts";
import {
  type ArqueroLike,
  type ArrowLike,
  type DataFrameLike,
  isArrayLike,
  sourceColumns,
  UnreadableColumn,
} from "./table-source.ts";
import { trimmedOf } from "./trimmed-texts.ts";

export type { ArqueroLike, ArrowLike, DataFrameLike } from "./table-source.ts";
export type ObjectOfArrays = Readonly<Record<string, ArrayLike<unknown>>>;
export type ArrayOfRecords = readonly Readonly<Record<string, unknown>>[];
export type TableInput = ArqueroLike | ArrowLike | DataFrameLike | ObjectOfArrays | ArrayOfRecords | Table;

export interface TableOptions {
  /** Texts that stand for a missing value; default `["NA"]`. The empty text, null, undefined and NaN always do. */
  readonly naStrings?: readonly string[] | undefined;
}

/**
 * The table as named columns of numbers or text.
 *
 * A column is numeric when all its values are numbers, or numbers and missing values (a column of texts that are all numbers or
 * one of `naStrings` counts as such if it has at least one of them: that is how a CSV reader hands over a numeric column with gaps). True and false become
 * text with the levels FALSE, TRUE. Anything mixed is text. A numeric column keeps what its values were written as where a number does not say
 * it (`007`, BigInts beyond 2⁵³); with a BigInt that is larger than every double a column is text.
 *
 * A column that cannot be read (dates, objects, no array) is a fault of the models that use it, found in `faults`, and no fault of the table.
 *
 * @throws DeclarationError with all faults: no rows, no columns, columns of different lengths, a column name twice
 * @example toTable({ y: [1, 2, null], g: ["a", "b", "b"] }).column("y"); // numeric, NaN in row 3
 */
export function toTable(input: TableInput, options: TableOptions = {}): Table {
  if (isTable(input)) return input;
  const naStrings = new Set(["", ...(options.naStrings ?? ["NA"])]);
  const issues: Issue[] = [];
  const columns = new Map<string, Column>();
  const faults = new Map<string, Issue>();
  let rows = -1;
  let firstName = "";
  for (const [name, values] of sourceColumns(input)) {
    if (columns.has(name) || faults.has(name)) {
      issues.push(issue("duplicate-column", ["column", name], messages.duplicateColumn(name)));
      continue;
    }
    if (values instanceof UnreadableColumn) {
      faults.set(name, issue("unreadable-column", ["column", name], messages.unreadableColumn(name, values.reason)));
      continue;
    }
    if (!isArrayLike(values)) {
      faults.set(name, issue("not-an-array", ["column", name], messages.notAnArray(name)));
      continue;
    }
    if (rows < 0) {
      rows = values.length;
      firstName = name;
    } else if (values.length !== rows)
      issues.push(issue("ragged-columns", ["column", name], messages.ragged(name, values.length, firstName, rows)));
    const column = toColumn(name, values, naStrings);
    if ("message" in column) faults.set(name, column);
    else columns.set(name, column);
  }
  if (rows < 0 && issues.length === 0) {
    if (faults.size > 0) issues.push(...faults.values());
    else issues.push(issue("empty-table", ["table"], messages.noColumns()));
  } else if (rows === 0) issues.push(issue("empty-table", ["table"], messages.noRows()));
  if (issues.length > 0) throw new DeclarationError(issues);
  return tableOf(columns, rows, faults.size > 0 ? faults : undefined);
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

/** The column, or what cannot be a value of one. */
function toColumn(name: string, values: ArrayLike<unknown>, naStrings: ReadonlySet<string>): Column | Issue {
  if (values instanceof Float64Array) {
    const texts = textsOf(values);
    return { kind: "numeric", values: values.slice(), ...(texts && { texts }) };
  }
  const n = values.length;
  let numbers = 0;
  let texts = 0;
  let booleans = 0;
  let naTexts = 0;
  let numericTexts = 0;
  let beyondDouble = false;
  let beyondEveryDouble = false;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    if (value === null || value === undefined) continue;
    const type = typeof value;
    if (type === "number") {
      if (!Number.isNaN(value)) numbers++;
    } else if (type === "bigint") {
      numbers++;
      // Number() gives Infinity for it, which is no BigInt
      if (!Number.isFinite(Number(value))) beyondEveryDouble = true;
      else beyondDouble ||= BigInt(Number(value)) !== value;
    } else if (type === "boolean") booleans++;
    else if (type === "string") {
      const text = (value as string).trim();
      if (naStrings.has(text)) naTexts += text === "" ? 0 : 1;
      else {
        texts++;
        if (isNumberText(text)) numericTexts++;
      }
    } else {
      const message = value instanceof Date ? messages.dates(name, i + 1) : messages.unusableValue(name, i + 1);
      return issue("unusable-value", ["column", name], message);
    }
  }
  if (
    !beyondEveryDouble &&
    booleans === 0 &&
    (texts === 0 || (numbers === 0 && naTexts > 0 && numericTexts === texts))
  ) {
    const out = new Float64Array(n);
    for (let i = 0; i < n; i++) out[i] = toNumber(values[i], naStrings);
    const written = (texts > 0 && !allNumberLabels(values, naStrings)) || beyondDouble;
    if (!written) return { kind: "numeric", values: out };
    return { kind: "numeric", values: out, texts: Array.from(values, (value) => toText(value, naStrings)) };
  }
  const labels = new Array<string | null>(n);
  for (let i = 0; i < n; i++) labels[i] = toText(values[i], naStrings);
  const trimmed = trimmedOf(values);
  return booleans > 0 && texts === 0 && numbers === 0
    ? { kind: "text", values: labels, levels: LOGICAL_LEVELS }
    : { kind: "text", values: labels, ...(trimmed && { trimmed }) };
}

/** Whether the texts among the values are all written as numbers are. */
function allNumberLabels(values: ArrayLike<unknown>, naStrings: ReadonlySet<string>): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === "string" && !naStrings.has(value.trim()) && !isNumberLabel(value)) return false;
  }
  return true;
}

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
