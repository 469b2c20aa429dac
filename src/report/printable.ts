/** Results that can be printed: data first, text on request. */
import type { inspect } from "../messages/inspect.ts";
import { plain, type Style } from "./text-table.ts";

export interface Printable {
  /** Prints the text to the console. */
  print(style?: Style): void;
  toString(style?: Style): string;
}

/** Gives a result a text, and leaves it data otherwise: what it has beside its own is not enumerable, so that it can be cloned and compared. */
export function printable<Result extends object>(result: Result, textOf: (style: Style) => string): Result & Printable {
  const methods: Printable = {
    print: (style: Style = plain) => console.log(textOf(style)),
    toString: (style: Style = plain) => textOf(style),
  };
  return Object.defineProperties(result, {
    print: { value: methods.print },
    toString: { value: methods.toString },
  }) as Result & Printable;
}

/** A fit as it prints: by itself, in templates, and in Node's console. */
export interface PrintableFit extends Printable {
  /** The text of the fit; its kind alone where it lies deep inside of what is printed. */
  [inspect](depth: number): string;
}
