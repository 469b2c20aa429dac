/** `ModelSpec` from and to JSON, checked field by field. */

import { isKnownCovariance } from "../covariance/known-covariance.ts";
import { COVARIANCE_KINDS } from "../covariance/structures.ts";
import * as messages from "../messages/declaration.ts";
import { DeclarationError, type Issue, refusal } from "../messages/issue.ts";
import { isFunctionName, SIGNATURES } from "./allowed-functions.ts";
import { deepFreeze } from "./freeze.ts";
import { areSds } from "./given-sds.ts";
import type { ModelSpec } from "./model-spec.ts";
import { PRIOR_CLASSES } from "./prior-classes.ts";
import { CORRELATION_KINDS, METRICS, VARIANCE_KINDS } from "./residual-text.ts";
import { SELF_START_FORMS } from "./self-start.ts";

/** The declaration that says nothing yet: no response, an intercept, gaussian. */
export const EMPTY_SPEC: ModelSpec = deepFreeze({
  kind: "ModelSpec",
  version: 1,
  response: null,
  family: { name: "gaussian" },
  predictors: [{ role: "mu", intercept: true, terms: [], offsets: [], random: [] }],
  weights: null,
  frequencyWeights: null,
  factors: {},
  contrasts: {},
  missing: "omit",
  priors: [],
});

const DISTRIBUTIONS = (
  "normal studentT cauchy doubleExponential logistic uniform halfNormal halfStudentT halfCauchy exponential pcSd gamma lognormal " +
  "weibull inverseGamma inverseGammaVariance beta lkj horseshoe R2D2 flat"
).split(" ");
const CONTRASTS = ["treatment", "sum", "helmert", "poly"];

/** Operators and functions of an expression within each other. */
const MAXIMUM_DEPTH = 500;
/** Levels of a declaration as plain data: those of an expression, and some around it. */
const MAXIMUM_LEVELS = 3 * MAXIMUM_DEPTH;

/** Whether plain data nest no deeper than `levels`; looked at without recursion, so that nothing is too deep to be refused. */
function isShallow(value: unknown, levels: number): boolean {
  const waiting: (readonly [object, number])[] = [];
  const visit = (inner: unknown, level: number) => {
    if (typeof inner === "object" && inner !== null) waiting.push([inner, level]);
  };
  visit(value, 1);
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [object, level] = next;
    if (level > levels) return false;
    for (const inner of Object.values(object)) visit(inner, level + 1);
  }
  return true;
}

type Check = (value: unknown, path: string) => void;

/** Checks plain data against the shape of a `ModelSpec`, collecting every fault. */
class SpecChecker {
  readonly issues: Issue[] = [];

  fault(path: string, needs: string): void {
    this.issues.push({ code: "bad-declaration", path: path.split("."), message: messages.badField(path, needs) });
  }

