/** Residual structures in nlme's own words: `varPower(~ DML | MONTH)`, `corARMA(~ 1 | Mare, p = 1, q = 1)`, read and written. */
import { DeclarationError } from "../messages/issue.ts";
import * as messages from "../messages/residual.ts";
import { deparse, quoteName } from "./deparse.ts";
import type { Expression } from "./expression.ts";
import { parseExpression } from "./formula.ts";
import { deepFreeze } from "./freeze.ts";
import type {
  CorrelationKind,
  CorrelationSpec,
  Metric,
  VarianceFunctionKind,
  VarianceFunctionSpec,
  VarianceSpec,
} from "./residual-spec.ts";

export const VARIANCE_KINDS: readonly VarianceFunctionKind[] = [
  "varFixed",
  "varIdent",
  "varPower",
  "varExp",
  "varConstPower",
  "varConstProp",
];
export const SPATIAL_KINDS: readonly CorrelationKind[] = ["corExp", "corGaus", "corLin", "corRatio", "corSpher"];
export const CORRELATION_KINDS: readonly CorrelationKind[] = [
  "corCompSymm",
  "corSymm",
  "corAR1",
  "corCAR1",
  "corARMA",
  ...SPATIAL_KINDS,
];
export const METRICS: readonly Metric[] = ["euclidean", "maximum", "manhattan"];

const refuse = (issue: ReturnType<typeof messages.nestedCombination>): never => {
  throw new DeclarationError([issue]);
};

/** Splits at `separator` outside parentheses, quotes and backticks. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = "";
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quote !== "") {
      if (c === quote) quote = "";
    } else if (c === '"' || c === "'" || c === "`") quote = c;
    else if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (c === separator && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim());
}

const bareName = (text: string): string => text.replace(/^[`"'](.*)[`"']$/, "$1");

/** A one-sided formula `~ covariates | groups`, the tilde optional. */
export interface ResidualForm {
  readonly covariates: readonly Expression[];
  readonly fitted: boolean;
  readonly by: readonly string[];
}

/** Reads `~ x + y | g`, `time | a/b`, `1 | g`, `fitted(.)`. */
export function parseForm(text: string, whole = text): ResidualForm {
  const [left, right, more] = splitOutside(text.trim().replace(/^~/, ""), "|");
  if (more !== undefined) refuse(messages.unreadableStructure(whole, 'there is more than one "|"'));
  if (left === "") refuse(messages.unreadableStructure(whole, 'nothing stands before "|"; write 1 for no covariate'));
  const terms = splitOutside(left!, "+");
  const fitted = terms.length === 1 && /^(fitted(\(\s*\.?\s*\))?|\(?fitted\)?)$/.test(terms[0]!);
  const covariates = fitted ? [] : terms.filter((term) => term !== "1").map((term) => parseExpression(term));
  const by = right === undefined ? [] : right.split(/[/:*]/).map((name) => bareName(name.trim()));
  if (by.includes("")) refuse(messages.unreadableStructure(whole, 'a grouping column is missing after "|"'));
  return { covariates, fitted, by: by.length === 1 && by[0] === "1" ? [] : by };
}

interface Call {
  readonly name: string;
  readonly positional: readonly string[];
  readonly named: Readonly<Record<string, string>>;
}

function parseCall(text: string, whole: string): Call {
  const match = /^([A-Za-z][\w.]*)\s*(?:\((.*)\))?$/s.exec(text.trim());
  if (!match) return refuse(messages.unreadableStructure(whole, "it is not written as name(arguments)"));
  const positional: string[] = [];
  const named: Record<string, string> = {};
  const inside = (match[2] ?? "").trim();
  for (const argument of inside === "" ? [] : splitOutside(inside, ",")) {
    const pair = /^([A-Za-z][\w.]*)\s*=(?!=)(.*)$/s.exec(argument);
    if (argument === "") refuse(messages.unreadableStructure(whole, "an argument is empty"));
    if (pair) named[pair[1]!] = pair[2]!.trim();
    else positional.push(argument);
  }
  return { name: match[1]!, positional, named };
}

function numberOf(text: string, whole: string): number {
  const value = Number(text.replace(/L$/, ""));
  if (text === "" || !Number.isFinite(value)) refuse(messages.unreadableStructure(whole, `${text} is not a number`));
  return value;
}

/** `0.5`, `c(0.5, 1)` or `c(Male = 0.5)`: values with their names, "" where there is none. */
function valuesOf(text: string, whole: string): readonly (readonly [string, number])[] {
  const list = /^c\s*\((.*)\)$/s.exec(text);
  return splitOutside(list ? list[1]! : text, ",").map((item) => {
    const at = item.indexOf("=");
    return at < 0
      ? ["", numberOf(item, whole)]
      : [bareName(item.slice(0, at).trim()), numberOf(item.slice(at + 1).trim(), whole)];
  });
}

