/** Learns a model matrix from data: which variables are factors and with which levels, and how each term codes them. */
import { deparse, termLabel } from "../dsl/deparse.ts";
import type { Expression } from "../dsl/expression.ts";
import type { FixedTermSpec, ModelSpec } from "../dsl/model-spec.ts";
import * as messages from "../messages/data.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { WarningCode } from "../messages/warning-code.ts";
import type { Estimation } from "./design.ts";
import type { MatrixRecipe, VariableRecipe } from "./design-recipe.ts";
import type { Evaluation } from "./evaluation.ts";
import { encode, orderedLevels, presentLevels, recode, rowOfLevel } from "./factor.ts";
import type { GroupColumn, KnownColumn } from "./grouping.ts";
import { levelNotes } from "./level-notes.ts";
import type { VariableValues } from "./model-matrix.ts";
import { isNumberText } from "./number-text.ts";
import { indicatorsByTerm } from "./term-coding.ts";

/** Numbers in a model matrix, and in a triangle of its columns: 2²⁷ are 1 GiB. */
const MOST_CELLS = 2 ** 27;

export interface LearntVariable {
  readonly recipe: VariableRecipe;
  readonly values: VariableValues;
}

export interface LearntMatrix {
  readonly recipe: MatrixRecipe;
  readonly values: readonly VariableValues[];
}

/** Evaluates variables once each, whichever predictors and random terms they are in. */
export class VariableLearner {
  readonly evaluation: Evaluation;
  readonly estimation: Estimation;
  readonly #spec: ModelSpec;
  readonly #warnings: FitWarning[];
  readonly #known = new Map<string, LearntVariable | null>();
  readonly #knownInOrder = new Map<string, LearntVariable | null>();
  readonly #warned = new Set<string>();

  constructor(spec: ModelSpec, evaluation: Evaluation, warnings: FitWarning[], estimation: Estimation = "likelihood") {
    this.estimation = estimation;
    this.#spec = spec;
    this.evaluation = evaluation;
    this.#warnings = warnings;
  }

  /**
   * The matrix of these terms, or null after a fault.
   *
   * @param inOrder whether levels stand in an order that covariances depend on: declared ones that do not occur then keep their place
   */
  matrix(terms: readonly FixedTermSpec[], intercept: boolean, inOrder = false): LearntMatrix | null {
    const numbers = new Map<string, number>();
    const variables: (LearntVariable | null)[] = [];
    const numbered = terms.map((term) =>
      term.factors.map((factor) => {
        const label = deparse(factor);
        const known = numbers.get(label);
        if (known !== undefined) return known;
        numbers.set(label, variables.length);
        return variables.push(this.variable(factor, inOrder)) - 1;
      }),
    );
    const labels = terms.map(termLabel);
    labels.forEach((label, t) => {
      if (labels.indexOf(label) < t)
        this.evaluation.faults.add("duplicate-term", ["term", label], messages.duplicateTerm(label));
    });
    if (!variables.every((variable) => variable !== null)) return null;
    const indicators = indicatorsByTerm(
      numbered,
      variables.map((variable) => variable.recipe.kind === "factor"),
      intercept,
    );
    if (!this.#fits(terms, numbered, variables, indicators)) return null;
    return {
      recipe: {
        intercept,
        variables: variables.map((variable) => variable.recipe),
        terms: numbered.map((term, t) => ({ variables: term, indicators: indicators[t]! })),
      },
      values: variables.map((variable) => variable.values),
    };
  }

  /** Whether the columns of all terms are no more than memory holds; else a fault names the largest term. */
  #fits(
    terms: readonly FixedTermSpec[],
    numbered: readonly (readonly number[])[],
    variables: readonly LearntVariable[],
    indicators: readonly (readonly boolean[])[],
  ): boolean {
    const rows = this.evaluation.rows.length;
    const widths = numbered.map((term, t) =>
      term.reduce((product, v, i) => {
        const { recipe } = variables[v]!;
        if (recipe.kind === "numeric") return product * recipe.names.length;
        if (recipe.kind === "places") return product * recipe.places.length;
        return product * (recipe.levels.length - (indicators[t]![i] ? 0 : 1));
      }, 1),
    );
    const columns = widths.reduce((total, width) => total + width, 0);
    if (columns * Math.max(rows, columns) <= MOST_CELLS) return true;
    const widest = widths.indexOf(Math.max(...widths));
    const label = termLabel(terms[widest]!);
    this.evaluation.faults.add(
      "too-many-columns",
      ["term", label],
      messages.tooManyColumns(label, widths[widest]!, columns, rows),
    );
    return false;
  }

  /** One variable, or null after a fault. @param inOrder as of a matrix */
  variable(expression: Expression, inOrder = false): LearntVariable | null {
    const label = deparse(expression);
    const known = inOrder ? this.#knownInOrder : this.#known;
    let learnt = known.get(label);
    if (learnt === undefined) {
      learnt = this.#learn(expression, label, inOrder);
      known.set(label, learnt);
    }
    return learnt;
  }

