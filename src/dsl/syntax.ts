/**
 * The grammar of formulas: recursive descent over the tokens to a syntax tree. Nothing is evaluated. Precedence as in R's
 * `?Syntax`, loosest first: `~`, `|` `||`, `+` `-`, `*` `/`, `%in%`, `:`, unary `-` `+`, `^` (right to left).
 */
import * as messages from "../messages/formula.ts";
import { formulaFault } from "./formula-fault.ts";
import { type Token, tokenise } from "./tokens.ts";

export interface SyntaxArgument {
  readonly name: string | null;
  readonly value: SyntaxNode;
  readonly at: number;
}

export type BinaryOperator = "+" | "-" | "*" | "/" | "^" | ":" | "%in%" | "|" | "||";

export type SyntaxNode =
  | { readonly kind: "name"; readonly name: string; readonly quoted: boolean; readonly at: number }
  | { readonly kind: "number"; readonly value: number; readonly text: string; readonly at: number }
  | { readonly kind: "string"; readonly value: string; readonly at: number }
  | { readonly kind: "logical"; readonly value: boolean; readonly at: number }
  | { readonly kind: "unary"; readonly operator: "-" | "+"; readonly operand: SyntaxNode; readonly at: number }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: SyntaxNode;
      readonly right: SyntaxNode;
      readonly at: number;
    }
  | { readonly kind: "call"; readonly name: string; readonly arguments: readonly SyntaxArgument[]; readonly at: number }
  | { readonly kind: "parentheses"; readonly inner: SyntaxNode; readonly at: number };

export interface FormulaSyntax {
  /** null where the formula begins with `~` or has no `~`. */
  readonly left: SyntaxNode | null;
  readonly tilde: boolean;
  readonly right: SyntaxNode;
}

const COMPARISONS = new Set(["==", "!=", "<", ">", "<=", ">=", "!", "&&"]);
const MAXIMUM_DEPTH = 200;

/** What is being read, and how far. */
interface Reader {
  readonly text: string;
  readonly tokens: readonly Token[];
  position: number;
  /** Signs that wait for what they stand before. */
  depth: number;
}

const peek = ({ tokens, position }: Reader): Token => tokens[position]!;
const isOperator = (reader: Reader, ...operators: string[]): boolean =>
  peek(reader).kind === "operator" && operators.includes(peek(reader).text);
const take = (reader: Reader): Token => reader.tokens[reader.position++]!;
const found = (token: Token): string => (token.kind === "end" ? "the end of the formula" : `"${token.text}"`);

function fail(reader: Reader, expected: string): never {
  const { text } = reader;
  const token = peek(reader);
  if (token.kind === "operator" && COMPARISONS.has(token.text))
    throw formulaFault("formula-syntax", messages.comparison(text, token.at, token.text));
  throw formulaFault("formula-syntax", messages.unreadable(text, token.at, expected, found(token)));
}

/** What reads operands with these operators between them, from left to right. */
const binary =
  (operators: readonly string[], next: (reader: Reader) => SyntaxNode) =>
  (reader: Reader): SyntaxNode => {
    let left = next(reader);
    while (isOperator(reader, ...operators)) {
      const token = take(reader);
      left = { kind: "binary", operator: token.text as BinaryOperator, left, right: next(reader), at: token.at };
    }
    return left;
  };

function call(reader: Reader, name: Token): SyntaxNode {
  take(reader);
  const args: SyntaxArgument[] = [];
  while (!isOperator(reader, ")")) {
    const start = peek(reader);
    const following = reader.tokens[reader.position + 1];
    const named = start.kind === "name" && following?.kind === "operator" && following.text === "=";
    if (named) reader.position += 2;
    args.push({ name: named ? start.text : null, value: bar(reader), at: start.at });
    if (isOperator(reader, ",")) {
      take(reader);
      if (isOperator(reader, ")")) fail(reader, "an argument");
    } else if (!isOperator(reader, ")")) fail(reader, '"," or ")"');
  }
  take(reader);
  return { kind: "call", name: name.text, arguments: args, at: name.at };
}

