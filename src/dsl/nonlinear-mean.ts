/** A nonlinear mean and the predictors of its parameters, as `.mean()` declares them. */

import { optional } from "valibot";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import type { IssueCode } from "../messages/issue-code.ts";
import * as messages from "../messages/nonlinear.ts";
import { checkedLater, columnNames } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { columnsOf } from "./columns-used.ts";
import { deparse } from "./deparse.ts";
import type { Expression } from "./expression.ts";
import { parseTerms } from "./formula.ts";
import type { NonlinearMeanSpec, NonlinearStart, PredictorSpec, RandomTermSpec } from "./model-spec.ts";
import { inputExpression, parseMean } from "./parse-mean.ts";
import { argumentNames, type SelfStartMean, selfStartExpression } from "./self-start.ts";

/** The predictor of a parameter: a one-sided formula (`"~ x + (1 | Tree)"`), or its parts. */
export type ParameterPredictor =
  | string
  | {
      /** Fixed terms, as `"1"`, `"x"` or `["x", "z"]`; default `"1"`. */
      readonly fixed?: string | readonly string[];
      /** A grouping column, or random terms as text: `"Tree"`, `"(x | Tree)"`. */
      readonly random?: string | readonly string[];
    };

const parameterParts = optionsSchema({ fixed: optional(columnNames), random: optional(columnNames) });

const nonlinearMeanOptions = optionsSchema({
  /** Each parameter of the mean with its predictor. */
  parameters: checkedLater<Readonly<Record<string, ParameterPredictor>>>(),
  /** Random effects that correlate across parameters, as nlme writes them: `"Asym + xmid ~ 1 | Tree"`. */
  random: optional(columnNames),
  /** Starting values: one number a parameter (its value in a typical row), or one a coefficient. A `selfStart` finds its own. */
  start: optional(checkedLater<Readonly<Record<string, number | readonly number[]>>>()),
});

export type NonlinearMeanOptions = OptionsOf<typeof nonlinearMeanOptions>;

export interface NonlinearMean {
  readonly nonlinear: NonlinearMeanSpec;
  readonly predictors: readonly PredictorSpec[];
}

const list = (texts: string | readonly string[] | undefined): readonly string[] =>
  texts === undefined ? [] : typeof texts === "string" ? [texts] : texts;

/** What an expression of a mean may not hold, or null. */
function foreignPart(expression: Expression): string | null {
  switch (expression.kind) {
    case "string":
    case "logical":
      return deparse(expression);
    case "unary":
      return foreignPart(expression.operand);
    case "binary":
      return expression.operator === ":"
        ? deparse(expression)
        : (foreignPart(expression.left) ?? foreignPart(expression.right));
    case "call":
      if (["poly", "scale", "factor"].includes(expression.name)) return `${expression.name}()`;
      return (
        [...expression.arguments, ...Object.values(expression.named)].map(foreignPart).find((part) => part !== null) ??
        null
      );
    default:
      return null;
  }
}

