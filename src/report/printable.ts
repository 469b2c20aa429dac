/** Results that can be printed, and written for documents and other programs. */
import type { inspect } from "../messages/inspect.ts";
import { csvText, rowsOf } from "./csv.ts";
import { inMarkup, type Markup, markupStyle } from "./markup.ts";
import { type PrintableText, printableText } from "./printable-text.ts";
import type { SummaryOptions } from "./summary.ts";
import type { Style } from "./text-table.ts";

/** What `print()` prints, in the markup of documents and as CSV. */
export interface Exported {
  /** The tables and lines of `print()` as Markdown (GitHub's tables), every text escaped. */
  toMarkdown(): string;
  /** The same as HTML: paragraphs and tables, without a page around them. */
  toHTML(): string;
  /** The same as LaTeX: `tabular` that needs no package. */
  toLaTeX(): string;
  /** The rows as CSV, with all their digits and columns; what is missing is NA. */
  toCSV(): string;
}

export interface Printable extends PrintableText, Exported {}

/** @param rows of the CSV file */
export function exporting(textOf: (style: Style) => string, rows: () => readonly object[]): Exported {
  const marked = (markup: Markup) => () => inMarkup(textOf(markupStyle), markup);
  return {
    toMarkdown: marked("markdown"),
    toHTML: marked("html"),
    toLaTeX: marked("latex"),
    toCSV: () => csvText(rows()),
  };
}

/**
 * Gives a result a text, and leaves it data otherwise; see `printableText`.
 *
 * @param rows of its CSV file; default the result itself where it is rows, else its first list of records
 */
export function printable<Result extends object>(
  result: Result,
  textOf: (style: Style) => string,
  rows: () => readonly object[] = () => rowsOf(result),
): Result & Printable {
  const methods = Object.entries(exporting(textOf, rows)).map(([name, value]) => [name, { value }] as const);
  return Object.defineProperties(printableText(result, textOf), Object.fromEntries(methods)) as Result & Printable;
}

/** A fit as it prints: by itself, in templates, and in Node's console. */
export interface PrintableFit {
  /** The summary as Markdown, with the options of `summaryText`; the same as HTML and LaTeX. */
  toMarkdown(how?: SummaryOptions): string;
  toHTML(how?: SummaryOptions): string;
  toLaTeX(how?: SummaryOptions): string;
  /** The rows of `tidy()` with the same options as CSV. */
  toCSV(how?: SummaryOptions): string;
  /** Prints the summary; see `summaryText`. @param how marks up the text, or the options of `summaryText`: `{ ddf, ci, confLevel }` */
  print(how?: Style | SummaryOptions): void;
  toString(how?: Style | SummaryOptions): string;
  /** The text of the fit; its kind alone where it lies deep inside of what is printed. */
  [inspect](depth: number): string;
}
