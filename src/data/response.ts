/** The response in numbers: y, and for binomial responses the trials, whichever of R's ways it was declared in. */

import { deparse } from "../dsl/deparse.ts";
import type { Expression } from "../dsl/expression.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";
import type { Family } from "../families/family.ts";
import * as messages from "../messages/data.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { Estimation } from "./design.ts";
import type { TrialsRecipe } from "./design-recipe.ts";
import type { Evaluation } from "./evaluation.ts";
import { encode, orderedLevels, presentLevels, recode } from "./factor.ts";
import { readOrdinal } from "./ordinal-response.ts";
import { isLogical } from "./table.ts";

export interface ResponseColumns {
  /** Over the rows of the table. */
  readonly y: Float64Array;
  readonly trials: Float64Array | null;
  readonly name: string;
  readonly recipe: TrialsRecipe;
  /** True when the weights were used up as trials. */
  readonly weightsAreTrials: boolean;
  /** Labels of an ordered response, lowest first; y holds their numbers from 1 on. */
  readonly categories?: readonly string[];
}

/** What a family says of its response. */
export type ResponseFamily = Pick<
  Family,
  "name" | "link" | "response" | "normal" | "predictors" | "parameters" | "predicted" | "sigma" | "forCategories"
>;

const WHOLE = 1e-9;
const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) <= WHOLE * Math.max(1, Math.abs(value));

/** Reads the response over the evaluation's table, checking it in its rows. null after a fault. */
export function readResponse(
  spec: ModelSpec,
  family: ResponseFamily,
  evaluation: Evaluation,
  warnings: FitWarning[],
  estimation: Estimation = "likelihood",
): ResponseColumns | null {
  const { response } = spec;
  if (response === null) return null;
  const binomial = family.response === "trials";
  if (response.kind !== "single") {
    if (!binomial) return evaluation.faults.add("trials-of-family", ["response"], messages.trialsOfFamily(family.name));
    return response.kind === "trials"
      ? readTrials(response.expression, response.trials, evaluation)
      : readSuccessesFailures(response.successes, response.failures, evaluation);
  }
  const { expression } = response;
  const none = { trials: null, recipe: { kind: "none" }, weightsAreTrials: false } as const;
  const name = deparse(expression);
  if (family.response === "ordered") {
    const ordinal = readOrdinal(spec, expression, evaluation, warnings, estimation);
    return ordinal === null ? null : { ...ordinal, name, ...none };
  }
  if (!binomial) {
    const y = evaluation.numbers(expression);
    return y === null ? null : { y, name, ...none };
  }
  return readBinary(spec, expression, evaluation, warnings);
}

/** The first of the used rows where `bad` holds, or undefined. */
function firstRow({ rows }: Evaluation, bad: (row: number) => boolean): number | undefined {
  for (let r = 0; r < rows.length; r++) if (bad(rows[r]!)) return rows[r];
  return undefined;
}

/** Whether the used rows hold whole numbers of at least 0; a fault names the first that does not. */
export function checkCount(what: string, values: Float64Array, evaluation: Evaluation): boolean {
  const { faults } = evaluation;
  const negative = firstRow(evaluation, (row) => values[row]! < 0);
  if (negative !== undefined)
    faults.add("negative-count", ["response"], messages.negativeSuccesses(what, negative + 1, values[negative]!));
  const fraction = firstRow(evaluation, (row) => !isWhole(values[row]!));
  if (fraction !== undefined)
    faults.add("fractional-count", ["response"], messages.fractionalCount(what, fraction + 1, values[fraction]!));
  return negative === undefined && fraction === undefined;
}

function readTrials(
  expression: Expression,
  trialsExpression: Expression,
  evaluation: Evaluation,
): ResponseColumns | null {
  const name = deparse(expression);
  const trialsName = deparse(trialsExpression);
  const y = evaluation.numbers(expression);
  const trials = evaluation.numbers(trialsExpression);
  if (y === null || trials === null) return null;
  const countsTrials = checkCount(`The number of trials ${trialsName}`, trials, evaluation);
  if (!checkCount(`The response ${name}`, y, evaluation) || !countsTrials) return null;
  const above = firstRow(evaluation, (row) => y[row]! > trials[row]!);
  if (above !== undefined)
    return evaluation.faults.add(
      "above-trials",
      ["response"],
      messages.aboveTrials(name, above + 1, y[above]!, trials[above]!),
    );
  return {
    y,
    trials,
    name: `cbind(${name}, ${trialsName} - ${name})`,
    recipe: { kind: "expression", expression: trialsExpression },
    weightsAreTrials: false,
  };
}

/** s + f as an expression: n where f is written n - s, which new rows have while they have no s. */
function sumOfCounts(successes: Expression, failures: Expression): Expression {
  const difference = failures.kind === "binary" && failures.operator === "-" ? failures : null;
  if (difference && deparse(difference.right) === deparse(successes)) return difference.left;
  return { kind: "binary", operator: "+", left: successes, right: failures };
}

