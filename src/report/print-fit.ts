/** How every kind of fit prints itself. */
import { FIT_NOT_CLONED } from "../messages/cloning.ts";
import { inspect } from "../messages/inspect.ts";
import type { Fit } from "../model/fit.ts";
import type { PrintableFit } from "./printable.ts";
import { summaryText } from "./summary.ts";
import { plain, type Style } from "./text-table.ts";

const kinds: Readonly<Record<Fit["kind"], string>> = {
  ml: "[maximum-likelihood fit]",
  posterior: "[posterior]",
  gee: "[fit by estimating equations]",
};

/**
 * The methods of a fit that is made as a record.
 *
 * @param fit called when printed
 */
export const fitPrinter = (fit: () => Fit): PrintableFit => ({
  print: (style: Style = plain) => console.log(summaryText(fit(), style)),
  toString: (style: Style = plain) => summaryText(fit(), style),
  [inspect]: (depth) => (depth < 0 ? kinds[fit().kind] : summaryText(fit())),
});

/** The methods of a fit that is a class. */
export abstract class PrintedFit implements PrintableFit {
  /** What a clone stumbles on, and says why. */
  protected readonly uncloneable = FIT_NOT_CLONED;
  readonly #printer = fitPrinter(() => this as unknown as Fit);

  /** The summary as text; see `summaryText`. */
  toString(style?: Style): string {
    return this.#printer.toString(style);
  }

  /** Prints the summary to the console. */
  print(style?: Style): void {
    this.#printer.print(style);
  }

  [inspect](depth: number): string {
    return this.#printer[inspect](depth);
  }
}
