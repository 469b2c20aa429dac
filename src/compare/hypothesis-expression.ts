/** A hypothesis about parameters, `x1 - 2 * x2 = 0`, read by the parser of formulas, as a function with its gradient. */
import { type FaultSink, toExpression } from "../dsl/arithmetic.ts";
import type { Expression, FunctionName } from "../dsl/expression.ts";
import { parseSyntax } from "../dsl/syntax.ts";
import { tokenise } from "../dsl/tokens.ts";
import type { NamedParameters } from "../effects/named-parameters.ts";
import * as messages from "../messages/hypothesis.ts";
import { DeclarationError } from "../messages/issue.ts";
import type { ReportedParameter } from "../model/reported-parameters.ts";
import { normalCdf } from "../special/distributions.ts";

export type Direction = "two-sided" | "greater" | "less";

export interface ParsedHypothesis {
  /** As it was written. */
  readonly text: string;
  readonly direction: Direction;
  /** Left side less right side, a function of `parameters`. */
  readonly expression: Expression;
  readonly parameters: readonly ReportedParameter[];
}

const RELATIONS: Readonly<Record<string, Direction>> = {
  "=": "two-sided",
  "==": "two-sided",
  ">": "greater",
  ">=": "greater",
  "<": "less",
  "<=": "less",
};

const IN_NAMES = /[\p{L}\p{N}\p{M}._]/u;
const PLAIN = /^(?:\p{L}|\.(?!\d))[\p{L}\p{N}\p{M}._]*$/u;

/**
 * Names that are no words of their own (`(Intercept)`, `a:b`, `factor(period)2`, `sd__(Intercept)`) as words in backticks, so that arithmetic on them
 * can be read. A name in backticks is one already.
 *
 * @param names longest first
 */
function withWords(text: string, names: readonly string[]): { readonly text: string; readonly words: string[] } {
  const words: string[] = [];
  let out = "";
  let at = 0;
  const word = (name: string, length: number) => {
    out += `\`#${words.push(name) - 1}\``;
    at += length;
  };
  while (at < text.length) {
    const before = text[at - 1];
    const inside = before !== undefined && IN_NAMES.test(before);
    const found = names.find((name) => {
      if (!text.startsWith(name, at)) return false;
      const after = text[at + name.length];
      return !(inside && IN_NAMES.test(name[0]!)) && !(after && IN_NAMES.test(after) && IN_NAMES.test(name.at(-1)!));
    });
    if (found) word(found, found.length);
    else if (text[at] === "`") {
      const close = text.indexOf("`", at + 1);
      if (close > at + 1) word(text.slice(at + 1, close), close + 1 - at);
      else out += text[at++]!;
    } else out += text[at++]!;
  }
  return { text: out, words };
}

/** @throws DeclarationError for what cannot be read, and for names that are no parameters */
export function parseHypothesis(
  text: string,
  { labels, all, find }: NamedParameters,
  aliases: readonly string[],
): ParsedHypothesis {
  const special = [...new Set([...labels, ...all.map(({ term }) => term), ...aliases])]
    .filter((name) => !PLAIN.test(name))
    .sort((a, b) => b.length - a.length);
  const { text: plain, words } = withWords(text, special);
  const relations = tokenise(plain).filter(
    ({ kind, text: own }) => kind === "operator" && Object.hasOwn(RELATIONS, own),
  );
  if (relations.length !== 1) throw new DeclarationError([messages.oneRelation(text, relations.length)]);
  const [relation] = relations;
  const sides = [plain.slice(0, relation!.at), plain.slice(relation!.at + relation!.text.length)];
  const parameters: ReportedParameter[] = [];
  const sink: FaultSink = { text, issues: [] };
  const [left, right] = sides.map((side) => {
    if (side.trim() === "") throw new DeclarationError([messages.emptySide(text)]);
    const syntax = parseSyntax(side);
    if (syntax.tilde) throw new DeclarationError([messages.oneRelation(text, 0)]);
    return toExpression(syntax.right, sink);
  });
  if (sink.issues.length > 0) throw new DeclarationError(sink.issues);
  const expression = resolve({ kind: "binary", operator: "-", left: left!, right: right! });
  if (parameters.length === 0) throw new DeclarationError([messages.noParameters(text)]);
  return { text: text.trim(), direction: RELATIONS[relation!.text]!, expression, parameters };

  /** Names of parameters by their place in the list. */
  function resolve(node: Expression): Expression {
    switch (node.kind) {
      case "column": {
        const place = /^#(\d+)$/.exec(node.name);
        const parameter = find(place ? words[Number(place[1])]! : node.name);
        const known = parameters.indexOf(parameter);
        return { kind: "column", name: String(known >= 0 ? known : parameters.push(parameter) - 1) };
      }
      case "unary":
        return { ...node, operand: resolve(node.operand) };
      case "binary":
        return { ...node, left: resolve(node.left), right: resolve(node.right) };
      case "call":
        if (!Object.hasOwn(FUNCTIONS, node.name) || node.arguments.length !== 1)
          throw new DeclarationError([messages.functionNotHere(text, node.name, Object.keys(FUNCTIONS))]);
        return { ...node, arguments: node.arguments.map(resolve) };
      case "number":
        return node;
      default:
        throw new DeclarationError([messages.notArithmetic(text)]);
    }
  }
}

