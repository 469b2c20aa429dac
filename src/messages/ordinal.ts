/** Texts about ordered responses. */

import type { Issue } from "./issue.ts";
import type { IssueCode } from "./issue-code.ts";
import { listed } from "./lists.ts";

export const refusal = (code: IssueCode, path: string, message: string): Issue => ({ code, path: [path], message });

// Responses

export const categoryNumber = (count: number): string =>
  `an ordered response is numbered by its categories, whole numbers from 1 to ${count}.`;
export const ordinalExpression = (response: string): string =>
  `The ordered response ${response} is computed; it must be a column, or factor(column): store what is computed as a column first.`;
export const ordinalFraction = (response: string, row: number, value: number): string =>
  `The ordered response ${response} is ${value} in row ${row}, which is not a whole number; if its values are categories, declare their order with .factor("${response}", levels).`;
export const ordinalFewLevels = (response: string, levels: readonly string[]): string =>
  levels.length === 0
    ? `The ordered response ${response} has no category in the used rows; it must have at least two.`
    : `The ordered response ${response} has only one category in the used rows ("${levels[0]}"); it must have at least two.`;
export const ordinalManyLevels = (response: string, count: number, most: number): string =>
  `The ordered response ${response} has ${count} categories, more than the ${most} that can have thresholds; join neighbouring ones, or use another family.`;
export const ordinalUnobserved = (response: string, levels: readonly string[]): string =>
  `The categor${levels.length === 1 ? "y" : "ies"} ${listed(levels, 12)} of the ordered response ${response} ${levels.length === 1 ? "does" : "do"} not occur in the used rows, so that the thresholds beside ${levels.length === 1 ? "it" : "them"} cannot be told apart; leave ${levels.length === 1 ? "it" : "them"} out of the levels, or join ${levels.length === 1 ? "it" : "them"} with a neighbour.`;
export const ordinalIntercept = (): string =>
  "An ordered response has thresholds in place of an intercept, so the model is the same without one: factors keep their reference level.";
export const ordinalTextOrder = (response: string, levels: readonly string[]): string =>
  `The categories of the ordered response ${response} were taken in the order of the alphabet: ${listed(levels, 12)}; give another with .factor("${response}", levels).`;

// Priors

export const orderedPriorRare = (tries: number): Issue =>
  refusal(
    "thresholds-rarely-ordered",
    "prior",
    `The priors of the thresholds almost never increase from one to the next: none of ${tries} draws did. Order their locations as the thresholds are.`,
  );
export const ordinalNonlinear = (): Issue =>
  refusal(
    "nonlinear-categories",
    "family",
    "A nonlinear mean needs a response with a mean, and an ordered response has categories; use a linear predictor with family 'cumulative'.",
  );
