/** A sum of terms as a formula writes it: fixed terms, offsets and random terms. */
import type { CovarianceKind } from "../covariance/covariance-structure.ts";
import * as messages from "../messages/formula.ts";
import type { FitWarning } from "../messages/issue.ts";
import { type FaultSink, fault, OTHER_STRUCTURES, toExpression } from "./arithmetic.ts";
import { deparse, randomTermText } from "./deparse.ts";
import type { Expression } from "./expression.ts";
import { readGrouping } from "./formula-grouping.ts";
import { structureWord } from "./given-sds.ts";
import { readSds } from "./given-sds-syntax.ts";
import type { PredictorSpec, RandomTermSpec } from "./model-spec.ts";
import { bareNode, type SyntaxNode } from "./syntax.ts";
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
    const { groups, known } = readGrouping(node.right, this.sink);
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
}

/** Reads the sum on the right of `~`. Faults go to the sink, doubtful but harmless things to `notes`. */
export function readSum(node: SyntaxNode, sink: FaultSink, notes: FitWarning[]): PredictorSpec {
  const reader = new SumReader(sink, notes, false);
  const terms = reader.variables.specs(distinct(reader.terms(node, true)));
  return { role: "mu", intercept: reader.intercept, terms, offsets: reader.offsets, random: reader.random };
}
