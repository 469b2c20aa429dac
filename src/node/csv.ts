/** CSV text → columns. Knows nothing of files: `read-csv.ts` gives it the text. */

import { custom, optional, string } from "valibot";
import { isNumberLabel, withTexts } from "../data/number-text.ts";
import { withTrimmed } from "../data/trimmed-texts.ts";
import * as messages from "../messages/files.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { shown } from "../messages/options.ts";
import { isRecord, listOf, text as someText } from "../options/kinds.ts";
import { nearestName } from "../options/nearest-name.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { forEachRecord, guessDelimiter } from "./csv-records.ts";
import { PaddedFields } from "./padded-fields.ts";

/** How a CSV file is written. */
export const csvEntries = {
  /** The character between fields; `"auto"` (default) takes whichever of `,` `;` tab `|` splits the first lines most evenly. */
  delimiter: optional(someText),
  /** The decimal mark, `"."` (default) or `","`. */
  decimal: optional(custom<"." | ",">((value) => typeof value === "string", 'the decimal mark, "." or ","')),
  /** Fields that mean 'missing', compared after trimming. Default `["NA", ""]`. */
  naStrings: optional(listOf(string("a text"), "a list of texts")),
  /**
   * What columns are to be read as, by name: `"text"`, whatever its fields look like; `"number"`, so that `1` and `1.0` are one level of a factor and
   * `007` is 7. Default: a column is what all its fields are.
   */
  types: optional(
    custom<Readonly<Record<string, ColumnType>>>(isRecord, 'types by the name of a column, as { id: "text" }'),
  ),
  /** Name of the source in messages. Default `"the table"`. */
  source: optional(someText),
};

const csvOptions = optionsSchema(csvEntries);

export type CsvOptions = OptionsOf<typeof csvOptions>;

export type ColumnType = "text" | "number";

