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
