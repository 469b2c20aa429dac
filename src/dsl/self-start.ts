/**
 * Self-starting nonlinear models: a mean by name, in R's parameterisations (`stats::SSlogis` and its relatives), whose starting values are
 * found from the data. The search for them is in `nonlinear/self-start-values.ts`.
 */
import { DeclarationError } from "../messages/issue.ts";
import { selfStartTexts } from "../messages/nonlinear.ts";
import type { Expression } from "./expression.ts";
import type { SelfStartName } from "./model-spec.ts";

/** A mean with a start of its own, as `selfStart.logistic("age", "Asym", "xmid", "scal")` makes it. */
export interface SelfStartMean {
  readonly kind: "selfStart";
  readonly model: SelfStartName;
  /** Columns, or arithmetic on them as text. */
  readonly inputs: readonly string[];
  readonly parameters: readonly string[];
}

interface Form {
  /** R's name of it, by which a text may call it; null where R has none. */
  readonly rName: string | null;
  /** Names of what it reads; they are its first arguments. */
  readonly inputs: readonly string[];
  readonly parameters: readonly string[];
  expression(inputs: readonly Expression[], parameters: readonly Expression[]): Expression;
}

const number = (value: number): Expression => ({ kind: "number", value });
const binary =
  (operator: "+" | "-" | "*" | "/" | "^") =>
  (left: Expression, right: Expression): Expression => ({ kind: "binary", operator, left, right });
const add = binary("+");
const sub = binary("-");
const mul = binary("*");
const div = binary("/");
const pow = binary("^");
const negative = (operand: Expression): Expression => ({ kind: "unary", operator: "-", operand });
const exp = (operand: Expression): Expression => ({ kind: "call", name: "exp", arguments: [operand], named: {} });
/** exp(−exp(lrc)·x). */
const decay = (x: Expression, lrc: Expression) => exp(mul(negative(exp(lrc)), x));

export const SELF_START_FORMS: Readonly<Record<SelfStartName, Form>> = {
  logistic: {
    rName: "SSlogis",
    inputs: ["input"],
    parameters: ["Asym", "xmid", "scal"],
    expression: ([x], [Asym, xmid, scal]) => div(Asym!, add(number(1), exp(div(sub(xmid!, x!), scal!)))),
  },
  asymptotic: {
    rName: "SSasymp",
    inputs: ["input"],
    parameters: ["Asym", "R0", "lrc"],
    expression: ([x], [Asym, R0, lrc]) => add(Asym!, mul(sub(R0!, Asym!), decay(x!, lrc!))),
  },
  michaelisMenten: {
    rName: "SSmicmen",
    inputs: ["input"],
    parameters: ["Vm", "K"],
    expression: ([x], [Vm, K]) => div(mul(Vm!, x!), add(K!, x!)),
  },
  exponentialDecay: {
    rName: null,
    inputs: ["input"],
    parameters: ["A", "lrc"],
    expression: ([x], [A, lrc]) => mul(A!, decay(x!, lrc!)),
  },
  biexponential: {
    rName: "SSbiexp",
    inputs: ["input"],
    parameters: ["A1", "lrc1", "A2", "lrc2"],
    expression: ([x], [A1, lrc1, A2, lrc2]) => add(mul(A1!, decay(x!, lrc1!)), mul(A2!, decay(x!, lrc2!))),
  },
  gompertz: {
    rName: "SSgompertz",
    inputs: ["input"],
    parameters: ["Asym", "b2", "b3"],
    expression: ([x], [Asym, b2, b3]) => mul(Asym!, exp(mul(negative(b2!), pow(b3!, x!)))),
  },
  firstOrderCompartment: {
    rName: "SSfol",
    inputs: ["Dose", "input"],
    parameters: ["lKe", "lKa", "lCl"],
    expression: ([dose, x], [lKe, lKa, lCl]) =>
      div(
        mul(mul(dose!, exp(sub(add(lKe!, lKa!), lCl!))), sub(decay(x!, lKe!), decay(x!, lKa!))),
        sub(exp(lKa!), exp(lKe!)),
      ),
  },
};