/**
 * Numbers (missing: NaN), text or logical values (missing: null). Numbers written in a way of their own (`007`, `1.50`) carry their texts with them,
 * which `toTable` finds.
 */
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
 * inside, any line ending, a byte-order mark, blank lines skipped, unquoted fields trimmed (where that makes two texts one, the notes of a fit with the
 * column as a factor say so).
 *
 * A column is numeric when every value that is not missing is a number (`12`, `-1.5e3`, `Inf`, `NaN`); logical when every value
 * is one of `TRUE FALSE true false T F`, as in R; else text. A column of numbers keeps what was written, which are its levels where it is
 * used as a factor, and a whole number too long for a double keeps its column as text, so that identifiers never merge. An unnamed first column (R's row names) is
 * called `X`.
 *
 * @param absentTypes whether `types` may name columns that are not there
 * @throws DeclarationError for duplicate names, lines with too few or too many fields (named by line), an unclosed quote, and `types` of no column or
 * of one that holds something else.
 * @example
 * parseCsv('x,g\n1.5,"a,b"\nNA,c').columns // { x: Float64Array [1.5, NaN], g: ["a,b", "c"] }
 */
export function parseCsv(text: string, given?: CsvOptions, absentTypes = false): CsvTable {
  const options = readOptions(csvOptions, given, { of: "parseCsv()" });
  const source = options.source ?? "the table";
  const { decimal = "." } = options;
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  const delimiter = checkedDialect(text, options.delimiter ?? "auto", decimal);

  let header: string[] | undefined;
  let fields: string[][] = [];
  const lines: number[] = [];
  const blanks = new Map<number, PaddedFields>();
  const ragged: { line: number; fields: number }[] = [];
  forEachRecord(text, delimiter, source, (record, line, padded) => {
    if (header === undefined) {
      header = record.map((name) => name.trim());
      fields = header.map(() => []);
    } else if (record.length !== header.length) {
      ragged.push({ line, fields: record.length });
    } else {
      for (let j = 0; j < record.length; j++) fields[j]!.push(record[j]!);
      lines.push(line);
      padded?.forEach((written, j) => {
        if (!blanks.has(j)) blanks.set(j, new PaddedFields());
        blanks.get(j)!.note(record[j]!, written);
      });
    }
  });
  if (header === undefined) throw new DeclarationError([messages.emptyFile(source)]);

  const names = namedColumns(header);
  const types = options.types ?? {};
  const issues = [
    ...duplicates(names, source),
    ...raggedIssues(ragged, header.length, fields[0]!.length, source),
    ...typeIssues(types, absentTypes ? null : names, source),
  ];
  if (issues.length > 0) throw new DeclarationError(issues);

  const missing = new Set(options.naStrings ?? ["NA", ""]);
  const typeOf = (name: string) => (Object.hasOwn(types, name) ? types[name] : undefined);
  const columns = Object.fromEntries(
    names.map((name, j) => {
      const type = typeOf(name);
      const text = () => withTrimmed(textColumn(fields[j]!, missing), blanks.get(j)?.merged(fields[j]!) ?? []);
      if (type === undefined) return [name, typedColumn(fields[j]!, missing, decimal) ?? text()];
      if (type === "text") return [name, text()];
      const { values, bad } = numericColumn(fields[j]!, missing, decimal, false);
      if (bad >= 0) issues.push(messages.notOfType(source, lines[bad]!, name, fields[j]![bad]!));
      return [name, values];
    }),
  );
  if (issues.length > 0) throw new DeclarationError(issues);
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

/** Types of columns that are not there, or that are none. */
function typeIssues(
  types: Readonly<Record<string, unknown>>,
  names: readonly string[] | null,
  source: string,
): Issue[] {
  return Object.entries(types).flatMap(([name, type]) => {
    if (type !== "text" && type !== "number") return [messages.unknownType(name, shown(type))];
    return !names || names.includes(name) ? [] : [messages.typeOfNoColumn(source, name, nearestName(name, names))];
  });
}

/** Undefined for a column of text. */
function typedColumn(fields: readonly string[], missing: ReadonlySet<string>, decimal: string): CsvColumn | undefined {
  const { values, bad } = numericColumn(fields, missing, decimal, true);
  if (bad >= 0) return logicalColumn(fields, missing);
  const read = decimal === "," ? fields.map((field) => field.replace(",", ".")) : fields;
  const written = (field: string, i: number) => !Number.isNaN(values[i]!) && !isNumberLabel(field);
  if (!read.some(written)) return values;
  return withTexts(
    values,
    read.map((field, i) => (Number.isNaN(values[i]!) ? null : field)),
  );
}

function textColumn(fields: readonly string[], missing: ReadonlySet<string>): (string | null)[] {
  return fields.map((field) => (missing.has(field) ? null : field));
}

/** The fields as numbers, and the first that is none (−1 where all are). */
function numericColumn(
  fields: readonly string[],
  missing: ReadonlySet<string>,
  decimal: string,
  exact: boolean,
): { readonly values: Float64Array; readonly bad: number } {
  const values = new Float64Array(fields.length);
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    if (missing.has(field) || field === "NaN") {
      values[i] = Number.NaN;
      continue;
    }
    const value = parseNumber(field, decimal, exact);
    if (Number.isNaN(value)) return { values, bad: i };
    values[i] = value;
  }
  return { values, bad: -1 };
}

/** The number a field is, or NaN when it is none; if `exact` also where it is a whole number of more digits than a double has. */
function parseNumber(field: string, decimal: string, exact: boolean): number {
  if (decimal === ",") {
    if (field.includes(".")) return Number.NaN;
    field = field.replace(",", ".");
  }
  const value = Number(field);
  if (Number.isNaN(value)) return INFINITIES[field] ?? Number.NaN;
  // Number() also reads the empty string and 0x, 0b, 0o literals, which no table means as numbers.
  if (field === "" || (field.charCodeAt(0) === 48 && field.charCodeAt(1) > 57 && !/^0e/i.test(field)))
    return Number.NaN;
  if (exact && field.length > 15 && Math.abs(value) > Number.MAX_SAFE_INTEGER && /^[+-]?\d+$/.test(field))
    return BigInt(field) === BigInt(value) ? value : Number.NaN;
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
