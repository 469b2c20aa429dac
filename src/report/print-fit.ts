/** How every kind of fit prints itself. */
import { FIT_NOT_CLONED } from "../messages/cloning.ts";
import { inspect } from "../messages/inspect.ts";
import type { Fit } from "../model/fit.ts";
import { exporting, type PrintableFit } from "./printable.ts";
import { type SummaryOptions, summaryText } from "./summary.ts";
import { plain, type Style } from "./text-table.ts";

const kinds: Readonly<Record<Fit["kind"], string>> = {
  ml: "[maximum-likelihood fit]",
  posterior: "[posterior]",
  gee: "[fit by estimating equations]",
};

const textOf = (fit: Fit, how: Style | SummaryOptions = plain): string =>
  typeof how === "function" ? summaryText(fit, how) : summaryText(fit, plain, how);

const exported = (fit: () => Fit, how?: SummaryOptions) =>
  exporting(
    (style) => summaryText(fit(), style, how),
    () => fit().tidy(how),
  );

/**
 * The methods of a fit that is made as a record.
 *
 * @param fit called when printed
 */
export const fitPrinter = (fit: () => Fit): PrintableFit => ({
  print: (how) => console.log(textOf(fit(), how)),
  toString: (how) => textOf(fit(), how),
  toMarkdown: (how) => exported(fit, how).toMarkdown(),
  toHTML: (how) => exported(fit, how).toHTML(),
  toLaTeX: (how) => exported(fit, how).toLaTeX(),
  toCSV: (how) => exported(fit, how).toCSV(),
  [inspect]: (depth) => (depth < 0 ? kinds[fit().kind] : summaryText(fit())),
});

/** The methods of a fit that is a class. */
export abstract class PrintedFit implements PrintableFit {
  /** What a clone stumbles on, and says why. */
  protected readonly uncloneable = FIT_NOT_CLONED;
  readonly #printer = fitPrinter(() => this as unknown as Fit);

  /** The summary as text; see `summaryText`. */
  toString(how?: Style | SummaryOptions): string {
    return this.#printer.toString(how);
  }

  /**
   * Prints the summary to the console.
   *
   * @example fit.print({ ddf: "kenward-roger" });
   */
  print(how?: Style | SummaryOptions): void {
    this.#printer.print(how);
  }

  /** The summary as Markdown, with the options of `print()`; the same as HTML and LaTeX. */
  toMarkdown(how?: SummaryOptions): string {
    return this.#printer.toMarkdown(how);
  }

  toHTML(how?: SummaryOptions): string {
    return this.#printer.toHTML(how);
  }

  toLaTeX(how?: SummaryOptions): string {
    return this.#printer.toLaTeX(how);
  }

  /** The rows of `tidy()` with the same options as CSV. */
  toCSV(how?: SummaryOptions): string {
    return this.#printer.toCSV(how);
  }

  [inspect](depth: number): string {
    return this.#printer[inspect](depth);
  }
}
