/** Formulas as in R, lme4 and glmmTMB, read into the parts of a `ModelSpec`. */
import type { CovarianceKind } from "../covariance/covariance-structure.ts";
import * as messages from "../messages/formula.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import { grArguments } from "../messages/known-covariance.ts";
import { type FaultSink, fault, OTHER_STRUCTURES, toExpression } from "./arithmetic.ts";
import { deparse, randomTermText } from "./deparse.ts";
import type { Expression } from "./expression.ts";
import { formulaFault } from "./formula-fault.ts";
import { deepFreeze } from "./freeze.ts";
import { structureWord } from "./given-sds.ts";
import { readSds } from "./given-sds-syntax.ts";
import type { FixedTermSpec, PredictorSpec, RandomTermSpec, ResponseSpec } from "./model-spec.ts";
import { parseSyntax, type SyntaxNode } from "./syntax.ts";
import {
  crossing,
  distinct,
  interactions,
  nesting,
  power,
  type Term,
  termKey,
  VariableList,
  without,
} from "./term-algebra.ts";

export interface ParsedFormula {
  /** null for a one-sided formula `~ x`. */
  readonly response: ResponseSpec | null;
  /** The variances of `y | se(s)`, s²; null where the formula gives none. */
  readonly knownVariance: Expression | null;
  readonly predictor: PredictorSpec;
  /** Doubtful but harmless: a term written twice, a removal of nothing. */
  readonly notes: readonly FitWarning[];
}

/** The left of a formula. */
export interface ParsedResponse {
  readonly response: ResponseSpec;
  /** As `ParsedFormula.knownVariance`. */
  readonly knownVariance: Expression | null;
}

const MAXIMUM_TERMS = 2000;

/** Reads the sum on the right of `~`, or in front of the bar of a random term. */
class SumReader {
  intercept = true;
  readonly variables = new VariableList();
  readonly offsets: Expression[] = [];
  readonly random: RandomTermSpec[] = [];
  readonly notes: FitWarning[];
  readonly sink: FaultSink;
  readonly #inRandom: boolean;

  constructor(sink: FaultSink, notes: FitWarning[], inRandom: boolean) {
    this.sink = sink;
    this.notes = notes;
    this.#inRandom = inRandom;
  }

