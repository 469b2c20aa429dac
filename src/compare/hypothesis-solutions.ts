/**
 * For what a hypothesis comes to: `x^2 = 4` is x = 2 or x = -2, `x / z = 1` is x - z = 0, `exp(x) = 0` nothing. Functions of which a side is a number are
 * undone step by step, so that what is left is linear wherever it can be, and has its zeros where it changes sign.
 */
import type { Expression, FunctionName } from "../dsl/expression.ts";
import { normalQuantile } from "../special/distributions.ts";
import { evaluateDual, linearForm, type ParsedHypothesis } from "./hypothesis-expression.ts";

/** Hypotheses of which one has to hold; none: no value of the parameters makes it true; `always`: all do. */
export type Solutions = readonly ParsedHypothesis[] | "always";

type Roots = readonly Expression[] | "always";

const number = (value: number): Expression => ({ kind: "number", value });
const binary = (operator: "-" | "*", left: Expression, right: Expression): Expression => ({
  kind: "binary",
  operator,
  left,
  right,
});
const less = (node: Expression, c: number): Expression => (c === 0 ? node : binary("-", node, number(c)));

function isNumber(node: Expression): boolean {
  if (node.kind === "column") return false;
  if (node.kind === "unary") return isNumber(node.operand);
  if (node.kind === "binary") return isNumber(node.left) && isNumber(node.right);
  return node.kind === "call" ? node.arguments.every(isNumber) : true;
}

const constantOf = (node: Expression): number => evaluateDual(node, []).value;

/** Where a function has a value: none or several. */
const INVERSES: Partial<Record<FunctionName, (value: number) => readonly number[]>> = {
  I: (c) => [c],
  abs: (c) => (c > 0 ? [c, -c] : c === 0 ? [0] : []),
  atan: (c) => (Math.abs(c) < Math.PI / 2 ? [Math.tan(c)] : []),
  exp: (c) => (c > 0 ? [Math.log(c)] : []),
  expm1: (c) => (c > -1 ? [Math.log1p(c)] : []),
  log: (c) => [Math.exp(c)],
  log10: (c) => [10 ** c],
  log1p: (c) => [Math.expm1(c)],
  log2: (c) => [2 ** c],
  plogis: (c) => (c > 0 && c < 1 ? [Math.log(c / (1 - c))] : []),
  pnorm: (c) => (c > 0 && c < 1 ? [normalQuantile(c)] : []),
  sqrt: (c) => (c >= 0 ? [c * c] : []),
  tanh: (c) => (Math.abs(c) < 1 ? [Math.atanh(c)] : []),
};

/** Bases whose power k is c. */
function basesOf(c: number, k: number): readonly number[] {
  if (c === 0) return k > 0 ? [0] : [];
  const root = Math.abs(c) ** (1 / k);
  if (c > 0) return Number.isInteger(k) && k % 2 === 0 ? [root, -root] : [root];
  return Number.isInteger(k) && k % 2 !== 0 ? [-root] : [];
}

const union = (all: readonly Roots[]): Roots =>
  all.includes("always") ? "always" : (all as readonly (readonly Expression[])[]).flat();

/** Expressions that are 0 where `node` is c. */
function roots(node: Expression, c: number): Roots {
  if (isNumber(node)) return constantOf(node) === c ? "always" : [];
  if (node.kind === "unary") return roots(node.operand, node.operator === "-" ? -c : c);
  if (node.kind === "call") {
    const inverse = INVERSES[node.name];
    return inverse ? union(inverse(c).map((value) => roots(node.arguments[0]!, value))) : [less(node, c)];
  }
  if (node.kind !== "binary") return [less(node, c)];
  const { operator, left, right } = node;
  const [l, r] = [left, right].map((side) => (isNumber(side) ? constantOf(side) : null)) as [
    number | null,
    number | null,
  ];
  switch (operator) {
    case "+":
      return l !== null ? roots(right, c - l) : r !== null ? roots(left, c - r) : [less(node, c)];
    case "-":
      return l !== null ? roots(right, l - c) : r !== null ? roots(left, c + r) : [less(node, c)];
    case "*":
      if (l === 0 || r === 0) return c === 0 ? "always" : [];
      if (l !== null) return roots(right, c / l);
      if (r !== null) return roots(left, c / r);
      return c === 0 ? union([roots(left, 0), roots(right, 0)]) : [less(node, c)];
    case "/":
      if (r !== null) return roots(left, c * r);
      if (l !== null) return l === 0 ? (c === 0 ? "always" : []) : c === 0 ? [] : roots(right, l / c);
      return c === 0 ? roots(left, 0) : [binary("-", left, c === 1 ? right : binary("*", number(c), right))];
    case "^":
      if (r !== null) return union(basesOf(c, r).map((base) => roots(left, base)));
      if (l !== null && l > 0 && l !== 1) return c > 0 ? roots(right, Math.log(c) / Math.log(l)) : [];
      return [less(node, c)];
    default:
      return [less(node, c)];
  }
}

/** What has to hold for an equality to be true. */
export function solutionsOf(hypothesis: ParsedHypothesis): Solutions {
  const found = roots(hypothesis.expression, 0);
  if (found === "always") return found;
  const solutions: ParsedHypothesis[] = [];
  for (const expression of found) {
    const solution = { ...hypothesis, expression };
    const form = linearForm(solution);
    // whatever stands on both sides has cancelled
    if (form?.slopes.every((slope) => slope === 0)) {
      if (form.value === 0) return "always";
    } else solutions.push(solution);
  }
  return solutions;
}
