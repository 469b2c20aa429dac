/**
 * R's algebra of model terms (Chambers and Hastie, *Statistical Models in S*, 1992, section 2.3). A term is a set of variables, a
 * formula a list of terms without repetition: `a*b` = a + b + a:b, `a/b` = a + a:b, `(a+b)^2` = a + b + a:b.
 */

import { deparse } from "./deparse.ts";
import type { Expression } from "./expression.ts";
import type { FixedTermSpec } from "./model-spec.ts";

/** A term: the numbers of its variables, ascending. */
export type Term = readonly number[];

/** The variables of a formula in the order in which they appear; their numbers make up terms. */
export class VariableList {
  readonly expressions: Expression[] = [];
  readonly #numbers = new Map<string, number>();

  number(expression: Expression): number {
    const label = deparse(expression);
    const known = this.#numbers.get(label);
    if (known !== undefined) return known;
    this.#numbers.set(label, this.expressions.length);
    return this.expressions.push(expression) - 1;
  }

  /** The terms, main effects first and then by their order, as they were within each order. */
  specs(terms: readonly Term[]): FixedTermSpec[] {
    return terms
      .toSorted((a, b) => a.length - b.length)
      .map((term) => ({ kind: "fixedTerm", factors: term.map((variable) => this.expressions[variable]!) }));
  }
}

const termKey = (term: Term): string => term.join();

/** The terms without repetition, each where it first appears. */
export function distinct(terms: readonly Term[]): Term[] {
  const set = new TermSet();
  for (const term of terms) set.add(term);
  return set.terms();
}

/** Terms without repetition, in the order in which they were added. */
export class TermSet {
  readonly #terms = new Map<string, Term>();

  get size(): number {
    return this.#terms.size;
  }

  /** Whether the term was not there before. */
  add(term: Term): boolean {
    const key = termKey(term);
    if (this.#terms.has(key)) return false;
    this.#terms.set(key, term);
    return true;
  }

  /** Whether the term was there. */
  remove(term: Term): boolean {
    return this.#terms.delete(termKey(term));
  }

  terms(): Term[] {
    return [...this.#terms.values()];
  }
}

/** Thrown where an expansion is given up. */
export class TooManyTerms extends Error {}

const interaction = (a: Term, b: Term): Term => [...new Set([...a, ...b])].sort((i, j) => i - j);

/**
 * Products of terms within bounds, so that no formula takes more than a moment to expand, whatever it expands to. One expansion serves all
 * products of a formula.
 */
export class TermExpansion {
  readonly #maximum: number;
  #work: number;

  /**
   * @param maximum most terms of a product
   * @param work most variables handled in all products together
   */
  constructor(maximum: number, work: number) {
    this.#maximum = maximum;
    this.#work = work;
  }

  #into(set: TermSet, term: Term): void {
    if (set.add(term) && set.size > this.#maximum) throw new TooManyTerms();
  }

  #pairsInto(set: TermSet, left: readonly Term[], right: readonly Term[]): void {
    for (const a of left)
      for (const b of right) {
        this.#work -= 1 + a.length + b.length;
        if (this.#work < 0) throw new TooManyTerms();
        this.#into(set, interaction(a, b));
      }
  }

  #setOf(...lists: readonly (readonly Term[])[]): TermSet {
    const set = new TermSet();
    for (const terms of lists) for (const term of terms) this.#into(set, term);
    return set;
  }

  /** `a:b`: every term of one with every term of the other. */
  interactions(left: readonly Term[], right: readonly Term[]): Term[] {
    const set = new TermSet();
    this.#pairsInto(set, left, right);
    return set.terms();
  }

  /** `a*b`. What crosses with nothing, as `a*(b - b)`, stays as it is, and nothing crosses with nothing: R's rule. */
  crossing(left: readonly Term[], right: readonly Term[]): Term[] {
    if (left.length === 0 || right.length === 0) return [...left];
    const set = this.#setOf(left, right);
    this.#pairsInto(set, left, right);
    return set.terms();
  }

  /** `a/b`: b within the combinations of all of a. */
  nesting(left: readonly Term[], right: readonly Term[]): Term[] {
    if (left.length === 0) return [];
    const set = this.#setOf(left);
    const all = [...new Set(left.flat())].sort((i, j) => i - j);
    this.#pairsInto(set, [all], right);
    return set.terms();
  }

  /** `b %in% a`: `a:b`, but b where a is empty. */
  within(left: readonly Term[], right: readonly Term[]): Term[] {
    return right.length === 0 ? [...left] : this.interactions(left, right);
  }

  /** `(a + b)^k`, in the order of the products of each with each. */
  power(terms: readonly Term[], exponent: number): Term[] {
    let result: readonly Term[] = terms;
    for (let k = 1; k < exponent; k++) result = this.interactions(result, terms);
    return [...result];
  }
}