  #fault(message: string): Term[] {
    fault(this.sink, message);
    return [];
  }

  /** The terms of a node. `inSum`: the node is reached by sums and parentheses only, so that intercepts, offsets and bars may stand here. */
  terms(node: SyntaxNode, inSum: boolean): Term[] {
    const { text } = this.sink;
    switch (node.kind) {
      case "parentheses":
        return this.#isBar(node.inner) ? this.#randomTerm(node.inner, null, inSum) : this.terms(node.inner, inSum);
      case "number":
        if (node.value !== 0 && node.value !== 1) return this.#fault(messages.numberAsTerm(text, node.at, node.text));
        if (!inSum) return this.#fault(messages.interceptInside(text, node.at));
        this.intercept = node.value === 1;
        return [];
      case "string":
        return this.#fault(messages.textAsTerm(text, node.at, node.value));
      case "logical":
        return this.#fault(messages.logicalAsTerm(text, node.at, node.value ? "TRUE" : "FALSE"));
      case "unary":
        return node.operator === "+" ? this.terms(node.operand, inSum) : this.#remove([], node.operand, inSum, node.at);
      case "name":
        return [[this.variables.number(toExpression(node, this.sink))]];
      case "call":
        return this.#call(node, inSum);
      case "binary":
        return this.#binary(node, inSum);
    }
  }

  #isBar(node: SyntaxNode): node is SyntaxNode & { kind: "binary" } {
    return node.kind === "binary" && (node.operator === "|" || node.operator === "||");
  }

  #call(node: SyntaxNode & { kind: "call" }, inSum: boolean): Term[] {
    const { text } = this.sink;
    if (node.name === "offset") {
      if (this.#inRandom) return this.#fault(messages.offsetInRandom(text, node.at));
      if (!inSum) return this.#fault(messages.topLevelOnly(text, node.at, "offset()"));
      if (node.arguments.length !== 1 || node.arguments[0]!.name !== null)
        return this.#fault(messages.argumentCount(text, node.at, "offset", "one argument"));
      this.offsets.push(toExpression(node.arguments[0]!.value, this.sink));
      return [];
    }
    const [first, ...options] = node.arguments;
    const bare = first?.name === null ? bareNode(first.value) : null;
    const word = structureWord(node.name);
    if (word) {
      if (bare === null || !this.#isBar(bare)) return this.#fault(messages.structureNeedsBar(text, node.at, node.name));
      return this.#randomTerm(bare, word.kind, inSum, readSds(node, word, options, this.sink));
    }
    if (OTHER_STRUCTURES.has(node.name) || (node.name === "exp" && bare !== null && this.#isBar(bare)))
      return this.#fault(messages.unsupportedStructure(text, node.at, node.name));
    return [[this.variables.number(toExpression(node, this.sink))]];
  }

  #binary(node: SyntaxNode & { kind: "binary" }, inSum: boolean): Term[] {
    const { text } = this.sink;
    switch (node.operator) {
      case "+": {
        const left = this.terms(node.left, inSum);
        const right = this.terms(node.right, inSum);
        // Products repeat terms as a matter of course; a single term that is there already was written twice.
        if (right.length === 1 && left.some((term) => termKey(term) === termKey(right[0]!)))
          this.#note(
            "duplicate-term",
            messages.duplicateTerm(right[0]!.map((v) => deparse(this.variables.expressions[v]!)).join(":")),
          );
        return this.#bounded([...left, ...right]);
      }
      case "-":
        return this.#remove(this.terms(node.left, inSum), node.right, inSum, node.at);
      case ":":
      case "%in%":
        return this.#bounded(interactions(this.terms(node.left, false), this.terms(node.right, false)));
      case "*":
        return this.#bounded(crossing(this.terms(node.left, false), this.terms(node.right, false)));
      case "/":
        return this.#bounded(nesting(this.terms(node.left, false), this.terms(node.right, false)));
      case "^": {
        const exponent = node.right.kind === "number" ? node.right.value : Number.NaN;
        if (!Number.isInteger(exponent) || exponent < 1 || exponent > 10)
          return this.#fault(messages.powerOfTerms(text, node.at));
        const terms = this.terms(node.left, false);
        if (terms.length > 30 && exponent > 2) return this.#fault(messages.tooManyTerms(MAXIMUM_TERMS));
        return this.#bounded(power(terms, exponent));
      }
      case "|":
      case "||":
        return this.#fault(
          this.#inRandom ? messages.barInside(text, node.at) : messages.barWithoutParentheses(text, node.at),
        );
    }
  }

  #bounded(terms: readonly Term[]): Term[] {
    const kept = distinct(terms);
    return kept.length > MAXIMUM_TERMS ? this.#fault(messages.tooManyTerms(MAXIMUM_TERMS)) : kept;
  }

  #note(code: string, message: string): void {
    this.notes.push({ code, message });
  }

  #remove(left: readonly Term[], node: SyntaxNode, inSum: boolean, at: number): Term[] {
    const bare = node.kind === "parentheses" ? node.inner : node;
    if (bare.kind === "number" && (bare.value === 0 || bare.value === 1)) {
      if (!inSum) return this.#fault(messages.interceptInside(this.sink.text, at));
      this.intercept = bare.value === 0;
      return [...left];
    }
    if (this.#isBar(bare)) return this.#fault(messages.barInside(this.sink.text, bare.at));
    const intercept = this.intercept;
    const right = this.terms(node, inSum);
    this.intercept = intercept;
    const kept = without(left, right);
    if (kept.length === left.length && right.length > 0)
      this.#note(
        "removes-nothing",
        messages.removesNothing(
          right.map((term) => term.map((v) => deparse(this.variables.expressions[v]!)).join(":")).join(" + "),
        ),
      );
    return kept;
  }

  #randomTerm(
    node: SyntaxNode & { kind: "binary" },
    structure: CovarianceKind | null,
    inSum: boolean,
    sd: readonly number[] | null = null,
  ): Term[] {
    const { text } = this.sink;
    if (this.#inRandom || !inSum) return this.#fault(messages.barInside(text, node.at));
    const inner = new SumReader(this.sink, this.notes, true);
    const terms = inner.variables.specs(inner.terms(node.left, true));
    const { groups, known } = this.#grouping(node.right);
    if (!inner.intercept && terms.length === 0 && this.sink.issues.length === 0)
      return this.#fault(messages.emptyRandomTerm(text, node.at));
    if (node.operator === "||" && structure !== null && structure !== "diag")
      return this.#fault(messages.structureOfIndependent(text, node.at, structure));
    const covariance: CovarianceKind = node.operator === "||" ? "diag" : (structure ?? "us");
    for (const group of groups) {
      const term: RandomTermSpec = {
        kind: "randomTerm",
        intercept: inner.intercept,
        terms,
        group,
        covariance,
        ...(sd && { sd }),
        ...(known !== null && { known }),
      };
      const written = randomTermText(term);
      if (this.random.some((other) => randomTermText(other) === written))
        this.#note("duplicate-term", messages.duplicateRandomTerm(written));
      else this.random.push(term);
    }
    return [];
  }

  /** The groupings of the right of a bar and, of `gr(group, cov = A)`, the name of the known covariance across their levels. */
  #grouping(node: SyntaxNode): { groups: string[][]; known: string | null } {
    if (node.kind === "parentheses") return this.#grouping(node.inner);
    if (node.kind !== "call" || node.name !== "gr") return { groups: this.#groups(node), known: null };
    const [group, ...options] = node.arguments;
    const [option] = options;
    if (!group || group.name !== null || options.length > 1 || (option && option.name !== "cov")) {
      fault(this.sink, grArguments(this.sink.text, node.at));
      return { groups: [], known: null };
    }
    const groups = this.#groups(group.value);
    if (!option) return { groups, known: null };
    if (option.value.kind !== "name" || groups.length > 1) {
      fault(this.sink, grArguments(this.sink.text, node.at));
      return { groups: [], known: null };
    }
    return { groups, known: option.value.name };
  }

  /** The groupings of the right of a bar, coarsest first: `a/b` gives a and then b:a, named as lme4 names it. */
  #groups(node: SyntaxNode): string[][] {
    if (node.kind === "name") {
      if (node.name === "." && !node.quoted) fault(this.sink, messages.dot(this.sink.text, node.at));
      return [[node.name]];
    }
    if (node.kind === "parentheses") return this.#groups(node.inner);
    if (node.kind === "call" && node.name === "factor" && node.arguments.length === 1)
      return this.#groups(node.arguments[0]!.value);
    if (node.kind === "binary" && node.operator === ":") {
      const left = this.#groups(node.left);
      const right = this.#groups(node.right);
      if (left.length === 1 && right.length === 1) return [[...new Set([...left[0]!, ...right[0]!])]];
    }
    if (node.kind === "binary" && node.operator === "/") {
      const left = this.#groups(node.left);
      const right = this.#groups(node.right);
      const finest = left[left.length - 1] ?? [];
      return [...left, ...right.map((group) => [...new Set([...group, ...finest])])];
    }
    fault(this.sink, messages.groupExpression(this.sink.text, node.at));
    return [];
  }
}

