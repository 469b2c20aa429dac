/** Texts of the faults of random terms that share a name, as (1 |p| g). */
import { excerpt } from "./formula.ts";
import { listed } from "./lists.ts";

/** @param terms as formulas have them */
export const sharedGroups = (id: string, terms: readonly string[]): string =>
  `The terms ${listed(terms, 6)} share |${id}|, but not their grouping factor: effects of different groups cannot be correlated. Give those of each factor a name of their own.`;

export const sharedPlain = (id: string, term: string): string =>
  `The term ${term} shares |${id}| with others, whose effects then have free standard deviations and correlations: a structure or standard deviations of its own have no place there.`;

/** The middle of (1 |p| g) that is no name. */
export const sharedName = (text: string, position: number): string =>
  `Between two bars stands a name that terms of several predictors share, as p in (1 |p| g), by which their effects are correlated: one word, or a number.${excerpt(text, position)}`;
