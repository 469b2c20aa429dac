/** A sum of terms as a formula writes it: fixed terms, offsets and random terms. */

import { type CovarianceKind, structureMeanings } from "../covariance/structures.ts";
import { sharedName } from "../messages/correlated-terms.ts";
import * as messages from "../messages/formula.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { WarningCode } from "../messages/warning-code.ts";
import { isFunctionName } from "./allowed-functions.ts";
import { type FaultSink, fault, OTHER_STRUCTURES, toExpression } from "./arithmetic.ts";
import { deparse, randomTermText } from "./deparse.ts";
import type { Expression } from "./expression.ts";
import { formulaFault } from "./formula-fault.ts";
import { readGrouping } from "./formula-grouping.ts";
import { structureWord } from "./given-sds.ts";
import { readSds } from "./given-sds-syntax.ts";
import type { FixedTermSpec, PredictorSpec, RandomTermSpec } from "./model-spec.ts";
import { bareNode, type SyntaxNode } from "./syntax.ts";
import { type Term, TermExpansion, TermSet, TooManyTerms, VariableList } from "./term-algebra.ts";

const MAXIMUM_TERMS = 2000;
/** Variables handled in all products of a formula: some tenths of a second. */
const MAXIMUM_WORK = 2_000_000;
/** Products and parentheses within each other; a sum may be of any length. */
const MAXIMUM_DEPTH = 500;

/** Reads the sum on the right of `~`, or in front of the bar of a random term. */
class SumReader {
  intercept = true;
  readonly variables = new VariableList();
  readonly offsets: Expression[] = [];
  readonly random: RandomTermSpec[] = [];
  readonly notes: FitWarning[];
  readonly sink: FaultSink;
  readonly #inRandom: boolean;
  readonly #expansion: TermExpansion;
  readonly #written = new Set<string>();
  /** False inside an odd number of removals: there 1 removes the intercept and 0 adds it, as in R. */
  #adding = true;
  #depth = 0;

  constructor(sink: FaultSink, notes: FitWarning[], expansion: TermExpansion, inRandom: boolean) {
    this.sink = sink;
    this.notes = notes;
    this.#expansion = expansion;
    this.#inRandom = inRandom;
  }

