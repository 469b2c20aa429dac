/** Evaluates the variables of a formula over the rows of a table. */

import { columnsOf } from "../dsl/columns-used.ts";
import { deparse } from "../dsl/deparse.ts";
import type { Expression } from "../dsl/expression.ts";
import * as messages from "../messages/data.ts";
import type { Issue } from "../messages/issue.ts";
import type { IssueCode } from "../messages/issue-code.ts";
import { ndtr } from "../special/normal.ts";
import type { LearntState } from "./design-recipe.ts";
import { numberFault } from "./number-text.ts";
import { evaluatePolynomials, polynomialBasis } from "./orthogonal-polynomials.ts";
import { type Column, isLogical, type Table } from "./table.ts";

type Call = Expression & { readonly kind: "call" };

const UNARY_FUNCTIONS: Readonly<Record<string, (x: number) => number>> = {
  I: (x) => x,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  exp: Math.exp,
  expm1: Math.expm1,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
  atan: Math.atan,
  plogis: (x) => 1 / (1 + Math.exp(-x)),
  pnorm: ndtr,
};

/** Columns of a numeric variable: rows × width, row-major. */
export interface NumericColumns {
  readonly values: Float64Array;
  readonly names: readonly string[];
}

/** Faults without repetition. */
export class Faults {
  readonly issues: Issue[] = [];
  readonly #seen = new Set<string>();

  add(code: IssueCode, path: readonly string[], message: string): null {
    return this.addIssue({ code, path, message });
  }

  addIssue(issue: Issue): null {
    if (!this.#seen.has(issue.message)) {
      this.#seen.add(issue.message);
      this.issues.push(issue);
    }
    return null;
  }
}

/**
 * The table under evaluation. Results have one value for every row of the table; faults are looked for in `rows` only. When `learn` is set,
 * `poly()` and `scale()` take their coefficients from the data (every row in which their argument is present, as R's model frame) and leave
 * them in `states`; otherwise they find them there.
 */
export class Evaluation {
  readonly table: Table;
  readonly rows: Int32Array;
  readonly states: Record<string, LearntState>;
  readonly faults: Faults;
  readonly #learn: boolean;
  readonly #factors: ReadonlySet<string>;
  readonly #numbers = new Map<string, Float64Array | null>();

  constructor(
    table: Table,
    rows: Int32Array,
    faults: Faults,
    options: { states: Record<string, LearntState>; learn: boolean; factors?: Iterable<string> },
  ) {
    this.table = table;
    this.rows = rows;
    this.faults = faults;
    this.states = options.states;
    this.#learn = options.learn;
    this.#factors = new Set(options.factors ?? []);
  }

  /** The column, or null when there is none (reported elsewhere). */
  column(name: string): Column | null {
    return this.table.column(name) ?? null;
  }

  /** A numeric column; true and false count as 1 and 0. null after a fault. */
  numericColumn(name: string): Float64Array | null {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const values = this.#readNumbers(name);
    this.#numbers.set(name, values);
    return values;
  }

  #readNumbers(name: string): Float64Array | null {
    const column = this.column(name);
    if (column === null) return name === "pi" ? new Float64Array(this.table.rows).fill(Math.PI) : null;
    if (this.#factors.has(name))
      return this.faults.add("factor-for-numbers", ["column", name], messages.factorForNumbers(name));
    if (column.kind === "text") {
      if (isLogical(column))
        return Float64Array.from(column.values, (value) => (value === null ? Number.NaN : value === "TRUE" ? 1 : 0));
      const fault = numberFault(column.values);
      if (fault === null) return null; // entirely missing: reported as such
      return this.faults.add(
        "text-for-numbers",
        ["column", name],
        messages.textForNumbers(name, fault.row + 1, column.values[fault.row]!, fault),
      );
    }
    const { values } = column;
    let bad = -1;
    for (let r = this.rows.length - 1; r >= 0; r--)
      if (Math.abs(values[this.rows[r]!]!) === Number.POSITIVE_INFINITY) bad = this.rows[r]!;
    if (bad >= 0)
      return this.faults.add(
        "infinite-value",
        ["column", name],
        messages.infinite(`The column ${name}`, bad + 1, values[bad]!),
      );
    return values;
  }

  /** Arithmetic with one value a row, checked to be finite in the used rows. null after a fault. */
  numbers(expression: Expression): Float64Array | null {
    const values = this.#arithmetic(expression);
    if (values === null || expression.kind === "column") return values;
    return this.#finite(expression, values, 1) ? values : null;
  }

  /** The columns of a numeric variable: several for `poly()`. null after a fault. */
  variable(expression: Expression): NumericColumns | null {
    const label = deparse(expression);
    if (expression.kind === "call" && expression.name === "poly") {
      const values = this.#poly(expression);
      if (values === null) return null;
      const width = values.length / this.table.rows;
      if (!this.#finite(expression, values, width)) return null;
      return { values, names: width === 1 ? [label] : Array.from({ length: width }, (_, k) => `${label}${k + 1}`) };
    }
    const values = this.numbers(expression);
    return values === null ? null : { values, names: [label] };
  }

  #finite(expression: Expression, values: Float64Array, width: number): boolean {
    for (const row of this.rows)
      for (let k = 0; k < width; k++) {
        const value = values[row * width + k]!;
        if (Number.isFinite(value)) continue;
        const label = deparse(expression);
        const message = Number.isNaN(value)
          ? messages.undefinedValue(label, row + 1)
          : messages.infinite(label, row + 1, value);
        this.faults.add("undefined-value", ["term", label], message);
        return false;
      }
    return true;
  }

