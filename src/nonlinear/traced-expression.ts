/** An expression of a declaration as traced operations: how a mean written as text becomes part of a density. Nothing is evaluated as code. */
import type { Operand, Operations, Tensor } from "../autodiff/operations.ts";
import type { Expression, FunctionName } from "../dsl/expression.ts";
import { notAllowedInMean } from "../messages/nonlinear.ts";

type Unary = (ops: Operations, x: Operand) => Operand;

const number = (f: (x: number) => number, g: (ops: Operations, x: Operand) => Tensor): Unary => {
  return (ops, x) => (typeof x === "number" ? f(x) : g(ops, x));
};

const FUNCTIONS: Readonly<Partial<Record<FunctionName, Unary>>> = {
  I: (_ops, x) => x,
  log: number(Math.log, (ops, x) => ops.log(x)),
  log2: number(Math.log2, (ops, x) => ops.div(ops.log(x), Math.LN2)),
  log10: number(Math.log10, (ops, x) => ops.div(ops.log(x), Math.LN10)),
  log1p: number(Math.log1p, (ops, x) => ops.log1p(x)),
  exp: number(Math.exp, (ops, x) => ops.exp(x)),
  expm1: number(Math.expm1, (ops, x) => ops.expm1(x)),
  sqrt: number(Math.sqrt, (ops, x) => ops.sqrt(x)),
  abs: number(Math.abs, (ops, x) => ops.abs(x)),
  sin: number(Math.sin, (ops, x) => ops.sin(x)),
  cos: number(Math.cos, (ops, x) => ops.cos(x)),
  tan: number(Math.tan, (ops, x) => ops.div(ops.sin(x), ops.cos(x))),
  tanh: number(Math.tanh, (ops, x) => ops.tanh(x)),
  atan: number(Math.atan, (ops, x) => ops.atan(x)),
  plogis: number(
    (x) => 1 / (1 + Math.exp(-x)),
    (ops, x) => ops.sigmoid(x),
  ),
  pnorm: (ops, x) => ops.ndtr(x),
};

function power(ops: Operations, base: Operand, exponent: Operand): Operand {
  if (typeof base === "number" && typeof exponent === "number") return base ** exponent;
  if (exponent === 2) return ops.square(base);
  if (exponent === 1) return base;
  if (exponent === 0.5) return ops.sqrt(base);
  // a known positive base: its power is an exponential of the exponent
  if (typeof base === "number" && base > 0) return ops.exp(ops.mul(exponent, Math.log(base)));
  return ops.pow(base, exponent);
}

/**
 * The value of an expression in traced operations.
 *
 * @param lookup the tensor of a name: a parameter or a column
 * @throws Error for parts that a mean cannot have (text, `poly()`, interactions), which a declaration refuses before
 */
export function tracedExpression(ops: Operations, expression: Expression, lookup: (name: string) => Tensor): Operand {
  const value = (inner: Expression): Operand => tracedExpression(ops, inner, lookup);
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "column":
      return lookup(expression.name);
    case "unary": {
      const operand = value(expression.operand);
      if (expression.operator === "+") return operand;
      return typeof operand === "number" ? -operand : ops.neg(operand);
    }
    case "binary": {
      const left = value(expression.left);
      const right = value(expression.right);
      const both = typeof left === "number" && typeof right === "number";
      switch (expression.operator) {
        case "+":
          return both ? left + right : ops.add(left, right);
        case "-":
          return both ? left - right : ops.sub(left, right);
        case "*":
          return both ? left * right : ops.mul(left, right);
        case "/":
          return both ? left / right : ops.div(left, right);
        case "^":
          return power(ops, left, right);
      }
      break;
    }
    case "call": {
      const apply = FUNCTIONS[expression.name];
      if (!apply) break;
      const base = expression.name === "log" ? (expression.arguments[1] ?? expression.named["base"]) : undefined;
      const result = apply(ops, value(expression.arguments[0]!));
      return base === undefined ? result : ops.div(result, apply(ops, value(base)));
    }
  }
  throw new Error(notAllowedInMean(expression.kind === "call" ? `${expression.name}()` : expression.kind));
}