function readSuccessesFailures(
  successes: Expression,
  failures: Expression,
  evaluation: Evaluation,
): ResponseColumns | null {
  const y = evaluation.numbers(successes);
  const other = evaluation.numbers(failures);
  if (y === null || other === null) return null;
  const good = checkCount(`The number of successes ${deparse(successes)}`, y, evaluation);
  if (!checkCount(`The number of failures ${deparse(failures)}`, other, evaluation) || !good) return null;
  return {
    y,
    trials: y.map((value, row) => value + other[row]!),
    name: `cbind(${deparse(successes)}, ${deparse(failures)})`,
    recipe: { kind: "expression", expression: sumOfCounts(successes, failures) },
    weightsAreTrials: false,
  };
}

/** The column of a response that is a factor: text, declared by `.factor()`, or `factor(y)`. */
function factorColumn(spec: ModelSpec, expression: Expression, evaluation: Evaluation): string | null {
  const called = expression.kind === "call" && expression.name === "factor";
  const inner = called ? expression.arguments[0]! : expression;
  if (inner.kind !== "column") return null;
  const column = evaluation.column(inner.name);
  if (column === null) return null;
  const text = column.kind === "text" && !isLogical(column);
  return called || text || Object.hasOwn(spec.factors, inner.name) ? inner.name : null;
}

function readBinary(
  spec: ModelSpec,
  expression: Expression,
  evaluation: Evaluation,
  warnings: FitWarning[],
): ResponseColumns | null {
  const { faults, rows } = evaluation;
  const name = deparse(expression);
  const one = { name, recipe: { kind: "one" }, weightsAreTrials: false } as const;
  const ones = () => new Float64Array(evaluation.table.rows).fill(1);
  const factor = factorColumn(spec, expression, evaluation);
  if (factor !== null) {
    const column = evaluation.column(factor)!;
    const coded = encode(column);
    const given = Object.hasOwn(spec.factors, factor) ? spec.factors[factor] : undefined;
    const { levels, extra } = orderedLevels(column, coded, given);
    if (extra.length > 0) {
      const code = coded.levels.indexOf(extra[0]!);
      return faults.add(
        "unlisted-level",
        ["factor", factor],
        messages.unlistedLevel(factor, extra[0]!, coded.codes.indexOf(code) + 1, levels),
      );
    }
    const codes = recode(coded, levels);
    const present = presentLevels(codes, levels, rows);
    // Two declared levels stand even if only one of them occurs.
    const pair = given !== undefined && given.length === 2 ? given : present;
    if (pair.length < 2) return faults.add("one-level", ["response"], messages.fewLevels(factor, pair[0] ?? ""));
    if (pair.length > 2) return faults.add("many-levels", ["response"], messages.manyLevels(factor, pair));
    const success = levels.indexOf(pair[1]!);
    return {
      y: Float64Array.from(codes, (code) => (code < 0 ? Number.NaN : code === success ? 1 : 0)),
      trials: ones(),
      ...one,
    };
  }
  const y = evaluation.numbers(expression);
  if (y === null) return null;
  const fraction = firstRow(evaluation, (row) => !isWhole(y[row]!));
  if (fraction !== undefined && spec.weights !== null)
    return readProportion(y, name, spec.weights, evaluation, warnings);
  if (fraction !== undefined)
    return faults.add(
      "proportion-without-trials",
      ["response"],
      messages.proportionsWithoutTrials(name, fraction + 1, y[fraction]!),
    );
  const bad = firstRow(evaluation, (row) => y[row] !== 0 && y[row] !== 1);
  if (bad !== undefined) return faults.add("not-binary", ["response"], messages.notBinary(name, bad + 1, y[bad]!));
  return { y, trials: ones(), ...one };
}

/** A proportion with weights: the weights are the trials, as in R's `glm`. */
function readProportion(
  y: Float64Array,
  name: string,
  weights: string,
  evaluation: Evaluation,
  warnings: FitWarning[],
): ResponseColumns | null {
  const trials = evaluation.numericColumn(weights);
  if (trials === null) return null;
  const outside = firstRow(evaluation, (row) => y[row]! < 0 || y[row]! > 1);
  if (outside !== undefined)
    return evaluation.faults.add(
      "proportion-outside",
      ["response"],
      messages.proportionOutside(name, outside + 1, y[outside]!),
    );
  if (!checkCount(`The number of trials ${weights}`, trials, evaluation)) return null;
  const successes = y.map((value, row) => value * trials[row]!);
  // R's tolerance for a whole number of successes.
  const fraction = firstRow(evaluation, (row) => Math.abs(successes[row]! - Math.round(successes[row]!)) > 1e-3);
  if (fraction !== undefined)
    return evaluation.faults.add(
      "fractional-successes",
      ["response"],
      messages.fractionalSuccesses(name, weights, fraction + 1, successes[fraction]!),
    );
  warnings.push({ code: "weights-are-trials", message: messages.weightsAreTrials(name, weights) });
  return {
    y: successes.map(Math.round),
    trials,
    name,
    recipe: { kind: "expression", expression: { kind: "column", name: weights } },
    weightsAreTrials: true,
  };
}