/** Functions with their derivatives. */
const FUNCTIONS: Partial<Record<FunctionName, readonly [(x: number) => number, (x: number) => number]>> = {
  I: [(x) => x, () => 1],
  abs: [Math.abs, Math.sign],
  atan: [Math.atan, (x) => 1 / (1 + x * x)],
  cos: [Math.cos, (x) => -Math.sin(x)],
  exp: [Math.exp, Math.exp],
  expm1: [Math.expm1, Math.exp],
  log: [Math.log, (x) => 1 / x],
  log10: [Math.log10, (x) => Math.LOG10E / x],
  log1p: [Math.log1p, (x) => 1 / (1 + x)],
  log2: [Math.log2, (x) => Math.LOG2E / x],
  plogis: [(x) => 1 / (1 + Math.exp(-x)), (x) => 1 / ((1 + Math.exp(-x)) * (1 + Math.exp(x)))],
  pnorm: [normalCdf, (x) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)],
  sin: [Math.sin, Math.cos],
  sqrt: [Math.sqrt, (x) => 0.5 / Math.sqrt(x)],
  tan: [Math.tan, (x) => 1 + Math.tan(x) ** 2],
  tanh: [Math.tanh, (x) => 1 - Math.tanh(x) ** 2],
};

/** A value with its derivatives in the parameters of a hypothesis. */
export interface Dual {
  readonly value: number;
  readonly slopes: Float64Array;
}

const combined = (value: number, a: number, one: Dual, b: number, other: Dual): Dual => ({
  value,
  slopes: one.slopes.map((slope, k) => part(a, slope) + part(b, other.slopes[k]!)),
});

/** What does not depend on a parameter has no slope in it, however steep it is in others. */
const part = (a: number, slope: number): number => (slope === 0 ? 0 : a * slope);

/** The expression at values of its parameters. */
export function evaluateDual(node: Expression, values: ArrayLike<number>): Dual {
  const count = values.length;
  const at = (inner: Expression): Dual => {
    switch (inner.kind) {
      case "number":
        return { value: inner.value, slopes: new Float64Array(count) };
      case "column": {
        const place = Number(inner.name);
        return { value: values[place]!, slopes: Float64Array.from({ length: count }, (_, k) => (k === place ? 1 : 0)) };
      }
      case "unary": {
        const own = at(inner.operand);
        const sign = inner.operator === "-" ? -1 : 1;
        return combined(sign * own.value, sign, own, 0, own);
      }
      case "call": {
        const [f, slope] = FUNCTIONS[inner.name]!;
        const own = at(inner.arguments[0]!);
        return combined(f(own.value), slope(own.value), own, 0, own);
      }
      case "binary": {
        const a = at(inner.left);
        const b = at(inner.right);
        switch (inner.operator) {
          case "+":
            return combined(a.value + b.value, 1, a, 1, b);
          case "-":
            return combined(a.value - b.value, 1, a, -1, b);
          case "*":
            return combined(a.value * b.value, b.value, a, a.value, b);
          case "/":
            return combined(a.value / b.value, 1 / b.value, a, -a.value / b.value ** 2, b);
          default: {
            const value = a.value ** b.value;
            return combined(value, b.value * a.value ** (b.value - 1), a, value * Math.log(a.value), b);
          }
        }
      }
      default:
        return { value: Number.NaN, slopes: new Float64Array(count) };
    }
  };
  return at(node);
}

/** Coefficients and constant of an expression that is linear in its parameters; null for others. */
export function linearForm({ expression, parameters }: ParsedHypothesis): Dual | null {
  const count = parameters.length;
  const zero = evaluateDual(expression, new Float64Array(count));
  if (![zero.value, ...zero.slopes].every(Number.isFinite)) return null;
  const same = [1, -2.5, 7.25].every((step, s) => {
    const point = Float64Array.from({ length: count }, (_, k) => step * (1 + 0.37 * ((k + s) % 5)));
    const there = evaluateDual(expression, point);
    return there.slopes.every((slope, k) => Math.abs(slope - zero.slopes[k]!) <= 1e-12 * Math.abs(slope));
  });
  return same ? zero : null;
}
