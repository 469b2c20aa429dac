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

export const termKey = (term: Term): string => term.join();

/** The terms without repetition, each where it first appears. */
export function distinct(terms: readonly Term[]): Term[] {
  const seen = new Set<string>();
  return terms.filter((term) => !seen.has(termKey(term)) && seen.add(termKey(term)));
}

const interaction = (a: Term, b: Term): Term => [...new Set([...a, ...b])].sort((i, j) => i - j);

/** `a:b`: every term of one with every term of the other. */
export const interactions = (left: readonly Term[], right: readonly Term[]): Term[] =>
  distinct(left.flatMap((a) => right.map((b) => interaction(a, b))));

/** `a*b`. */
export const crossing = (left: readonly Term[], right: readonly Term[]): Term[] =>
  distinct([...left, ...right, ...interactions(left, right)]);

/** `a/b`: b within the combinations of all of a. */
export const nesting = (left: readonly Term[], right: readonly Term[]): Term[] =>
  distinct([...left, ...interactions([left.reduce(interaction, [])], right)]);

/** `(a + b)^k`. */
export function power(terms: readonly Term[], exponent: number): Term[] {
  let result: readonly Term[] = terms;
  for (let k = 1; k < exponent; k++) result = distinct([...result, ...interactions(result, terms)]);
  return distinct(result);
}

/** The terms of `left` that are not in `right`. */
export function without(left: readonly Term[], right: readonly Term[]): Term[] {
  const removed = new Set(right.map(termKey));
  return left.filter((term) => !removed.has(termKey(term)));
}
