/** Results that can be printed: data first, text on request. */
import { plain, type Style } from "./text-table.ts";

export interface PrintableText {
  /** Prints the text to the console. */
  print(style?: Style): void;
  toString(style?: Style): string;
}

/** Gives a result a text, and leaves it data otherwise: what it has beside its own is not enumerable, so that it can be cloned and compared. */
export function printableText<Result extends object>(
  result: Result,
  textOf: (style: Style) => string,
): Result & PrintableText {
  const methods: PrintableText = {
    print: (style: Style = plain) => console.log(textOf(style)),
    toString: (style: Style = plain) => textOf(style),
  };
  return Object.defineProperties(result, {
    print: { value: methods.print },
    toString: { value: methods.toString },
  }) as Result & PrintableText;
}
