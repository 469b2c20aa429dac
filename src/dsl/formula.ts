/** Formulas as in R, lme4 and glmmTMB, read into the parts of a `ModelSpec`. */
import * as messages from "../messages/formula.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import { type FaultSink, toExpression } from "./arithmetic.ts";
import type { Expression } from "./expression.ts";
import { formulaFault } from "./formula-fault.ts";
import { type ParsedResponse, readLeft } from "./formula-response.ts";
import { readSum } from "./formula-sum.ts";
import { deepFreeze } from "./freeze.ts";
import type { FixedTermSpec, PredictorSpec, ResponseSpec } from "./model-spec.ts";
import { parseSyntax } from "./syntax.ts";
import { distinct, VariableList } from "./term-algebra.ts";

export interface ParsedFormula {
  /** null for a one-sided formula `~ x`. */
  readonly response: ResponseSpec | null;
  /** The variances of `y | se(s)`, s²; null where the formula gives none. */
  readonly knownVariance: Expression | null;
  readonly predictor: PredictorSpec;
  /** Doubtful but harmless: a term written twice, a removal of nothing. */
  readonly notes: readonly FitWarning[];
}

function throwFaults(sink: FaultSink): void {
  if (sink.issues.length > 0) throw new DeclarationError(sink.issues);
}

/**
 * Reads a formula `response ~ terms + (effects | group)`. Nothing is evaluated.
 *
 * @throws DeclarationError with position and excerpt for a syntax error; with all faults of meaning (a function that is not
 * allowed, a random term without parentheses …) together.
 * @example
 * parseFormula("incidence | trials(size) ~ period + (1 | herd)").predictor.random[0]!.group; // ["herd"]
 */
export function parseFormula(text: string): ParsedFormula {
  if (typeof text !== "string") throw formulaFault("formula-syntax", messages.notText(text));
  const syntax = parseSyntax(text);
  if (!syntax.tilde) throw formulaFault("formula-syntax", messages.noTilde(text));
  const sink: FaultSink = { text, issues: [] };
  const notes: FitWarning[] = [];
  const left = syntax.left === null ? { response: null, knownVariance: null } : readLeft(syntax.left, sink);
  const predictor = readSum(syntax.right, sink, notes);
  throwFaults(sink);
  return deepFreeze({ ...left, predictor, notes });
}

/** Reads a sum of terms without a response, as the builder takes them: `period * trt`, `(Days | Subject)`, `offset(log(time))`. */
export function parseTerms(text: string): { readonly predictor: PredictorSpec; readonly notes: readonly FitWarning[] } {
  if (typeof text !== "string") throw formulaFault("formula-syntax", messages.notText(text));
  const syntax = parseSyntax(text);
  if (syntax.tilde) throw formulaFault("formula-syntax", messages.tildeInTerms(text));
  const sink: FaultSink = { text, issues: [] };
  const notes: FitWarning[] = [];
  const predictor = readSum(syntax.right, sink, notes);
  throwFaults(sink);
  return deepFreeze({ predictor, notes });
}

/** Reads the left of a formula: `y`, `log(y)`, `cbind(s, f)`, `y | trials(n)`, `y | se(s)`. */
export function parseResponse(text: string): ParsedResponse {
  if (typeof text !== "string") throw formulaFault("formula-syntax", messages.notText(text));
  const syntax = parseSyntax(text);
  if (syntax.tilde) throw formulaFault("formula-syntax", messages.tildeInTerms(text));
  const sink: FaultSink = { text, issues: [] };
  const left = readLeft(syntax.right, sink);
  throwFaults(sink);
  return deepFreeze(left);
}

/** Reads arithmetic on columns: `log(exposure)`. */
export function parseExpression(text: string): Expression {
  if (typeof text !== "string") throw formulaFault("formula-syntax", messages.notText(text));
  const syntax = parseSyntax(text);
  if (syntax.tilde) throw formulaFault("formula-syntax", messages.tildeInTerms(text));
  const sink: FaultSink = { text, issues: [] };
  const expression = toExpression(syntax.right, sink);
  throwFaults(sink);
  return deepFreeze(expression);
}

/** The terms sorted as R sorts them (main effects first, then by order), repetitions dropped, factors in order of appearance. */
export function joinTerms(terms: readonly FixedTermSpec[]): FixedTermSpec[] {
  const variables = new VariableList();
  const numbered = terms.map((term) =>
    [...new Set(term.factors.map((factor) => variables.number(factor)))].sort((a, b) => a - b),
  );
  return variables.specs(distinct(numbered));
}