  #learn(expression: Expression, label: string, inOrder: boolean): LearntVariable | null {
    const { evaluation } = this;
    if (!evaluation.has(expression)) return null;
    const called = expression.kind === "call" && expression.name === "factor";
    const inner = called ? expression.arguments[0]! : expression;
    if (called && inner.kind !== "column")
      return evaluation.faults.add("factor-of-expression", ["term", label], messages.factorOfExpression(label));
    if (inner.kind === "column") {
      const column = evaluation.column(inner.name);
      if (column !== null && (called || column.kind === "text" || Object.hasOwn(this.#spec.factors, inner.name)))
        return this.#factor(inner.name, label, inOrder);
      if (Object.hasOwn(this.#spec.contrasts, inner.name))
        return evaluation.faults.add(
          "contrasts-of-numbers",
          ["contrasts", inner.name],
          messages.contrastsOfNumbers(inner.name),
        );
    }
    const numeric = evaluation.variable(expression);
    if (numeric === null) return null;
    return {
      recipe: { kind: "numeric", label, expression, names: numeric.names },
      values: { kind: "numeric", values: numeric.values, width: numeric.names.length },
    };
  }

  #factor(name: string, label: string, inOrder: boolean): LearntVariable | null {
    const grouped = this.levels(name, inOrder ? "in order" : this.estimation === "posterior");
    if (grouped === null) return null;
    const { codes, levels, numbers } = grouped;
    if (levels.length === 0) return null; // entirely missing: reported as such
    if (levels.length === 1 && this.estimation === "posterior")
      this.#warnOnce("one-level", messages.oneLevelKept(name, levels[0]!));
    else if (levels.length === 1)
      return this.evaluation.faults.add("one-level", ["column", name], messages.oneLevel(name, levels[0]!));
    this.#warnNearlyNumeric(name, levels);
    return {
      recipe: {
        kind: "factor",
        label,
        column: name,
        levels,
        ...(numbers && { numbers }),
        contrasts: Object.hasOwn(this.#spec.contrasts, name) ? this.#spec.contrasts[name]! : "treatment",
      },
      values: { kind: "factor", codes },
    };
  }

  /**
   * The levels of a column that occur in the used rows, in order, and the codes of all rows (−1 missing, −2 not in the used rows).
   *
   * @param declared whether declared levels stay where they do not occur, by what their order says of the others or by a prior
   */
  levels(name: string, declared: boolean | "in order" = false): (GroupColumn & KnownColumn) | null {
    const { evaluation } = this;
    const column = evaluation.column(name);
    if (column === null) return null;
    // what was written as `Infinity` or `1e999` is a label like any other; a number that is infinite is a computation gone wrong
    if (column.kind === "numeric" && !column.texts) {
      const bad = evaluation.rows.find((row) => Math.abs(column.values[row]!) === Number.POSITIVE_INFINITY);
      if (bad !== undefined)
        return evaluation.faults.add(
          "infinite-value",
          ["column", name],
          messages.infinite(`The column ${name}`, bad + 1, column.values[bad]!),
        );
    }
    const given = Object.hasOwn(this.#spec.factors, name) ? this.#spec.factors[name] : undefined;
    const coded = encode(column);
    const { levels, extra } = orderedLevels(column, coded, given);
    if (extra.length > 0) {
      for (const level of extra) {
        const row = rowOfLevel(coded, level);
        evaluation.faults.add("unlisted-level", ["factor", name], messages.unlistedLevel(name, level, row + 1, levels));
      }
      return null;
    }
    const all = recode(coded, levels);
    const present = presentLevels(all, levels, evaluation.rows);
    for (const { code, message } of levelNotes(name, coded, evaluation.rows)) this.#warnOnce(code, message);
    const numbers = column.kind === "numeric" && !column.texts;
    if (declared && given !== undefined && present.length < given.length) {
      const unused = given.filter((level) => !present.includes(level));
      const message = declared === "in order" ? messages.unusedLevelsInOrder : messages.unusedLevelsKept;
      this.#warnOnce("unused-levels", message(name, unused));
      return { codes: all, levels: given, numbers };
    }
    if (given !== undefined && present.length < given.length) {
      const unused = given.filter((level) => !present.includes(level));
      this.#warnOnce("unused-levels", messages.unusedLevels(name, unused));
    }
    return {
      codes: present.length === levels.length ? all : recode({ codes: all, levels }, present),
      levels: present,
      numbers,
    };
  }

  #warnNearlyNumeric(name: string, levels: readonly string[]): void {
    const column = this.evaluation.column(name)!;
    if (column.kind !== "text" || levels.length <= 10) return;
    const textual = levels.filter((level) => !isNumberText(level));
    if (textual.length === 0 || textual.length > levels.length / 5) return;
    const row = column.values.indexOf(textual[0]!);
    this.#warnOnce("nearly-numeric", messages.nearlyNumeric(name, row + 1, textual[0]!, levels.length));
  }

  #warnOnce(code: WarningCode, message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#warnings.push({ code, message });
  }
}