  object(
    value: unknown,
    path: string,
    fields: Readonly<Record<string, Check>>,
    optional: readonly string[] = [],
  ): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.fault(path, "an object");
      return;
    }
    const record = value as Record<string, unknown>;
    for (const [name, check] of Object.entries(fields)) {
      const missing = !Object.hasOwn(record, name) || record[name] === undefined;
      if (!missing) check(record[name], `${path}.${name}`);
      else if (!optional.includes(name)) this.fault(`${path}.${name}`, "given");
    }
    for (const name of Object.keys(record))
      if (!Object.hasOwn(fields, name)) this.fault(`${path}.${name}`, "absent: it has no such field");
  }

  list =
    (check: Check): Check =>
    (value, path) => {
      if (!Array.isArray(value)) return this.fault(path, "a list");
      value.forEach((item, i) => {
        check(item, `${path}.${i}`);
      });
    };

  /** A list with at least one item. */
  some =
    (check: Check): Check =>
    (value, path) => {
      this.list(check)(value, path);
      if (Array.isArray(value) && value.length === 0) this.fault(path, "a list that is not empty");
    };

  record =
    (check: Check): Check =>
    (value, path) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return this.fault(path, "an object");
      for (const [name, item] of Object.entries(value)) check(item, `${path}.${name}`);
    };

  text: Check = (value, path) => {
    if (typeof value !== "string" || value === "") this.fault(path, "a text that is not empty");
  };
  number: Check = (value, path) => {
    if (typeof value !== "number" || !Number.isFinite(value)) this.fault(path, "a finite number");
  };
  boolean: Check = (value, path) => {
    if (typeof value !== "boolean") this.fault(path, "true or false");
  };
  among =
    (choices: readonly unknown[]): Check =>
    (value, path) => {
      if (!choices.includes(value))
        this.fault(path, `one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}`);
    };
  orNull =
    (check: Check): Check =>
    (value, path) => {
      if (value !== null) check(value, path);
    };

  #depth = 0;

  expression: Check = (value, path) => {
    if (this.#depth > MAXIMUM_DEPTH) return this.fault(path.split(".").slice(0, 8).join("."), messages.shallower);
    this.#depth++;
    this.#expression(value, path);
    this.#depth--;
  };

  #expression: Check = (value, path) => {
    const kind = this.among([kindOf(value)]);
    switch (kindOf(value)) {
      case "column":
        return this.object(value, path, { kind, name: this.text });
      case "number":
        return this.object(value, path, { kind, value: this.number });
      case "string":
        return this.object(value, path, {
          kind,
          value: (inner, at) => typeof inner === "string" || this.fault(at, "a text"),
        });
      case "logical":
        return this.object(value, path, { kind, value: this.boolean });
      case "unary":
        return this.object(value, path, { kind, operator: this.among(["-", "+"]), operand: this.expression });
      case "binary":
        return this.object(value, path, {
          kind,
          operator: this.among(["+", "-", "*", "/", "^"]),
          left: this.expression,
          right: this.expression,
        });
      case "call": {
        const { name } = value as { name?: unknown };
        if (typeof name !== "string" || !isFunctionName(name)) return this.fault(`${path}.name`, "an allowed function");
        const signature = SIGNATURES[name];
        this.object(value, path, {
          kind,
          name: this.text,
          arguments: this.list(this.expression),
          named: this.record((inner, at) => {
            if (!Object.hasOwn(signature.named, at.slice(at.lastIndexOf(".") + 1)))
              this.fault(at, `absent: ${name}() has no such argument`);
            this.expression(inner, at);
          }),
        });
        const count = (value as { arguments?: unknown[] }).arguments?.length ?? 0;
        if (count < signature.minimum || count > signature.maximum) this.fault(`${path}.arguments`, signature.takes);
        return;
      }
      default:
        this.fault(path, "an expression");
    }
  };

  sds: Check = (value, path) => {
    if (!Array.isArray(value) || !areSds(value)) this.fault(path, "a list of numbers above 0");
  };

  fixedTerm: Check = (value, path) => {
    this.object(value, path, { kind: this.among(["fixedTerm"]), factors: this.some(this.expression) });
  };

  randomTerm: Check = (value, path) => {
    this.object(
      value,
      path,
      {
        kind: this.among(["randomTerm"]),
        intercept: this.boolean,
        terms: this.list(this.fixedTerm),
        group: this.some(this.text),
        covariance: this.among(COVARIANCE_KINDS),
        roles: this.some(this.text),
        id: this.text,
        known: this.text,
        sd: this.sds,
      },
      ["roles", "id", "known", "sd"],
    );
    const { intercept, terms } = (value ?? {}) as { intercept?: unknown; terms?: unknown };
    if (intercept === false && Array.isArray(terms) && terms.length === 0)
      this.fault(`${path}.terms`, "a list that is not empty where intercept is false: the term has no effects");
  };

  response: Check = (value, path) => {
    const kind = this.among(["single", "trials", "successesFailures"]);
    const { expression } = this;
    if (kindOf(value) === "trials") this.object(value, path, { kind, expression, trials: expression });
    else if (kindOf(value) === "successesFailures")
      this.object(value, path, { kind, successes: expression, failures: expression });
    else this.object(value, path, { kind, expression });
  };

  nonlinear: Check = (value, path) => {
    const { text, list } = this;
    const start: Check = (inner, at) => {
      const kind = this.among(["values", "selfStart"]);
      if (kindOf(inner) === "selfStart")
        this.object(inner, at, {
          kind,
          model: this.among(Object.keys(SELF_START_FORMS)),
          inputs: list(text),
          parameters: list(text),
        });
      else this.object(inner, at, { kind, values: this.record(list(this.number)) });
    };
    this.object(value, path, {
      expression: this.expression,
      parameters: list(text),
      start: this.orNull(start),
    });
  };

  residual: Check = (value, path) => {
    const { text, number, boolean, list, record, among, orNull, expression } = this;
    const simple: Check = (inner, at) =>
      this.object(inner, at, {
        kind: among(VARIANCE_KINDS),
        covariate: orNull(expression),
        fitted: boolean,
        by: list(text),
        fixed: record(number),
      });
    const variance: Check = (inner, at) =>
      kindOf(inner) === "varComb"
        ? this.object(inner, at, { kind: among(["varComb"]), functions: list(simple) })
        : simple(inner, at);
    const correlation: Check = (inner, at) =>
      this.object(inner, at, {
        kind: among(CORRELATION_KINDS),
        covariates: list(expression),
        by: list(text),
        p: number,
        q: number,
        nugget: boolean,
        metric: among(METRICS),
        value: list(number),
        fixed: boolean,
      });
    this.object(value, path, { variance: orNull(variance), correlation: orNull(correlation) });
  };

  spec(value: unknown): void {
    const { text, boolean, list, record, among, orNull } = this;
    const predictor: Check = (inner, path) =>
      this.object(inner, path, {
        role: text,
        intercept: boolean,
        terms: list(this.fixedTerm),
        offsets: list(this.expression),
        random: list(this.randomTerm),
      });
    const distribution: Check = (inner, path) =>
      this.object(inner, path, { name: among(DISTRIBUTIONS), parameters: list(this.number) });
    this.object(
      value,
      "spec",
      {
        kind: among(["ModelSpec"]),
        version: among([1]),
        response: orNull(this.response),
        family: (inner, path) => this.object(inner, path, { name: text, link: text }, ["link"]),
        predictors: list(predictor),
        weights: orNull(text),
        frequencyWeights: orNull(text),
        factors: record(list(text)),
        contrasts: record(among(CONTRASTS)),
        missing: among(["omit", "error"]),
        priors: list((inner, path) =>
          this.object(inner, path, { class: among(PRIOR_CLASSES), name: text, distribution }, ["name"]),
        ),
        nonlinear: this.nonlinear,
        residual: this.residual,
        knownVariance: this.expression,
        sigma: (inner, path) => {
          if (!areSds([inner])) this.fault(path, "a number above 0");
        },
        knownCovariances: record((inner, path) => {
          if (!isKnownCovariance(inner)) this.fault(path, "a matrix as .knownCovariance() checks and keeps it");
        }),
        notes: list((inner, path) => this.object(inner, path, { code: text, message: text })),
      },
      ["knownCovariances", "notes", "nonlinear", "residual", "knownVariance", "sigma"],
    );
    if (Array.isArray((value as ModelSpec).predictors) && (value as ModelSpec).predictors.length === 0)
      this.fault("spec.predictors", "a list with at least the predictor of the mean");
  }
}

const kindOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null ? (value as { kind?: unknown }).kind : undefined;

/**
 * The declaration that `toJSON()` wrote, from its text or the object, checked and frozen.
 *
 * @throws DeclarationError naming every field that is wrong.
 */
export function specFromJSON(json: string | object): ModelSpec {
  let value: unknown;
  try {
    const given: unknown = typeof json === "string" ? JSON.parse(json) : json;
    if (!isShallow(given, MAXIMUM_LEVELS)) throw new RangeError(messages.tooDeep);
    value = typeof json === "string" ? given : structuredClone(given);
  } catch (error) {
    throw refusal("bad-declaration", [], messages.notJSON((error as Error).message));
  }
  if (kindOf(value) !== "ModelSpec" || (value as { version?: unknown }).version !== 1)
    throw refusal("bad-declaration", [], messages.notASpec());
  const checker = new SpecChecker();
  checker.spec(value);
  if (checker.issues.length > 0) throw new DeclarationError(checker.issues);
  return deepFreeze(value as ModelSpec);
}
