/** CSV text → columns. Knows nothing of files: `read-csv.ts` gives it the text. */

import { optional, string } from "valibot";
import * as messages from "../messages/files.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { checkedLater, listOf, text as someText } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { forEachRecord, guessDelimiter } from "./csv-records.ts";

/** How a CSV file is written. */
export const csvEntries = {
  /** The character between fields; `"auto"` (default) takes whichever of `,` `;` tab `|` splits the first lines most evenly. */
  delimiter: optional(someText),
  /** The decimal mark, `"."` (default) or `","`. */
  decimal: optional(checkedLater<"." | ",">()),
  /** Fields that mean 'missing', compared after trimming. Default `["NA", ""]`. */
  naStrings: optional(listOf(string("a text"), "a list of texts")),
  /** Name of the source in messages. Default `"the table"`. */
  source: optional(someText),
};

const csvOptions = optionsSchema(csvEntries);

export type CsvOptions = OptionsOf<typeof csvOptions>;

/** Numbers (missing: NaN), text or logical values (missing: null). */
export type CsvColumn = Float64Array | (string | null)[] | (boolean | null)[];

/** The columns of a table by name, in the file's order. */
export interface CsvTable {
  readonly rows: number;
  readonly names: readonly string[];
  readonly columns: Readonly<Record<string, CsvColumn>>;
}

/** Ragged lines named one by one before the rest is only counted. */
const NAMED_RAGGED_LINES = 5;

/**
 * Parses CSV text (RFC 4180, and what spreadsheets and R write): quoted fields with delimiters, doubled quotes and line breaks
 * inside, any line ending, a byte-order mark, blank lines skipped, unquoted fields trimmed.
 *
 * A column is numeric when every value that is not missing is a number (`12`, `-1.5e3`, `Inf`, `NaN`); logical when every value
 * is one of `TRUE FALSE true false T F`, as in R; else text. A whole number too long for a double keeps its column as text, so
 * that identifiers never merge. An unnamed first column (R's row names) is called `X`.
 *
 * @throws DeclarationError for duplicate names, lines with too few or too many fields (named by line), or an unclosed quote.
 * @example
 * parseCsv('x,g\n1.5,"a,b"\nNA,c').columns // { x: Float64Array [1.5, NaN], g: ["a,b", "c"] }
 */
export function parseCsv(text: string, given?: CsvOptions): CsvTable {
  const options = readOptions(csvOptions, given, { of: "parseCsv()" });
  const source = options.source ?? "the table";
  const decimal = options.decimal ?? ".";
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  const delimiter = checkedDialect(text, options.delimiter ?? "auto", decimal);

  let header: string[] | undefined;
  let fields: string[][] = [];
  const ragged: { line: number; fields: number }[] = [];
  forEachRecord(text, delimiter, source, (record, line) => {
    if (header === undefined) {
      header = record.map((name) => name.trim());
      fields = header.map(() => []);
    } else if (record.length !== header.length) {
      ragged.push({ line, fields: record.length });
    } else {
      for (let j = 0; j < record.length; j++) fields[j]!.push(record[j]!);
    }
  });
  if (header === undefined) throw new DeclarationError([messages.emptyFile(source)]);

  const names = namedColumns(header);
  const issues = [...duplicates(names, source), ...raggedIssues(ragged, header.length, fields[0]!.length, source)];
  if (issues.length > 0) throw new DeclarationError(issues);

  const missing = new Set(options.naStrings ?? ["NA", ""]);
  const columns = Object.fromEntries(names.map((name, j) => [name, typedColumn(fields[j]!, missing, decimal)]));
  return { rows: fields[0]!.length, names, columns };
}

/** The delimiter to use, after checking that it and the decimal mark make sense together. */
function checkedDialect(text: string, delimiter: string, decimal: string): string {
  const issues: Issue[] = [];
  const named = delimiter === "tab" || delimiter === "\\t" ? "\t" : delimiter;
  if (decimal !== "." && decimal !== ",") issues.push(messages.badDecimal(decimal));
  if (named !== "auto" && (named.length !== 1 || named === '"' || named === "\n" || named === "\r")) {
    issues.push(messages.badDelimiter(delimiter));
  } else if (named === decimal) issues.push(messages.delimiterIsDecimal(decimal));
  if (issues.length > 0) throw new DeclarationError(issues);
  return named === "auto" ? guessDelimiter(text, decimal) : named;
}

