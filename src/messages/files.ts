/** Texts about files: what is wrong with a file or with the table in it, and what to do. */
import { type Issue, issue } from "./issue.ts";

export const fileNotFound = (path: string): Issue =>
  issue("file-not-found", ["file", path], `There is no file '${path}'. Check the name and the folder it is read from.`);

export const fileIsFolder = (path: string): Issue =>
  issue("file-is-folder", ["file", path], `'${path}' is a folder. Name the file in it that holds the table.`);

export const fileUnreadable = (path: string, reason: string): Issue =>
  issue("file-unreadable", ["file", path], `The file '${path}' cannot be read (${reason}). Check its permissions.`);

export const fileNotWritable = (path: string, reason: string): Issue =>
  issue("file-not-writable", ["file", path], `The file '${path}' cannot be written (${reason}). Name another place.`);

export const badGzip = (path: string): Issue =>
  issue(
    "bad-gzip",
    ["file", path],
    `The file '${path}' begins like a gzip file but cannot be decompressed. Compress it anew.`,
  );

export const badEncoding = (path: string, encoding: string): Issue =>
  issue(
    "bad-encoding",
    ["file", path],
    `The file '${path}' is not text in ${encoding}. Save it as UTF-8, or name its encoding (for example windows-1252).`,
  );

export const unknownEncoding = (encoding: string): Issue =>
  issue(
    "unknown-encoding",
    ["encoding"],
    `There is no text encoding '${encoding}'. Use a name such as utf-8, windows-1252 or utf-16le.`,
  );

export const emptyFile = (path: string): Issue =>
  issue("empty-file", ["file", path], `The file '${path}' is empty. Its first line must name the columns.`);

export const unclosedQuote = (path: string, line: number): Issue =>
  issue(
    "unclosed-quote",
    ["file", path],
    `${path}, line ${line}: a quoted field opens here and never closes. Close the quote, and double every quote inside a quoted field.`,
  );

export const textAfterQuote = (path: string, line: number, text: string): Issue =>
  issue(
    "text-after-quote",
    ["file", path],
    `${path}, line ${line}: '${text}' follows a closing quote. Double the quotes inside a quoted field, or check the delimiter.`,
  );

export const raggedRow = (path: string, line: number, fields: number, columns: number): Issue =>
  issue(
    "ragged-row",
    ["file", path],
    `${path}, line ${line}: ${count(fields, "field")} where the header names ${count(columns, "column")}. ${
      fields > columns
        ? "Quote fields that contain the delimiter, or name the extra column."
        : "Leave the fields of missing values empty but keep their delimiters, or check the delimiter."
    }`,
  );

export const moreRaggedRows = (path: string, rows: number): Issue =>
  issue(
    "ragged-row",
    ["file", path],
    `${path}: ${count(rows, "more line")} ${rows === 1 ? "has" : "have"} the wrong number of fields.`,
  );

export const rowNamesWithoutHeader = (path: string, columns: number): Issue =>
  issue(
    "row-names-without-header",
    ["file", path],
    `${path}: every line has one field more than the header's ${count(columns, "name")}, as when row names are written without a header. Name the first column too.`,
  );

export const impossibleHeader = (path: string, name: string): Issue =>
  issue(
    "impossible-header",
    ["column", name],
    `${path}: a column is named '${name}', which a table of arquero cannot hold. Give it another name in the file.`,
  );

export const duplicateHeader = (path: string, name: string, positions: readonly number[]): Issue =>
  issue(
    "duplicate-header",
    ["column", name],
    `${path}: the header names '${name}' ${positions.length} times (columns ${positions.join(", ")}). Give every column its own name.`,
  );

export const badDelimiter = (delimiter: string): Issue =>
  issue(
    "bad-delimiter",
    ["delimiter"],
    `The delimiter '${delimiter}' is not a single character. Use one such as ',' ';' or 'tab'.`,
  );

export const badDecimal = (decimal: string): Issue =>
  issue("bad-decimal", ["decimal"], `The decimal mark '${decimal}' is neither '.' nor ','. Use one of these.`);

export const delimiterIsDecimal = (mark: string): Issue =>
  issue(
    "delimiter-is-decimal",
    ["delimiter"],
    `'${mark}' cannot be both the delimiter and the decimal mark. Files with a decimal comma use ';' or a tab between fields.`,
  );

/** A fault of what is in a file, with the file named unless the message has done so. */
export const namingFile = (path: string, issue: Issue): Issue =>
  issue.message.includes(path) ? issue : { ...issue, message: `The file '${path}': ${issue.message}` };

export const changedLine = (path: string, line: number): Issue =>
  issue(
    "changed-checkpoint",
    ["file", path],
    `Line ${line} of the checkpoint '${path}' is not as it was written: it was changed or damaged, or is of another run. Use a copy, or sample again.`,
  );

export const emptyCheckpoint = (path: string): Issue =>
  issue(
    "empty-checkpoint",
    ["file", path],
    `The checkpoint '${path}' was cut off within its first line, so it holds no run. Use a copy, or sample again.`,
  );

/** @param what the data are: `saved fit`, `checkpoint of a run of chains` */
export const savedField = (what: string, path: string, needs: string): Issue =>
  issue(
    "bad-saved-data",
    path.split("."),
    `This is not a ${what} as it was made: its ${path} must be ${needs}. Use a copy, or make it again.`,
  );

export const changedSavedData = (what: string): Issue =>
  issue(
    "changed-saved-data",
    ["digest"],
    `This is not a ${what} as it was made: its digest is that of other data, so it was changed or damaged. Use a copy, or make it again.`,
  );

export const unreadableColumns = (path: string, format: string, reason: string): Issue =>
  issue(
    "unreadable-columns",
    ["file", path],
    `The file '${path}' begins as a file of ${format} but cannot be read as one (${reason}). Use a copy, or write it anew uncompressed, or as CSV.`,
  );

export const unknownType = (column: string, type: string): Issue =>
  issue(
    "unknown-type",
    ["types", column],
    `The type of the column ${column} is ${type}; it must be 'text' or 'number'.`,
  );

export const typeOfNoColumn = (path: string, column: string, nearest: string | null): Issue =>
  issue(
    "unknown-column",
    ["types", column],
    `${path} has no column ${column}, whose type is given${nearest === null ? "." : `; did you mean ${nearest}?`}`,
  );

export const notOfType = (path: string, line: number, column: string, text: string): Issue =>
  issue(
    "not-of-type",
    ["types", column],
    `${path}, line ${line}: the column ${column} is to be read as numbers but holds '${text}'. Correct the field, name it among the missing ones, or read the column as text.`,
  );

export const notJson = (path: string): Issue =>
  issue(
    "not-json",
    ["file", path],
    `The file '${path}' is not JSON, so it holds no saved fit. Write one with writeFit() or --save.`,
  );

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
