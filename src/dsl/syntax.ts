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

/** Parses `left ~ right`, `~ right` or, without a tilde, `right`. Throws a DeclarationError with position and excerpt. */
export function parseSyntax(text: string): FormulaSyntax {
  const tokens = tokenise(text);
  let position = 0;
  let depth = 0;

  const peek = (): Token => tokens[position]!;
  const isOperator = (...operators: string[]) => peek().kind === "operator" && operators.includes(peek().text);
  const take = (): Token => tokens[position++]!;
  const found = (token: Token) => (token.kind === "end" ? "the end of the formula" : `"${token.text}"`);
  const fail = (expected: string): never => {
    const token = peek();
    if (token.kind === "operator" && COMPARISONS.has(token.text))
      throw formulaFault("formula-syntax", messages.comparison(text, token.at, token.text));
    throw formulaFault("formula-syntax", messages.unreadable(text, token.at, expected, found(token)));
  };
  const binary = (operators: readonly string[], next: () => SyntaxNode) => (): SyntaxNode => {
    let left = next();
    while (isOperator(...operators)) {
      const token = take();
      left = { kind: "binary", operator: token.text as BinaryOperator, left, right: next(), at: token.at };
    }
    return left;
  };

  const call = (name: Token): SyntaxNode => {
    take();
    const args: SyntaxArgument[] = [];
    while (!isOperator(")")) {
      const start = peek();
      const named =
        start.kind === "name" && tokens[position + 1]?.kind === "operator" && tokens[position + 1]!.text === "=";
      if (named) position += 2;
      args.push({ name: named ? start.text : null, value: bar(), at: start.at });
      if (isOperator(",")) {
        take();
        if (isOperator(")")) fail("an argument");
      } else if (!isOperator(")")) fail('"," or ")"');
    }
    take();
    return { kind: "call", name: name.text, arguments: args, at: name.at };
  };
  const primary = (): SyntaxNode => {
    const token = peek();
    if (token.kind === "number") {
      take();
      const value = Number(token.text.replace(/L$/, ""));
      if (!Number.isFinite(value))
        throw formulaFault("formula-syntax", messages.numberTooLarge(text, token.at, token.text));
      return { kind: "number", value, text: token.text, at: token.at };
    }
    if (token.kind === "string") {
      take();
      return { kind: "string", value: token.text, at: token.at };
    }
    if (token.kind === "name") {
      take();
      if (!token.quoted && isOperator("(")) return call(token);
      if (!token.quoted && (token.text === "TRUE" || token.text === "FALSE"))
        return { kind: "logical", value: token.text === "TRUE", at: token.at };
      return { kind: "name", name: token.text, quoted: token.quoted, at: token.at };
    }
    if (isOperator("(")) {
      take();
      const inner = bar();
      if (!isOperator(")")) fail('")"');
      take();
      return { kind: "parentheses", inner, at: token.at };
    }
    return fail('a column, a number or "("');
  };
  const power = (): SyntaxNode => {
    const left = primary();
    if (!isOperator("^")) return left;
    const token = take();
    // Right to left, and the exponent may carry a sign: x^-1.
    return { kind: "binary", operator: "^", left, right: unary(), at: token.at };
  };
  const deeper = (read: () => SyntaxNode): SyntaxNode => {
    if (depth >= MAXIMUM_DEPTH) throw formulaFault("formula-syntax", messages.tooDeep(text, peek().at));
    depth++;
    const node = read();
    depth--;
    return node;
  };
  const unary = (): SyntaxNode =>
    deeper(() => {
      if (!isOperator("-", "+")) return power();
      const token = take();
      return { kind: "unary", operator: token.text as "-" | "+", operand: unary(), at: token.at };
    });
  const colon = binary([":"], unary);
  const nested = binary(["%in%"], colon);
  const product = binary(["*", "/"], nested);
  // A sign that opens a sum applies to its whole first term: in "-a:b + c" the term a:b is removed.
  const signed = (): SyntaxNode => {
    if (!isOperator("-", "+")) return product();
    const token = take();
    return { kind: "unary", operator: token.text as "-" | "+", operand: deeper(signed), at: token.at };
  };
  const sum = (): SyntaxNode => {
    let left = signed();
    while (isOperator("+", "-")) {
      const token = take();
      left = { kind: "binary", operator: token.text as "+" | "-", left, right: product(), at: token.at };
    }
    return left;
  };
  const bar = binary(["|", "||"], sum);

  const leading = isOperator("~");
  const first = leading ? null : bar();
  if (!isOperator("~")) {
    if (peek().kind !== "end") fail("an operator or the end");
    return { left: null, tilde: false, right: first! };
  }
  take();
  const right = bar();
  if (isOperator("~")) throw formulaFault("formula-syntax", messages.secondTilde(text, peek().at));
  if (peek().kind !== "end") fail("an operator or the end");
  return { left: first, tilde: true, right };
}

/** A node without the parentheses around it. */
export const bareNode = (node: SyntaxNode): SyntaxNode => (node.kind === "parentheses" ? node.inner : node);
