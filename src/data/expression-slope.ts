/** Derivatives of the variables of a formula in a column, by the chain rule. */
import { columnsOf } from "../dsl/columns-used.ts";
import { deparse } from "../dsl/deparse.ts";
import type { Expression } from "../dsl/expression.ts";
import { noDerivativeAt } from "../messages/averages.ts";
import type { Evaluation } from "./evaluation.ts";
import type { PolynomialBasis } from "./orthogonal-polynomials.ts";

type Call = Expression & { readonly kind: "call" };

/** f′ at x. */
const SLOPES: Readonly<Record<string, (x: number) => number>> = {
  I: () => 1,
  log: (x) => 1 / x,
  log2: (x) => 1 / (x * Math.LN2),
  log10: (x) => 1 / (x * Math.LN10),
  log1p: (x) => 1 / (1 + x),
  exp: Math.exp,
  expm1: Math.exp,
  sqrt: (x) => 0.5 / Math.sqrt(x),
  // at 0 there is none
  abs: (x) => Math.sign(x) || Number.NaN,
  sin: Math.cos,
  cos: (x) => -Math.sin(x),
  tan: (x) => 1 / Math.cos(x) ** 2,
  tanh: (x) => 1 - Math.tanh(x) ** 2,
  atan: (x) => 1 / (1 + x * x),
  plogis: (x) => {
    const t = Math.exp(-Math.abs(x));
    return t / ((1 + t) * (1 + t));
  },
  pnorm: (x) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI),
};

/**
 * ∂/∂column of a numeric variable over the rows of a table, rows × width as the variable's own columns; null where it does not depend on the column.
 * A value where there is no derivative is a fault of the evaluation.
 */
export function expressionSlope(expression: Expression, column: string, evaluation: Evaluation): Float64Array | null {
  if (!columnsOf(expression).includes(column)) return null;
  const values =
    expression.kind === "call" && expression.name === "poly"
      ? polySlope(expression, column, evaluation)
      : slopeOf(expression, column, evaluation);
  if (values === null) return null;
  const width = values.length / evaluation.table.rows;
  for (const row of evaluation.rows)
    for (let k = 0; k < width; k++)
      if (!Number.isFinite(values[row * width + k]!)) {
        const label = deparse(expression);
        return evaluation.faults.add("no-derivative", ["of", column], noDerivativeAt(label, column, row + 1));
      }
  return values;
}

/** Null: a constant, or a fault that is noted. */
function slopeOf(expression: Expression, column: string, evaluation: Evaluation): Float64Array | null {
  if (!columnsOf(expression).includes(column)) return null;
  switch (expression.kind) {
    case "column":
      return new Float64Array(evaluation.table.rows).fill(1);
    case "unary": {
      const slope = slopeOf(expression.operand, column, evaluation);
      return slope && (expression.operator === "-" ? slope.map((s) => -s) : slope);
    }
    case "binary":
      return binarySlope(expression, column, evaluation);
    case "call":
      return callSlope(expression, column, evaluation);
    default:
      return null;
  }
}

function binarySlope(
  { operator, left, right }: Expression & { readonly kind: "binary" },
  column: string,
  evaluation: Evaluation,
): Float64Array | null {
  const dl = slopeOf(left, column, evaluation);
  const dr = slopeOf(right, column, evaluation);
  const at = (slope: Float64Array | null, i: number) => (slope ? slope[i]! : 0);
  const each = (f: (i: number) => number) => Float64Array.from({ length: evaluation.table.rows }, (_, i) => f(i));
  if (operator === "+") return each((i) => at(dl, i) + at(dr, i));
  if (operator === "-") return each((i) => at(dl, i) - at(dr, i));
  const l = evaluation.numbers(left);
  const r = evaluation.numbers(right);
  if (!l || !r) return null;
  if (operator === "*") return each((i) => at(dl, i) * r[i]! + l[i]! * at(dr, i));
  if (operator === "/") return each((i) => (at(dl, i) - (l[i]! / r[i]!) * at(dr, i)) / r[i]!);
  return each((i) => {
    const base = dl ? r[i]! * l[i]! ** (r[i]! - 1) * dl[i]! : 0;
    return base + (dr ? l[i]! ** r[i]! * Math.log(l[i]!) * dr[i]! : 0);
  });
}

function callSlope(call: Call, column: string, evaluation: Evaluation): Float64Array | null {
  const [argument] = call.arguments;
  const inner = slopeOf(argument!, column, evaluation);
  const base = call.name === "log" ? (call.arguments[1] ?? call.named["base"]) : undefined;
  if (base !== undefined) {
    // log_b x = log x / log b
    const log = (of: Expression): Expression => ({ kind: "call", name: "log", arguments: [of], named: {} });
    const ratio: Expression = { kind: "binary", operator: "/", left: log(argument!), right: log(base) };
    return slopeOf(ratio, column, evaluation);
  }
  if (!inner) return null;
  if (call.name === "scale") {
    const state = evaluation.states[deparse(call)];
    return state?.kind === "scale" ? inner.map((s) => s / state.scale) : null;
  }
  const x = evaluation.numbers(argument!);
  return x && inner.map((s, i) => SLOPES[call.name]!(x[i]!) * s);
}

function polySlope(call: Call, column: string, evaluation: Evaluation): Float64Array | null {
  const x = evaluation.numbers(call.arguments[0]!);
  const inner = slopeOf(call.arguments[0]!, column, evaluation);
  if (!x || !inner) return null;
  const state = evaluation.states[deparse(call)];
  if (state?.kind === "poly") {
    const { degree } = state;
    return polynomialSlopes(state, x).map((slope, k) => slope * inner[Math.floor(k / degree)]!);
  }
  const degree = call.arguments[1] ?? call.named["degree"];
  const width = degree?.kind === "number" ? degree.value : 1;
  return Float64Array.from({ length: x.length * width }, (_, k) => {
    const i = Math.floor(k / width);
    const power = (k % width) + 1;
    return power * x[i]! ** (power - 1) * inner[i]!;
  });
}

/** The derivatives of `evaluatePolynomials` (orthogonal-polynomials.ts) at the values: n × degree, row-major. */
function polynomialSlopes(basis: PolynomialBasis, x: Float64Array): Float64Array {
  const { degree, alpha, norms } = basis;
  const out = new Float64Array(x.length * degree);
  for (let i = 0; i < x.length; i++) {
    let [previous, current] = [0, 1];
    let [previousSlope, slope] = [0, 0];
    for (let k = 0; k < degree; k++) {
      const ratio = k === 0 ? 0 : norms[k]! / norms[k - 1]!;
      const next = (x[i]! - alpha[k]!) * current - ratio * previous;
      const nextSlope = current + (x[i]! - alpha[k]!) * slope - ratio * previousSlope;
      out[i * degree + k] = nextSlope / Math.sqrt(norms[k + 1]!);
      [previous, current, previousSlope, slope] = [current, next, slope, nextSlope];
    }
  }
  return out;
}
