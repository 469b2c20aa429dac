/** A user's own family: the same record as the built-in ones, with defaults filled in and the density traced once to see that it can be. */

import { optional } from "valibot";
import { programOf } from "../autodiff/compile-kernel.ts";
import { programOfMean } from "../autodiff/compile-mean.ts";
import type { Operations, Tensor } from "../autodiff/operations.ts";
import {
  familyFault,
  notSimulated,
  parameterNameTaken,
  simulatedNoNumber,
  unknownColumn,
  unknownSupport,
  unreadTrials,
} from "../messages/families.ts";
import { DeclarationError, type Issue, refusal } from "../messages/issue.ts";
import type { IssueCode } from "../messages/issue-code.ts";
import { shown } from "../messages/options.ts";
import { callback, checkedLater, choice, flag, listOf, text, wholeNumber } from "../options/kinds.ts";
import { optionsSchema, readOptions } from "../options/read-options.ts";
import { checkRows, isCount } from "./checks.ts";
import type { Family, FamilyParameter, ParameterSupport, ResponseKind, RowTensors } from "./family.ts";

/** The properties of a record, each of which may be absent or undefined. */
export type Optional<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/**
 * What a user must and may say of a family.
 *
 * @typeParam T what a tensor is typed as: `tf.Tensor` where the density uses tfjs's own functions
 */
export type FamilyDefinition<T = Tensor> = Pick<Family, "name"> & {
  /** Log density or log mass of a row, with all constants. Traced once a class. */
  logDensity(ops: Operations<T>, row: RowTensors<T>, rowClass: number): T;
  /** E[Y | η, φ] of one unit (for binomial: the probability, per trial). Traced. */
  mean(ops: Operations<T>, row: RowTensors<T>): T;
  /** Var[Y | η, φ] of a row on the scale of y (for binomial: of the count). Traced. */
  variance?: ((ops: Operations<T>, row: RowTensors<T>) => T) | undefined;
} & Optional<
    Omit<
      Family,
      | "name"
      | "logDensity"
      | "mean"
      | "variance"
      | "parameters"
      | "predicted"
      | "normal"
      | "base"
      | "curve"
      | "given"
      | "augmentation"
    >
  > & {
    /** Global parameters; `start` defaults to 1 (positive), 0 (real), ½ (unit). */
    readonly parameters?:
      | readonly (Pick<FamilyParameter, "name" | "support"> &
          Optional<Omit<FamilyParameter, "name" | "support" | "reported">>)[]
      | undefined;
  };

/** The record without the properties that are undefined. */
const given = <T extends object>(record: T): { [Key in keyof T]: Exclude<T[Key], undefined> } =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as ReturnType<typeof given<T>>;

/** Kinds only; what the parts must be together is checked below. */
const familyDefinition = optionsSchema({
  name: text,
  logDensity: callback("a function (ops, row) of the log density"),
  mean: callback("a function (ops, row) of the mean"),
  response: optional(choice(["real", "positive", "unit", "count", "trials", "ordered"])),
  link: optional(text),
  predictors: optional(listOf(text, "a list of names of linear predictors")),
  parameters: optional(
    listOf(
      optionsSchema({
        name: text,
        support: checkedLater<ParameterSupport>(),
        start: optional(callback()),
        prior: optional(checkedLater<FamilyParameter["prior"]>()),
        threshold: optional(flag),
        link: optional(choice(["log", "logit", "identity"])),
        dispersion: optional(flag),
        inUnitOfResponse: optional(flag),
        movesMean: optional(flag),
      }),
      'a list of parameters, as [{ name: "sigma", support: "positive" }]',
    ),
  ),
  columns: optional(listOf(text, 'a list of columns, as ["y", "trials"]')),
  classes: optional(wholeNumber(1)),
  limit: optional(checkedLater<Family["limit"]>()),
  classOf: optional(callback()),
  variance: optional(callback()),
  unitDeviance: optional(callback()),
  notation: optional(checkedLater<Family["notation"]>()),
  simulate: optional(callback()),
  cdf: optional(callback()),
  logConcave: optional(flag),
  startEta: optional(callback()),
  checkResponse: optional(callback()),
  sigma: optional(checkedLater<Family["sigma"]>()),
  forCategories: optional(callback()),
  categories: optional(checkedLater<Family["categories"]>()),
});

const STARTS: Readonly<Record<Extract<ParameterSupport, string>, number>> = {
  positive: 1,
  real: 0,
  unit: 0.5,
  ordered: 0,
};

const startWithin = (support: ParameterSupport): number =>
  typeof support === "string" ? STARTS[support] : 0.5 * (support.lower + support.upper);

/** A start for η from the link's name. */
function startOf(link: Family["link"]): Family["startEta"] {
  switch (link) {
    case "identity":
      return (y) => y;
    case "log":
      return (y) => Math.log(Math.max(y, 0.1));
    case "sqrt":
      return (y) => Math.sqrt(Math.max(y, 0.1));
    case "inverse":
      return (y) => 1 / Math.max(y, 0.1);
    case "logit":
      return (y, trials) => Math.log((y + 0.5) / (trials - y + 0.5));
    default:
      return () => 0;
  }
}