const truth = (text: string | undefined, whole: string): boolean => {
  if (text === undefined) return false;
  if (!/^(TRUE|FALSE|true|false|T|F)$/.test(text))
    refuse(messages.unreadableStructure(whole, `${text} is neither TRUE nor FALSE`));
  return text[0]!.toUpperCase() === "T";
};

function checkArguments(call: Call, allowed: readonly string[], whole: string): void {
  const used = [formOf(call), valueText(call)];
  const left = call.positional.filter((text) => !used.includes(text));
  if (left.length > 0) refuse(messages.unreadableStructure(whole, `${left[0]} is one argument too many`));
  const unknown = Object.keys(call.named).find((name) => !allowed.includes(name));
  if (unknown !== undefined)
    refuse(
      messages.unreadableStructure(whole, `${call.name}() has no argument ${unknown}; it has ${allowed.join(", ")}`),
    );
}

/** The formula of a call, positional (with or without a tilde) or as `form =`. */
const formOf = (call: Call): string | undefined =>
  call.named["form"] ?? call.positional.find((text) => !/^[-+.\d]|^c\s*\(/.test(text) || /^1\s*(\||$)/.test(text));
const valueText = (call: Call): string | undefined =>
  call.named["value"] ?? call.positional.find((text) => text !== formOf(call) && /^[-+.\d]|^c\s*\(/.test(text));

/** The parameters a variance function has in every stratum. */
const PARAMETER_NAMES: Readonly<Record<VarianceFunctionKind, readonly string[]>> = {
  varFixed: [],
  varIdent: ["ratio"],
  varPower: ["power"],
  varExp: ["expon"],
  varConstPower: ["const", "power"],
  varConstProp: ["const", "prop"],
};
export const varianceParameters = (kind: VarianceFunctionKind): readonly string[] => PARAMETER_NAMES[kind];

/** Checks what a variance function needs and freezes it. */
export function varianceFunction(
  kind: VarianceFunctionKind,
  form: ResidualForm,
  fixed: Readonly<Record<string, number>>,
): VarianceFunctionSpec {
  if (kind === "varIdent") {
    if (form.by.length === 0) refuse(messages.strataNeeded());
    if (form.covariates.length > 0 || form.fitted) refuse(messages.strataOnly(form.by));
  } else if (form.covariates.length !== 1 && !form.fitted) refuse(messages.covariateNeeded(kind));
  if (kind === "varFixed" && form.fitted) refuse(messages.covariateNeeded(kind));
  if (kind === "varFixed" && form.by.length > 0) refuse(messages.fixedHasNoStrata());
  return deepFreeze({
    kind,
    covariate: kind === "varIdent" ? null : (form.covariates[0] ?? null),
    fitted: kind !== "varIdent" && form.fitted,
    by: [...form.by],
    fixed: { ...fixed },
  });
}

function simpleVariance(call: Call, whole: string): VarianceFunctionSpec {
  const kind = call.name as VarianceFunctionKind;
  if (call.name === "varComb") refuse(messages.nestedCombination());
  if (!VARIANCE_KINDS.includes(kind))
    refuse(messages.unknownStructure(call.name, "variance", [...VARIANCE_KINDS, "varComb"]));
  // nlme's arguments; values to start from are allowed and not needed
  const starts = kind === "varConstPower" || kind === "varConstProp" ? PARAMETER_NAMES[kind] : ["value"];
  checkArguments(call, ["form", ...starts, "fixed"], whole);
  const text = formOf(call);
  // nlme's default covariate is the fitted values
  const form = text === undefined ? { covariates: [], fitted: true, by: [] } : parseForm(text, whole);
  const fixed: Record<string, number> = {};
  const names = PARAMETER_NAMES[kind];
  if (call.named["fixed"] !== undefined)
    for (const [name, value] of valuesOf(call.named["fixed"].replace(/^list\s*\(/, "c("), whole))
      fixed[name === "" ? names.at(-1)! : name] = value;
  return varianceFunction(kind, form, fixed);
}

/**
 * A variance structure from nlme's words.
 *
 * @throws DeclarationError when it cannot be read or names no variance function
 * @example parseVariance("varComb(varIdent(~ 1 | MONTH), varPower(~ DML))")
 */
export function parseVariance(text: string): VarianceSpec {
  const trimmed = text.trim();
  if (trimmed.startsWith("~")) return varianceFunction("varFixed", parseForm(trimmed), {});
  const call = parseCall(trimmed, text);
  if (call.name !== "varComb") return simpleVariance(call, text);
  const [named] = Object.keys(call.named);
  if (named !== undefined)
    refuse(messages.unreadableStructure(text, `varComb() has no argument ${named}; it lists functions`));
  const functions = call.positional.map((part) => simpleVariance(parseCall(part, text), text));
  if (functions.length === 0) refuse(messages.unreadableStructure(text, "varComb() lists no variance function"));
  return deepFreeze({ kind: "varComb", functions });
}

/** Checks what a correlation structure needs and freezes it. */
export function correlationStructure(
  kind: CorrelationKind,
  form: ResidualForm,
  options: Partial<Pick<CorrelationSpec, "p" | "q" | "nugget" | "metric" | "value" | "fixed">> = {},
): CorrelationSpec {
  const { p = 0, q = 0, nugget = false, metric = "euclidean", value = [], fixed = false } = options;
  const spatial = SPATIAL_KINDS.includes(kind);
  const count = form.covariates.length;
  if (form.fitted) refuse(messages.coordinatesNeeded(kind));
  if (spatial && count === 0) refuse(messages.coordinatesNeeded(kind));
  if (!spatial && count > 1) refuse(messages.oneCovariateOnly(kind, count));
  if (kind === "corCAR1" && count === 0) refuse(messages.continuousTimeNeeded());
  const order = (k: number) => Number.isInteger(k) && k >= 0 && k <= 10;
  if (kind === "corARMA" && !(order(p) && order(q) && p + q > 0)) refuse(messages.badOrders(p, q));
  if (fixed && value.length === 0) refuse(messages.valueNeeded(kind));
  return deepFreeze({
    kind,
    covariates: [...form.covariates],
    by: [...form.by],
    p: kind === "corARMA" ? p : 0,
    q: kind === "corARMA" ? q : 0,
    nugget: spatial && nugget,
    metric,
    value: [...value],
    fixed,
  });
}

/**
 * A correlation structure from nlme's words.
 *
 * @throws DeclarationError when it cannot be read or names no correlation structure
 * @example parseCorrelation("corExp(~ x + y, nugget = TRUE)")
 */
export function parseCorrelation(text: string): CorrelationSpec {
  const call = parseCall(text.trim(), text);
  const kind = call.name as CorrelationKind;
  if (!CORRELATION_KINDS.includes(kind)) refuse(messages.unknownStructure(call.name, "correlation", CORRELATION_KINDS));
  checkArguments(call, ["form", "value", "fixed", "p", "q", "nugget", "metric"], text);
  const order = (name: string) => (call.named[name] === undefined ? 0 : numberOf(call.named[name], text));
  const value = valueText(call);
  const metric = bareName(call.named["metric"] ?? "euclidean") as Metric;
  if (!METRICS.includes(metric))
    refuse(messages.unreadableStructure(text, `the metric ${metric} is none of ${METRICS.join(", ")}`));
  return correlationStructure(kind, parseForm(formOf(call) ?? "1", text), {
    p: order("p"),
    q: order("q"),
    nugget: truth(call.named["nugget"], text),
    metric,
    value: value === undefined ? [] : valuesOf(value, text).map(([, number]) => number),
    fixed: truth(call.named["fixed"], text),
  });
}

const groupText = (by: readonly string[]) => (by.length === 0 ? "" : ` | ${by.map(quoteName).join(":")}`);

function functionText({ kind, covariate, fitted, by, fixed }: VarianceFunctionSpec): string {
  const left = fitted ? "fitted(.)" : covariate === null ? "1" : deparse(covariate);
  const held = Object.entries(fixed).map(([name, value]) => `${quoteName(name)} = ${value}`);
  return `${kind}(~ ${left}${groupText(by)}${held.length > 0 ? `, fixed = c(${held.join(", ")})` : ""})`;
}

/** The variance structure in nlme's words; `parseVariance` reads it back. */
export function varianceText(variance: VarianceSpec): string {
  if (variance.kind !== "varComb") return functionText(variance);
  return `varComb(${variance.functions.map(functionText).join(", ")})`;
}

/** The correlation structure in nlme's words; `parseCorrelation` reads it back. */
export function correlationText(spec: CorrelationSpec): string {
  const { kind, covariates, by, p, q, nugget, metric, value, fixed } = spec;
  const left = covariates.length === 0 ? "1" : covariates.map(deparse).join(" + ");
  const parts = [
    `~ ${left}${groupText(by)}`,
    ...(kind === "corARMA" ? [`p = ${p}`, `q = ${q}`] : []),
    ...(nugget ? ["nugget = TRUE"] : []),
    ...(metric === "euclidean" ? [] : [`metric = "${metric}"`]),
    ...(value.length > 0 ? [`value = ${value.length === 1 ? value[0] : `c(${value.join(", ")})`}`] : []),
    ...(fixed ? ["fixed = TRUE"] : []),
  ];
  return `${kind}(${parts.join(", ")})`;
}
