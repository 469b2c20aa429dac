/** Results that can be printed: data first, text on request. */
import { plain, type Style } from "./text-table.ts";

export interface Printable {
  /** Prints the text to the console. */
  print(style?: Style): void;
  toString(style?: Style): string;
}

/** Gives a result a text. */
export function printable<Result extends object>(result: Result, textOf: (style: Style) => string): Result & Printable {
  return {
    ...result,
    print: (style: Style = plain) => console.log(textOf(style)),
    toString: (style: Style = plain) => textOf(style),
  };
}

/** The name under which Node looks for what its console prints of an object; elsewhere nobody asks. */
export const inspect: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** A fit as it prints: by itself, in templates, and in Node's console. */
export interface PrintableFit extends Printable {
  /** The text of the fit; its kind alone where it lies deep inside of what is printed. */
  [inspect](depth: number): string;
}