/** What a definition that does not say it means: successes where the density reads trials, categories where the family is made for them. */
const responseOf = ({ columns, categories, forCategories }: FamilyDefinition): ResponseKind =>
  columns?.includes("trials") ? "trials" : categories || forCategories ? "ordered" : "real";

/** The values that a response can have, as a sentence says it; of trials and categories the data are checked where they are read. */
const RESPONSES: Readonly<Record<ResponseKind, readonly [code: IssueCode, (value: number) => boolean, rule: string]>> =
  {
    real: ["not-finite", Number.isFinite, "a finite number"],
    positive: ["not-positive", (y) => y > 0 && Number.isFinite(y), "a finite number above 0"],
    unit: ["not-a-share", (y) => y > 0 && y < 1, "a number between 0 and 1, neither 0 nor 1"],
    count: ["negative-count", isCount, "a count: a whole number of 0 or more"],
    trials: ["negative-count", isCount, "a count: a whole number of 0 or more"],
    ordered: ["not-finite", Number.isFinite, "a category"],
  };

/**
 * A family of one's own. Only a name, a log density and a mean are needed; by default it has one predictor `mu`, no global
 * parameter, the column `y`, link "custom", is taken not to be log-concave, and cannot be simulated. `response` says what a response is
 * ("count", "positive", "unit", …), which rows are refused for and what engines may take as known; by default successes out of trials where the
 * density reads `trials`, else real numbers.
 *
 * @throws DeclarationError with every fault found, one of them that the density cannot be traced.
 * @example
 * const studentT = defineFamily({
 *   name: "studentT",
 *   link: "identity",
 *   parameters: [{ name: "sigma", support: "positive" }, { name: "nu", support: "positive" }],
 *   logDensity(ops, { eta, parameter: { sigma, nu }, column: { y } }) { … },
 *   mean: (ops, { eta: [mu] }) => mu,
 * });
 */
export function defineFamily<T extends Tensor = Tensor>(definition: FamilyDefinition<T>): Family;
export function defineFamily(definition: FamilyDefinition): Family {
  const issues: Issue[] = [];
  readOptions(familyDefinition, definition, { of: "defineFamily()" });
  const { name } = definition;
  const fault = (code: IssueCode, path: string, message: string) =>
    issues.push({ code, path: ["family", name, path], message });
  const parameters = (definition.parameters ?? []).map((p) => ({
    start: () => startWithin(p.support),
    ...given(p),
  }));
  parameters.forEach((p, g) => {
    if (parameters.findIndex((q) => q.name === p.name) !== g)
      fault("duplicate-parameter", p.name, parameterNameTaken(name, p.name));
    const known =
      typeof p.support === "string" ? Object.hasOwn(STARTS, p.support) : p.support?.lower < p.support?.upper;
    if (!known) fault("unknown-support", p.name, unknownSupport(name, p.name, String(p.support)));
  });
  const columns = definition.columns ?? ["y"];
  for (const c of columns)
    if (!["y", "trials", "weights"].includes(c)) fault("unknown-column", c, unknownColumn(name, c));
  const link = definition.link ?? "custom";
  const response = definition.response ?? responseOf(definition);
  if (response === "trials" && !columns.includes("trials")) fault("unread-trials", "columns", unreadTrials(name));
  const family: Family = Object.freeze({
    link,
    response,
    predictors: ["mu"],
    logConcave: false,
    startEta: startOf(link),
    simulate: () => {
      throw refusal("not-simulated", ["family", name], notSimulated(name));
    },
    checkResponse: (y: Float64Array, _trials: Float64Array | null, rows: Int32Array, responseName: string) => {
      const [code, valid, rule] = RESPONSES[response];
      return checkRows(code, responseName, y, rows, valid, `a response of family '${name}' must be ${rule}.`);
    },
    ...given(definition),
    ...(definition.simulate && { simulate: checkedSimulate(name, definition.simulate) }),
    parameters,
    columns,
  } satisfies Family);
  const attempt = (path: string, body: () => void) => {
    try {
      body();
    } catch (error) {
      fault("family-density", path, familyFault(name, path, error instanceof Error ? error.message : String(error)));
    }
  };
  attempt("logDensity", () => programOf(family));
  attempt("mean", () => programOfMean(family));
  if (issues.length > 0) throw new DeclarationError(issues);
  return family;
}

/** A user's simulation, whose results are numbers. */
const checkedSimulate =
  (family: string, simulate: Family["simulate"]): Family["simulate"] =>
  (rng, row) => {
    const value: unknown = simulate(rng, row);
    if (typeof value !== "number")
      throw refusal("not-simulated", ["family", family], simulatedNoNumber(family, shown(value)));
    return value;
  };