  #arithmetic(expression: Expression): Float64Array | null {
    const { rows } = this.table;
    switch (expression.kind) {
      case "column":
        return this.numericColumn(expression.name);
      case "number":
        return new Float64Array(rows).fill(expression.value);
      case "string":
      case "logical":
        return this.faults.add(
          "bad-arithmetic",
          ["term", deparse(expression)],
          messages.constantInArithmetic(deparse(expression)),
        );
      case "unary": {
        const operand = this.#arithmetic(expression.operand);
        return operand === null || expression.operator === "+" ? operand : operand.map((x) => -x);
      }
      case "binary": {
        const left = this.#arithmetic(expression.left);
        const right = this.#arithmetic(expression.right);
        return left === null || right === null ? null : combine(expression.operator, left, right);
      }
      case "call":
        return this.#call(expression);
    }
  }

  #call(call: Call): Float64Array | null {
    const label = deparse(call);
    if (call.name === "poly") return this.faults.add("poly-inside", ["term", label], messages.severalColumns(label));
    if (call.name === "factor")
      return this.faults.add("factor-inside", ["term", label], messages.factorInArithmetic(label));
    if (call.name === "scale") return this.#scale(call, label);
    const argument = this.#arithmetic(call.arguments[0]!);
    const baseExpression = call.name === "log" ? (call.arguments[1] ?? call.named["base"]) : undefined;
    if (baseExpression !== undefined) {
      const base = this.#arithmetic(baseExpression);
      return argument === null || base === null ? null : argument.map((x, i) => logarithm(x, base[i]!));
    }
    return argument?.map(UNARY_FUNCTIONS[call.name]!) ?? null;
  }

  #scale(call: Call, label: string): Float64Array | null {
    const x = this.#arithmetic(call.arguments[0]!);
    if (x === null) return null;
    if (this.#learn) {
      const switchedOn = (name: string) => !(call.named[name]?.kind === "logical" && !call.named[name].value);
      const present = x.filter((value) => Number.isFinite(value));
      const center = switchedOn("center") ? mean(present) : 0;
      // Without centring R divides by the root mean square, with n - 1.
      const scale = switchedOn("scale")
        ? Math.sqrt(present.reduce((sum, value) => sum + (value - center) ** 2, 0) / (present.length - 1))
        : 1;
      if (!(scale > Math.abs(center) * 1e-15))
        return this.faults.add("no-spread", ["term", label], messages.noSpread(label));
      this.states[label] = { kind: "scale", center, scale };
    }
    const state = this.states[label];
    if (state?.kind !== "scale") throw new Error(`The recipe has no state for ${label}`);
    return x.map((value) => (value - state.center) / state.scale);
  }

  #poly(call: Call): Float64Array | null {
    const label = deparse(call);
    const x = this.#arithmetic(call.arguments[0]!);
    if (x === null) return null;
    const degreeExpression = call.arguments[1] ?? call.named["degree"];
    const degree = degreeExpression?.kind === "number" ? degreeExpression.value : 1;
    const raw = call.named["raw"];
    if (raw?.kind === "logical" && raw.value) {
      const values = new Float64Array(x.length * degree);
      for (let i = 0; i < x.length; i++) for (let k = 0; k < degree; k++) values[i * degree + k] = x[i]! ** (k + 1);
      return values;
    }
    if (this.#learn) {
      const basis = polynomialBasis(x, degree);
      if (basis === null)
        return this.faults.add("too-few-values", ["term", label], messages.tooFewDistinct(label, degree));
      this.states[label] = { kind: "poly", ...basis };
    }
    const state = this.states[label];
    if (state?.kind !== "poly") throw new Error(`The recipe has no state for ${label}`);
    return evaluatePolynomials(state, x);
  }

  /** Whether every column of the expression is in the table. */
  has(expression: Expression): boolean {
    return columnsOf(expression).every((name) => name === "pi" || this.table.column(name) !== undefined);
  }
}

function mean(values: Float64Array): number {
  const first = values.reduce((sum, value) => sum + value, 0) / values.length;
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
}

function logarithm(x: number, base: number): number {
  return base === 2 ? Math.log2(x) : base === 10 ? Math.log10(x) : Math.log(x) / Math.log(base);
}

function combine(operator: string, left: Float64Array, right: Float64Array): Float64Array {
  switch (operator) {
    case "+":
      return left.map((x, i) => x + right[i]!);
    case "-":
      return left.map((x, i) => x - right[i]!);
    case "*":
      return left.map((x, i) => x * right[i]!);
    case "/":
      return left.map((x, i) => x / right[i]!);
    default:
      return left.map((x, i) => x ** right[i]!);
  }
}