const bareNode = (node: SyntaxNode): SyntaxNode => (node.kind === "parentheses" ? node.inner : node);

/** `y | se(s)` taken apart into y and the variances s²; any other response as it is. */
function readLeft(node: SyntaxNode, sink: FaultSink): ParsedResponse {
  const bare = bareNode(node);
  const right = bare.kind === "binary" && bare.operator === "|" ? bare.right : null;
  if (bare.kind !== "binary" || right?.kind !== "call" || right.name !== "se")
    return { response: readResponse(node, sink), knownVariance: null };
  const [error] = right.arguments;
  if (right.arguments.length !== 1 || error!.name !== null)
    fault(
      sink,
      messages.argumentCount(sink.text, right.at, "se", "one argument, the known standard error of each row"),
    );
  return {
    response: readResponse(bare.left, sink),
    knownVariance: error ? squared(toExpression(error.value, sink)) : null,
  };
}

/** The expression x². */
export const squared = (expression: Expression): Expression => ({
  kind: "binary",
  operator: "^",
  left: expression,
  right: { kind: "number", value: 2 },
});

function readResponse(node: SyntaxNode, sink: FaultSink): ResponseSpec {
  const { text } = sink;
  const bare = bareNode(node);
  if (bare.kind === "call" && bare.name === "cbind") {
    if (bare.arguments.length !== 2 || bare.arguments.some((argument) => argument.name !== null))
      fault(sink, messages.argumentCount(text, bare.at, "cbind", "two arguments, the successes and the failures"));
    const [successes, failures] = bare.arguments.map((argument) => toExpression(argument.value, sink));
    const none: Expression = { kind: "number", value: 0 };
    return { kind: "successesFailures", successes: successes ?? none, failures: failures ?? none };
  }
  if (bare.kind === "binary" && (bare.operator === "|" || bare.operator === "||")) {
    const { right } = bare;
    const expression = toExpression(bare.left, sink);
    if (bare.operator === "|" && right.kind === "call" && right.name === "trials" && right.arguments.length === 1)
      return { kind: "trials", expression, trials: toExpression(right.arguments[0]!.value, sink) };
    fault(sink, messages.responseBar(text, right.at));
    return { kind: "single", expression };
  }
  const expression = toExpression(bare, sink);
  if (expression.kind === "number" || expression.kind === "string" || expression.kind === "logical")
    if (sink.issues.length === 0) fault(sink, messages.responseForm(text, bare.at));
  return { kind: "single", expression };
}

function throwFaults(sink: FaultSink): void {
  if (sink.issues.length > 0) throw new DeclarationError(sink.issues);
}

function readSum(node: SyntaxNode, sink: FaultSink, notes: FitWarning[]): PredictorSpec {
  const reader = new SumReader(sink, notes, false);
  const terms = reader.variables.specs(distinct(reader.terms(node, true)));
  return { role: "mu", intercept: reader.intercept, terms, offsets: reader.offsets, random: reader.random };
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