const make =
  (model: SelfStartName) =>
  (...names: readonly string[]): SelfStartMean => {
    const { inputs, parameters } = SELF_START_FORMS[model];
    const count = inputs.length;
    const wanted = [...inputs, ...parameters];
    if (!names.every((name) => typeof name === "string" && name !== ""))
      throw new DeclarationError([{ code: "bad-self-start", path: ["mean"], message: selfStartTexts(model, wanted) }]);
    return Object.freeze({ kind: "selfStart", model, inputs: names.slice(0, count), parameters: names.slice(count) });
  };

/**
 * Means that find their own starting values. The first argument is the column, or arithmetic on columns as `"log(conc)"` (for
 * `firstOrderCompartment` dose and time), the others name the parameters.
 *
 * - `logistic(x, Asym, xmid, scal)`: Asym / (1 + exp((xmid − x) / scal))
 * - `asymptotic(x, Asym, R0, lrc)`: Asym + (R0 − Asym) exp(−exp(lrc) x)
 * - `michaelisMenten(x, Vm, K)`: Vm x / (K + x)
 * - `exponentialDecay(x, A, lrc)`: A exp(−exp(lrc) x)
 * - `biexponential(x, A1, lrc1, A2, lrc2)`: A1 exp(−exp(lrc1) x) + A2 exp(−exp(lrc2) x)
 * - `gompertz(x, Asym, b2, b3)`: Asym exp(−b2 b3^x)
 * - `firstOrderCompartment(Dose, x, lKe, lKa, lCl)`: Dose e^(lKe + lKa − lCl) (exp(−e^lKe x) − exp(−e^lKa x)) / (e^lKa − e^lKe)
 *
 * @example
 * model(Orange).response("circumference").mean(selfStart.logistic("age", "Asym", "xmid", "scal"), { parameters: { Asym: "~ 1 + (1 | Tree)" } })
 */
export const selfStart = Object.freeze({
  logistic: make("logistic") as (x: string, Asym: string, xmid: string, scal: string) => SelfStartMean,
  asymptotic: make("asymptotic") as (x: string, Asym: string, R0: string, lrc: string) => SelfStartMean,
  michaelisMenten: make("michaelisMenten") as (x: string, Vm: string, K: string) => SelfStartMean,
  exponentialDecay: make("exponentialDecay") as (x: string, A: string, lrc: string) => SelfStartMean,
  biexponential: make("biexponential") as (
    x: string,
    A1: string,
    lrc1: string,
    A2: string,
    lrc2: string,
  ) => SelfStartMean,
  gompertz: make("gompertz") as (x: string, Asym: string, b2: string, b3: string) => SelfStartMean,
  firstOrderCompartment: make("firstOrderCompartment") as (
    dose: string,
    x: string,
    lKe: string,
    lKa: string,
    lCl: string,
  ) => SelfStartMean,
});

/** The model a text calls by name, R's (`SSlogis`) or this library's (`logistic`). */
export function selfStartCalled(name: string): SelfStartName | null {
  for (const [model, { rName }] of Object.entries(SELF_START_FORMS))
    if (rName === name || model === name) return model as SelfStartName;
  return null;
}

/** What a model's arguments are called, in order: R's `input`, then its parameters. */
export const argumentNames = (model: SelfStartName): Pick<Form, "inputs" | "parameters"> => SELF_START_FORMS[model];

/** The mean of a self-starting model as an expression of what it reads and of its parameters. */
export const selfStartExpression = (
  model: SelfStartName,
  inputs: readonly Expression[],
  parameters: readonly string[],
): Expression =>
  SELF_START_FORMS[model].expression(
    inputs,
    parameters.map((name) => ({ kind: "column", name })),
  );

/** The models that R has, by its names. */
export const selfStartNames = (): string[] => Object.values(SELF_START_FORMS).flatMap(({ rName }) => rName ?? []);