/** The random terms of a text: a grouping column, or terms with or without parentheses. */
function randomTerms(text: string): readonly RandomTermSpec[] {
  const whole = text.includes("|") ? (/^\s*\(|^\s*(us|diag)\s*\(/.test(text) ? text : `(${text})`) : `(1 | ${text})`;
  return parseTerms(whole).predictor.random;
}

function parameterPredictor(role: string, declared: ParameterPredictor): PredictorSpec {
  if (typeof declared === "string") return { ...parseTerms(declared.trim().replace(/^~/, "") || "1").predictor, role };
  const fixed = list(declared.fixed ?? "1").map((text) => text.trim().replace(/^~/, ""));
  const { predictor } = parseTerms(fixed.join(" + ") || "1");
  return { ...predictor, role, random: [...predictor.random, ...list(declared.random).flatMap(randomTerms)] };
}

/** `A + B ~ 1 | g`: the parameters and the terms they share. */
function acrossParameters(
  text: string,
): { readonly roles: readonly string[]; readonly terms: readonly RandomTermSpec[] } | null {
  const parts = text.split("~");
  if (parts.length !== 2 || !parts[1]!.includes("|")) return null;
  return { roles: parts[0]!.split("+").map((name) => name.trim()), terms: randomTerms(parts[1]!.trim()) };
}

function readStart(
  start: NonlinearMeanOptions["start"],
  own: SelfStartMean | null,
  parameters: readonly string[],
  fault: (code: IssueCode, message: string) => void,
): NonlinearStart | null {
  if (start === undefined) return own;
  const values = new Map<string, readonly number[]>();
  for (const [name, value] of Object.entries(start)) {
    const numbers = typeof value === "number" ? [value] : value;
    if (!parameters.includes(name))
      fault("unknown-parameter", messages.unknownParameter("{ start }", name, parameters));
    else if (!Array.isArray(numbers) || numbers.length === 0 || !numbers.every(Number.isFinite))
      fault("bad-start", messages.badStart(name));
    else values.set(name, [...numbers]);
  }
  const missing = parameters.filter((name) => !Object.hasOwn(start, name));
  if (missing.length > 0) fault("missing-start", messages.missingStart(missing));
  return { kind: "values", values: Object.fromEntries(values) };
}

/**
 * Reads a nonlinear mean.
 *
 * @throws DeclarationError with every fault: parameters that are not used, predictors that cannot be read, starts of unknown parameters
 */
export function nonlinearMean(mean: string | Expression | SelfStartMean, options: NonlinearMeanOptions): NonlinearMean {
  const { parameters, random, start } = readOptions(nonlinearMeanOptions, options, { of: ".mean()" });
  const issues: Issue[] = [];
  const fault = (code: IssueCode, message: string) => void issues.push({ code, path: ["mean"], message });
  const read = typeof mean === "string" ? parseMean(mean) : mean;
  const own = read.kind === "selfStart" ? read : null;
  const names = Object.keys(parameters ?? {});
  if (own) {
    const { model, inputs, parameters: given } = own;
    const wanted = argumentNames(model);
    if (
      inputs.length !== wanted.inputs.length ||
      given.length !== wanted.parameters.length ||
      [...inputs, ...given].some((name) => typeof name !== "string")
    )
      fault(
        "self-start-arguments",
        messages.selfStartArguments(model, [...wanted.inputs, ...wanted.parameters], inputs.length + given.length),
      );
    for (const name of given)
      if (!names.includes(name)) fault("unknown-parameter", messages.selfStartParameter(model, name));
    if (issues.length > 0) throw new DeclarationError(issues);
  }
  const expression =
    read.kind === "selfStart"
      ? selfStartExpression(read.model, read.inputs.map(inputExpression), read.parameters)
      : read;
  const foreign = foreignPart(expression);
  if (foreign !== null) fault("bad-mean", messages.notAllowedInMean(foreign));
  if (names.length === 0) fault("no-parameters", messages.noParameters());
  const used = new Set(columnsOf(expression));
  const predictors = new Map<string, PredictorSpec>();
  for (const name of names) {
    if (!used.has(name)) fault("unused-parameter", messages.parameterNotUsed(name, [...used]));
    const declared = parameters[name];
    if (typeof declared !== "string" && (typeof declared !== "object" || declared === null)) {
      fault("bad-parameter", messages.badParameter(name));
      continue;
    }
    try {
      if (typeof declared === "object") readOptions(parameterParts, declared, { of: `the predictor of ${name}` });
      predictors.set(name, parameterPredictor(name, declared));
    } catch (error) {
      if (!(error instanceof DeclarationError)) throw error;
      issues.push(...error.issues);
    }
  }
  for (const text of list(random)) {
    const across = acrossParameters(text);
    if (across === null) {
      fault("bad-random", messages.badRandomAcross(text));
      continue;
    }
    const unknown = across.roles.filter((role) => !names.includes(role));
    for (const role of unknown) fault("unknown-parameter", messages.unknownParameter(`"${text}"`, role, names));
    if (unknown.length > 0) continue;
    for (const term of across.terms) addAcross(predictors, across.roles, term);
  }
  const begin = readStart(start, own, names, fault);
  if (issues.length > 0) throw new DeclarationError(issues);
  return {
    nonlinear: { expression, parameters: names, start: begin },
    predictors: names.map((name) => predictors.get(name)!),
  };
}

/** Adds a term to the first of several parameters with the others' names in it, or to each where they are independent. */
function addAcross(predictors: Map<string, PredictorSpec>, roles: readonly string[], term: RandomTermSpec): void {
  const add = (role: string, own: RandomTermSpec) => {
    const predictor = predictors.get(role);
    if (predictor) predictors.set(role, { ...predictor, random: [...predictor.random, own] });
  };
  const { sd } = term;
  if (roles.length === 1) add(roles[0]!, term);
  else if (term.covariance === "diag")
    roles.forEach((role, r) => {
      // of standard deviations given one by one each parameter takes its share
      const share =
        sd && sd.length > 1 ? sd.slice((r * sd.length) / roles.length, ((r + 1) * sd.length) / roles.length) : sd;
      add(role, { ...term, ...(share && { sd: share }) });
    });
  else add(roles[0]!, { ...term, roles });
}