function primary(reader: Reader): SyntaxNode {
  const token = peek(reader);
  if (token.kind === "number") {
    take(reader);
    const value = Number(token.text.replace(/L$/, ""));
    if (!Number.isFinite(value))
      throw formulaFault("formula-syntax", messages.numberTooLarge(reader.text, token.at, token.text));
    return { kind: "number", value, text: token.text, at: token.at };
  }
  if (token.kind === "string") {
    take(reader);
    return { kind: "string", value: token.text, at: token.at };
  }
  if (token.kind === "name") {
    take(reader);
    if (!token.quoted && isOperator(reader, "(")) return call(reader, token);
    if (!token.quoted && (token.text === "TRUE" || token.text === "FALSE"))
      return { kind: "logical", value: token.text === "TRUE", at: token.at };
    return { kind: "name", name: token.text, quoted: token.quoted, at: token.at };
  }
  if (isOperator(reader, "(")) {
    take(reader);
    const inner = bar(reader);
    if (!isOperator(reader, ")")) fail(reader, '")"');
    take(reader);
    return { kind: "parentheses", inner, at: token.at };
  }
  return fail(reader, 'a column, a number or "("');
}

function power(reader: Reader): SyntaxNode {
  const left = primary(reader);
  if (!isOperator(reader, "^")) return left;
  const token = take(reader);
  // Right to left, and the exponent may carry a sign: x^-1.
  return { kind: "binary", operator: "^", left, right: unary(reader), at: token.at };
}

function deeper(reader: Reader, read: (reader: Reader) => SyntaxNode): SyntaxNode {
  if (reader.depth >= MAXIMUM_DEPTH)
    throw formulaFault("formula-syntax", messages.tooDeep(reader.text, peek(reader).at));
  reader.depth++;
  const node = read(reader);
  reader.depth--;
  return node;
}

const signedBy = (reader: Reader, operand: (reader: Reader) => SyntaxNode): SyntaxNode => {
  const token = take(reader);
  return { kind: "unary", operator: token.text as "-" | "+", operand: operand(reader), at: token.at };
};

const unary = (reader: Reader): SyntaxNode =>
  deeper(reader, () => (isOperator(reader, "-", "+") ? signedBy(reader, unary) : power(reader)));
const colon = binary([":"], unary);
const nested = binary(["%in%"], colon);
const product = binary(["*", "/"], nested);

/** A sign that opens a sum applies to its whole first term: in "-a:b + c" the term a:b is removed. */
const signed = (reader: Reader): SyntaxNode =>
  isOperator(reader, "-", "+") ? signedBy(reader, () => deeper(reader, signed)) : product(reader);

function sum(reader: Reader): SyntaxNode {
  let left = signed(reader);
  while (isOperator(reader, "+", "-")) {
    const token = take(reader);
    left = { kind: "binary", operator: token.text as "+" | "-", left, right: product(reader), at: token.at };
  }
  return left;
}

const bar = binary(["|", "||"], sum);

/** Parses `left ~ right`, `~ right` or, without a tilde, `right`. Throws a DeclarationError with position and excerpt. */
export function parseSyntax(text: string): FormulaSyntax {
  const reader: Reader = { text, tokens: tokenise(text), position: 0, depth: 0 };
  const leading = isOperator(reader, "~");
  const first = leading ? null : bar(reader);
  if (!isOperator(reader, "~")) {
    if (peek(reader).kind !== "end") fail(reader, "an operator or the end");
    return { left: null, tilde: false, right: first! };
  }
  take(reader);
  const right = bar(reader);
  if (isOperator(reader, "~")) throw formulaFault("formula-syntax", messages.secondTilde(text, peek(reader).at));
  if (peek(reader).kind !== "end") fail(reader, "an operator or the end");
  return { left: first, tilde: true, right };
}

/** A node without the parentheses around it. */
export const bareNode = (node: SyntaxNode): SyntaxNode => (node.kind === "parentheses" ? node.inner : node);
