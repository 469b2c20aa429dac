/** Expressions as R writes them: the names of coefficients are made of these. */

import type { Expression } from "./expression.ts";
import { sdText } from "./given-sds.ts";
import type { FixedTermSpec, RandomTermSpec } from "./model-spec.ts";

const SYNTACTIC = /^(?:\p{L}|\.(?!\d))[\p{L}\p{N}\p{M}._]*$/u;
const RESERVED = new Set("TRUE FALSE NULL NA NaN Inf if else for while repeat function break next in".split(" "));

/** A column name as it stands in a formula: in backticks unless it is a plain R name. */
export function quoteName(name: string): string {
  return SYNTACTIC.test(name) && !RESERVED.has(name) && name !== "." ? name : `\`${name}\``;
}

/**
 * A number with up to 15 significant digits, fixed or scientific whichever is shorter, as R's deparse: `100`, `1e+05`, `0.25`. With all its digits
 * where 15 would be another number: what is printed is read again, and two terms must not share a name.
 */
function deparseNumber(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "Inf" : value < 0 ? "-Inf" : "NaN";
  const [mantissa, exponent] = value.toExponential().split("e") as [string, string];
  const digits = exponent.slice(1).padStart(2, "0");
  const scientific = `${mantissa}e${exponent[0]}${digits}`;
  const significant = mantissa.replace(/[-.]/g, "").length;
  const fixed = value.toFixed(Math.min(100, Math.max(0, significant - 1 - Number(exponent))));
  return fixed.length <= scientific.length ? fixed : scientific;
}

const LEVEL = { "+": 1, "-": 1, "*": 2, "/": 2, ":": 3, "^": 5 } as const;
const UNARY = 4;

const levelOf = (expression: Expression): number =>
  expression.kind === "binary"
    ? LEVEL[expression.operator]
    : expression.kind === "unary" || (expression.kind === "number" && expression.value < 0)
      ? UNARY
      : 9;

/** The expression as R's `deparse` spaces it: `I(age^2)`, `I(a * b)`, `I(a/b)`, `poly(x, 2, raw = TRUE)`. */
export function deparse(expression: Expression): string {
  switch (expression.kind) {
    case "column":
      return quoteName(expression.name);
    case "number":
      return deparseNumber(expression.value);
    case "string":
      return expression.value.includes('"') ? `'${expression.value}'` : `"${expression.value}"`;
    case "logical":
      return expression.value ? "TRUE" : "FALSE";
    case "unary": {
      const inner = deparse(expression.operand);
      return `${expression.operator}${levelOf(expression.operand) <= 1 || levelOf(expression.operand) === UNARY ? `(${inner})` : inner}`;
    }
    case "binary": {
      const { operator } = expression;
      const level = LEVEL[operator];
      const side = (operand: Expression, right: boolean) => {
        const own = levelOf(operand);
        const rightToLeft = operator === "^";
        const bare = own > level || (own === level && right === rightToLeft);
        return bare && own !== UNARY ? deparse(operand) : `(${deparse(operand)})`;
      };
      const space = operator === "+" || operator === "-" || operator === "*" ? " " : "";
      return `${side(expression.left, false)}${space}${operator}${space}${side(expression.right, true)}`;
    }
    case "call": {
      const named = Object.entries(expression.named).map(([name, value]) => `${name} = ${deparse(value)}`);
      return `${expression.name}(${[...expression.arguments.map(deparse), ...named].join(", ")})`;
    }
  }
}

/** `a:I(b^2)`. */
export const termLabel = (term: FixedTermSpec): string => term.factors.map(deparse).join(":");

/** The name of the grouping factor as lme4 prints it: `Subject`, `cask:batch`. */
export const groupName = (term: RandomTermSpec): string => term.group.join(":");

/** `(Days | Subject)`, `(0 + x || g)`, `(1 | gr(animal, cov = A))`, `us(0 + trt | g, sd = 1)`. */
export function randomTermText(term: RandomTermSpec): string {
  const terms = term.terms.length === 0 ? [] : [termsText(term.terms)];
  const lead = term.intercept ? (terms.length === 0 ? ["1"] : []) : ["0"];
  const effects = [...lead, ...terms].join(" + ");
  const group = term.group.map(quoteName).join(":");
  const grouping = term.known === undefined ? group : `gr(${group}, cov = ${quoteName(term.known)})`;
  const bar = term.id === undefined ? "|" : `|${quoteName(term.id)}|`;
  if (term.sd) return `${term.covariance}(${effects} ${bar} ${grouping}, sd = ${sdText(term.sd)})`;
  if (term.covariance === "us") return `(${effects} ${bar} ${grouping})`;
  return term.covariance === "diag"
    ? `(${effects} || ${grouping})`
    : `${term.covariance}(${effects} ${bar} ${grouping})`;
}

/**
 * The terms as a sum that reads back to the same terms in the same order.
 *
 * R sorts terms by their order (main effects first) but the factors within a term by where they first appear in the formula, so that
 * `b:a + a` and `a + b:a` differ in the name of the interaction. Nearly always the sorted terms read back as they are, or with the interactions
 * written first; otherwise the sum begins with the product of all variables in the right order, taken away again.
 */
export function termsText(terms: readonly FixedTermSpec[]): string {
  const labels = terms.map((term) => term.factors.map(deparse));
  const written = (order: readonly (readonly string[])[]) => order.map((term) => term.join(":")).join(" + ");
  if (readsBack(labels)) return written(labels);
  const highestFirst = labels.toSorted((a, b) => b.length - a.length);
  if (readsBack(highestFirst)) return written(highestFirst);
  const product = commonOrder(labels).join(":");
  return `${product} - ${product} + ${written(labels)}`;
}

/** Whether in each term the factors stand in the order in which they first appear. */
function readsBack(terms: readonly (readonly string[])[]): boolean {
  const seen = new Map<string, number>();
  return terms.every((term) => {
    for (const label of term) if (!seen.has(label)) seen.set(label, seen.size);
    return term.every((label, i) => i === 0 || seen.get(term[i - 1]!)! < seen.get(label)!);
  });
}

/** An order of all variables that agrees with the order of the factors in every term (a topological sort). */
function commonOrder(terms: readonly (readonly string[])[]): string[] {
  const left = new Set(terms.flat());
  const order: string[] = [];
  while (left.size > 0) {
    const blocked = new Set(terms.flatMap((term) => term.filter((label) => left.has(label)).slice(1)));
    const next = [...left].find((label) => !blocked.has(label)) ?? [...left][0]!;
    left.delete(next);
    order.push(next);
  }
  return order;
}