/** Unnamed columns become `X`, `X.1`, … as R names them. */
function namedColumns(header: readonly string[]): string[] {
  const taken = new Set(header);
  return header.map((name) => {
    if (name !== "") return name;
    let made = "X";
    for (let k = 1; taken.has(made); k++) made = `X.${k}`;
    taken.add(made);
    return made;
  });
}

function duplicates(names: readonly string[], source: string): Issue[] {
  const positions = new Map<string, number[]>();
  for (const [j, name] of names.entries()) positions.set(name, [...(positions.get(name) ?? []), j + 1]);
  return [...positions]
    .filter(([, at]) => at.length > 1)
    .map(([name, at]) => messages.duplicateHeader(source, name, at));
}

function raggedIssues(
  ragged: readonly { line: number; fields: number }[],
  columns: number,
  goodRows: number,
  source: string,
): Issue[] {
  if (goodRows === 0 && ragged.length > 0 && ragged.every(({ fields }) => fields === columns + 1)) {
    return [messages.rowNamesWithoutHeader(source, columns)];
  }
  const issues = ragged
    .slice(0, NAMED_RAGGED_LINES)
    .map(({ line, fields }) => messages.raggedRow(source, line, fields, columns));
  const rest = ragged.length - issues.length;
  return rest > 0 ? [...issues, messages.moreRaggedRows(source, rest)] : issues;
}

function typedColumn(fields: readonly string[], missing: ReadonlySet<string>, decimal: string): CsvColumn {
  return (
    numericColumn(fields, missing, decimal) ??
    logicalColumn(fields, missing) ??
    fields.map((field) => (missing.has(field) ? null : field))
  );
}

function numericColumn(
  fields: readonly string[],
  missing: ReadonlySet<string>,
  decimal: string,
): Float64Array | undefined {
  const values = new Float64Array(fields.length);
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    if (missing.has(field) || field === "NaN") {
      values[i] = Number.NaN;
      continue;
    }
    const value = parseNumber(field, decimal);
    if (Number.isNaN(value)) return undefined;
    values[i] = value;
  }
  return values;
}

/** The number a field is, or NaN when it is none. */
function parseNumber(field: string, decimal: string): number {
  if (decimal === ",") {
    if (field.includes(".")) return Number.NaN;
    field = field.replace(",", ".");
  }
  const value = Number(field);
  if (Number.isNaN(value)) return INFINITIES[field] ?? Number.NaN;
  // Number() also reads the empty string and 0x, 0b, 0o literals, which no table means as numbers.
  if (field === "" || (field.charCodeAt(0) === 48 && field.charCodeAt(1) > 57 && !/^0e/i.test(field)))
    return Number.NaN;
  if (
    field.length > 15 &&
    Math.abs(value) > Number.MAX_SAFE_INTEGER &&
    /^[+-]?\d+$/.test(field) &&
    BigInt(field) !== BigInt(value)
  ) {
    return Number.NaN;
  }
  return value;
}

const INFINITIES: Readonly<Record<string, number>> = {
  Inf: Number.POSITIVE_INFINITY,
  inf: Number.POSITIVE_INFINITY,
  "+Inf": Number.POSITIVE_INFINITY,
  "-Inf": Number.NEGATIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
};

const LOGICALS: ReadonlyMap<string, boolean> = new Map([
  ["TRUE", true],
  ["true", true],
  ["T", true],
  ["True", true],
  ["FALSE", false],
  ["false", false],
  ["F", false],
  ["False", false],
]);

function logicalColumn(fields: readonly string[], missing: ReadonlySet<string>): (boolean | null)[] | undefined {
  const values: (boolean | null)[] = [];
  for (const field of fields) {
    const value = LOGICALS.get(field);
    if (value !== undefined) values.push(value);
    else if (missing.has(field)) values.push(null);
    else return undefined;
  }
  return values;
}
