/** Splits a formula into tokens with their positions. */
import * as messages from "../messages/formula.ts";
import { formulaFault } from "./formula-fault.ts";

export type TokenKind = "name" | "number" | "string" | "operator" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** A name without its backticks, a text without its quotes, an operator as written, a number as written. */
  readonly text: string;
  /** 0-based position of the first character. */
  readonly at: number;
  /** True for a name in backticks, which is never a reserved word. */
  readonly quoted: boolean;
}

const OPERATORS = [
  "%in%",
  "||",
  "==",
  "!=",
  "<=",
  ">=",
  "&&",
  "~",
  "+",
  "-",
  "*",
  "/",
  "^",
  ":",
  "|",
  "(",
  ")",
  ",",
  "=",
  "<",
  ">",
  "!",
];
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?L?/y;
const NAME = /(?:[\p{L}]|\.(?!\d))[\p{L}\p{N}\p{M}._]*/uy;
const LIMIT = 20_000;

/** The tokens of `text`, closed by one of kind `end`. Throws a DeclarationError at a character that means nothing in a formula. */
export function tokenise(text: string): Token[] {
  if (text.length > LIMIT) throw formulaFault("formula-syntax", messages.tooLong(text.length));
  const tokens: Token[] = [];
  let at = 0;
  const push = (kind: TokenKind, value: string, length: number, quoted = false) => {
    tokens.push({ kind, text: value, at, quoted });
    at += length;
  };
  while (at < text.length) {
    const character = text[at]!;
    if (/\s/.test(character)) {
      at++;
      continue;
    }
    if (character === "`" || character === '"' || character === "'") {
      const close = text.indexOf(character, at + 1);
      const what = character === "`" ? "a name in backticks" : "a text in quotes";
      if (close < 0) throw formulaFault("formula-syntax", messages.unterminated(text, at, what));
      const inner = text.slice(at + 1, close);
      if (character === "`" && inner === "")
        throw formulaFault("formula-syntax", messages.strayCharacter(text, at, "``"));
      push(character === "`" ? "name" : "string", inner, inner.length + 2, character === "`");
      continue;
    }
    NUMBER.lastIndex = at;
    const number = NUMBER.exec(text);
    if (number) {
      push("number", number[0], number[0].length);
      continue;
    }
    NAME.lastIndex = at;
    const name = NAME.exec(text);
    if (name) {
      push("name", name[0], name[0].length);
      continue;
    }
    const operator = OPERATORS.find((candidate) => text.startsWith(candidate, at));
    if (operator === undefined) {
      const whole = String.fromCodePoint(text.codePointAt(at)!);
      throw formulaFault("formula-syntax", messages.strayCharacter(text, at, whole));
    }
    push("operator", operator, operator.length);
  }
  tokens.push({ kind: "end", text: "", at: text.length, quoted: false });
  return tokens;
}
