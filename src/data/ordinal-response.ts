/** An ordered response as numbers of its categories, 1 for the lowest. */

import { deparse } from "../dsl/deparse.ts";
import type { Expression } from "../dsl/expression.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";
import { unlistedLevel } from "../messages/data.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { IssueCode } from "../messages/issue-code.ts";
import * as messages from "../messages/ordinal.ts";
import type { Estimation } from "./design.ts";
import type { Evaluation } from "./evaluation.ts";
import { encode, orderedLevels, presentLevels, recode } from "./factor.ts";
import { levelNotes } from "./level-notes.ts";
import { isLogical } from "./table.ts";

/** Most categories: each is a row class of the compiled density, with a threshold of its own. */
const MOST_CATEGORIES = 100;

export interface OrdinalColumn {
  /** Over the rows of the table: 1 … K, NaN where missing. */
  readonly y: Float64Array;
  /** Labels, lowest first. */
  readonly categories: readonly string[];
}

/**
 * Reads the response over the evaluation's table: the categories in the order of the declaration, else of the table's own levels, else of the
 * numbers, else of the alphabet (with a warning). null after a fault: an expression, numbers that are not whole, fewer than two categories in
 * the used rows or too many, a declared category that none of them has unless it is to be sampled.
 */
export function readOrdinal(
  spec: ModelSpec,
  expression: Expression,
  evaluation: Evaluation,
  warnings: FitWarning[],
  estimation: Estimation = "likelihood",
): OrdinalColumn | null {
  const { faults, rows } = evaluation;
  const fault = (code: IssueCode, message: string) => faults.add(code, ["response"], message);
  const called = expression.kind === "call" && expression.name === "factor";
  const inner = called ? expression.arguments[0]! : expression;
  if (inner.kind !== "column") return fault("computed-categories", messages.ordinalExpression(deparse(expression)));
  const { name } = inner;
  const column = evaluation.column(name);
  if (column === null) return null;
  const given = Object.hasOwn(spec.factors, name) ? spec.factors[name] : undefined;
  if (column.kind === "numeric" && !called && given === undefined) {
    const fraction = rows.find((row) => !Number.isInteger(column.values[row]!));
    if (fraction !== undefined)
      return fault("fractional-category", messages.ordinalFraction(name, fraction + 1, column.values[fraction]!));
  }
  const coded = encode(column);
  const { levels, extra } = orderedLevels(column, coded, given);
  if (extra.length > 0) {
    for (const level of extra) {
      const row = coded.codes.indexOf(coded.levels.indexOf(level));
      faults.add("unlisted-level", ["factor", name], unlistedLevel(name, level, row + 1, levels));
    }
    return null;
  }
  const codes = recode(coded, levels);
  const present = presentLevels(codes, levels, rows);
  // the thresholds of a posterior have priors, which is all that a category without rows needs
  const categories = given !== undefined && estimation === "posterior" ? given : present;
  if (given !== undefined && categories.length < given.length)
    return fault(
      "unobserved-category",
      messages.ordinalUnobserved(
        name,
        given.filter((level) => !categories.includes(level)),
      ),
    );
  if (categories.length < 2) return fault("few-categories", messages.ordinalFewLevels(name, categories));
  if (categories.length > MOST_CATEGORIES)
    return fault("many-categories", messages.ordinalManyLevels(name, categories.length, MOST_CATEGORIES));
  if (column.kind === "text" && !isLogical(column) && given === undefined && !column.levels && categories.length > 2)
    warnings.push({ code: "alphabetical-categories", message: messages.ordinalTextOrder(name, categories) });
  warnings.push(...levelNotes(name, coded, rows));
  return {
    y: Float64Array.from(recode({ codes, levels }, categories), (code) => (code < 0 ? Number.NaN : code + 1)),
    categories,
  };
}