  #fault(message: string): Term[] {
    fault(this.sink, message);
    return [];
  }

  /** The terms of a node. `inSum`: the node is reached by sums and parentheses only, so that intercepts, offsets and bars may stand here. */
  terms(node: SyntaxNode, inSum: boolean): Term[] {
    if (this.#depth >= MAXIMUM_DEPTH) throw formulaFault("formula-syntax", messages.tooDeep(this.sink.text, node.at));
    this.#depth++;
    const terms = this.#termsOf(node, inSum);
    this.#depth--;
    return terms;
  }

  #termsOf(node: SyntaxNode, inSum: boolean): Term[] {
    const { text } = this.sink;
    switch (node.kind) {
      case "parentheses":
        return this.#isBar(node.inner) ? this.#randomTerm(node.inner, null, inSum) : this.terms(node.inner, inSum);
      case "number":
        if (node.value !== 0 && node.value !== 1) return this.#fault(messages.numberAsTerm(text, node.at, node.text));
        if (!inSum) return this.#fault(messages.interceptInside(text, node.at));
        this.intercept = (node.value === 1) === this.#adding;
        return [];
      case "string":
        return this.#fault(messages.textAsTerm(text, node.at, node.value));
      case "logical":
        return this.#fault(messages.logicalAsTerm(text, node.at, node.value ? "TRUE" : "FALSE"));
      case "unary":
        if (node.operator === "+") return this.terms(node.operand, inSum);
        this.#remove(new TermSet(), node.operand, inSum);
        return [];
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
      if (!this.#adding) return this.#fault(messages.removedOffset(text, node.at));
      if (!inSum) return this.#fault(messages.topLevelOnly(text, node.at, "offset()"));
      if (node.arguments.length !== 1 || node.arguments[0]!.name !== null)
        return this.#fault(messages.argumentCount(text, node.at, "offset", "one argument"));
      this.offsets.push(toExpression(node.arguments[0]!.value, this.sink));
      return [];
    }
    const [first, ...options] = node.arguments;
    const bare = first?.name === null ? bareNode(first.value) : null;
    const barred = bare !== null && this.#isBar(bare);
    const word = structureWord(node.name);
    // exp is a function too
    if (word && (barred || !isFunctionName(node.name))) {
      if (!barred) return this.#fault(messages.structureNeedsBar(text, node.at, node.name));
      return this.#randomTerm(bare, word.kind, inSum, readSds(node, word, options, this.sink));
    }
    if (OTHER_STRUCTURES.has(node.name))
      return this.#fault(messages.unsupportedStructure(text, node.at, node.name, structureMeanings()));
    return [[this.variables.number(toExpression(node, this.sink))]];
  }

  #binary(node: SyntaxNode & { kind: "binary" }, inSum: boolean): Term[] {
    const { text } = this.sink;
    switch (node.operator) {
      case "+":
      case "-":
        return this.#sum(node, inSum);
      case "%in%":
        return this.#expansion.within(this.terms(node.left, false), this.terms(node.right, false));
      case ":":
        return this.#expansion.interactions(this.terms(node.left, false), this.terms(node.right, false));
      case "*":
        return this.#expansion.crossing(this.terms(node.left, false), this.terms(node.right, false));
      case "/":
        return this.#expansion.nesting(this.terms(node.left, false), this.terms(node.right, false));
      case "^": {
        const exponent = node.right.kind === "number" ? node.right.value : Number.NaN;
        if (!Number.isInteger(exponent) || exponent < 2 || exponent > 10)
          return this.#fault(messages.powerOfTerms(text, node.at));
        return this.#expansion.power(this.terms(node.left, false), exponent);
      }
      case "|":
      case "||":
        return this.#fault(
          this.#inRandom ? messages.barInside(text, node.at) : messages.barWithoutParentheses(text, node.at),
        );
    }
  }

  /** A sum from its first term on; it nests to the left as deeply as it is long. */
  #sum(node: SyntaxNode & { kind: "binary" }, inSum: boolean): Term[] {
    const steps: (SyntaxNode & { kind: "binary" })[] = [];
    let first: SyntaxNode = node;
    while (first.kind === "binary" && (first.operator === "+" || first.operator === "-")) {
      steps.push(first);
      first = first.left;
    }
    const kept = new TermSet();
    for (const term of this.terms(first, inSum)) kept.add(term);
    for (const { operator, right } of steps.reverse()) {
      if (operator === "-") {
        this.#remove(kept, right, inSum);
        continue;
      }
      const added = this.terms(right, inSum);
      const repeated = added.filter((term) => !kept.add(term));
      // Products repeat terms as a matter of course; a single term that is there already was written twice.
      if (added.length === 1 && repeated.length === 1)
        this.#note("duplicate-term", messages.duplicateTerm(this.#labels(added)));
      if (kept.size > MAXIMUM_TERMS) throw new TooManyTerms();
    }
    return kept.terms();
  }

  #labels(terms: readonly Term[]): string {
    return terms.map((term) => term.map((v) => deparse(this.variables.expressions[v]!)).join(":")).join(" + ");
  }

  #note(code: WarningCode, message: string): void {
    this.notes.push({ code, message });
  }

  /** Takes the terms of a node out of `kept`, and the intercept where the node has it. */
  #remove(kept: TermSet, node: SyntaxNode, inSum: boolean): void {
    this.#adding = !this.#adding;
    const removed = this.terms(node, inSum);
    this.#adding = !this.#adding;
    const found = removed.filter((term) => kept.remove(term));
    if (found.length === 0 && removed.length > 0)
      this.#note("removes-nothing", messages.removesNothing(this.#labels(removed)));
  }

  #randomTerm(
    node: SyntaxNode & { kind: "binary" },
    structure: CovarianceKind | null,
    inSum: boolean,
    sd: readonly number[] | null = null,
  ): Term[] {
    const { text } = this.sink;
    if (this.#inRandom || !inSum || !this.#adding) return this.#fault(messages.barInside(text, node.at));
    const inner = new SumReader(this.sink, this.notes, this.#expansion, true);
    const shared = node.operator === "|" && this.#isBar(node.left) && node.left.operator === "|" ? node.left : null;
    const id = shared && nameOf(shared.right);
    if (shared && id === null) return this.#fault(sharedName(text, shared.right.at));
    const terms = inner.variables.specs(inner.terms(shared ? shared.left : node.left, true));
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
        ...(id !== null && { id }),
        ...(sd && { sd }),
        ...(known !== null && { known }),
      };
      const written = randomTermText(term);
      if (this.#written.has(written)) this.#note("duplicate-term", messages.duplicateRandomTerm(written));
      else this.random.push(term);
      this.#written.add(written);
    }
    return [];
  }
}

/** The name that terms share: a word, or a number; null where it is neither. */
const nameOf = (node: SyntaxNode): string | null =>
  node.kind === "name" ? node.name : node.kind === "number" ? node.text : null;

/** Reads the sum on the right of `~`. Faults go to the sink, doubtful but harmless things to `notes`. */
export function readSum(node: SyntaxNode, sink: FaultSink, notes: FitWarning[]): PredictorSpec {
  const reader = new SumReader(sink, notes, new TermExpansion(MAXIMUM_TERMS, MAXIMUM_WORK), false);
  let terms: FixedTermSpec[] = [];
  try {
    terms = reader.variables.specs(reader.terms(node, true));
  } catch (error) {
    if (!(error instanceof TooManyTerms)) throw error;
    fault(sink, messages.tooManyTerms(MAXIMUM_TERMS));
  }
  return { role: "mu", intercept: reader.intercept, terms, offsets: reader.offsets, random: reader.random };
}
