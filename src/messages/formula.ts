/** Texts of the faults and notes of formulas. */

/** Most characters of a formula that a message repeats. */
const WIDTH = 160;

/** The formula with a caret under a position (0-based). */
export function excerpt(text: string, position: number): string {
  const lineStart = text.lastIndexOf("\n", position - 1) + 1;
  const nextBreak = text.indexOf("\n", position);
  const lineEnd = nextBreak < 0 ? text.length : nextBreak;
  // Of a long line only what is near the position.
  const start = lineEnd - lineStart <= WIDTH ? lineStart : Math.max(lineStart, position - WIDTH / 2);
  const end = Math.min(lineEnd, Math.max(start + WIDTH, lineStart + WIDTH));
  const before = start > lineStart ? "…" : "";
  const after = end < lineEnd ? "…" : "";
  return `\n  ${before}${text.slice(start, end)}${after}\n  ${" ".repeat(before.length + position - start)}^`;
}

export const unreadable = (text: string, position: number, expected: string, found: string): string =>
  `The formula cannot be read at position ${position + 1}: ${expected} was expected, but ${found} was found.${excerpt(text, position)}`;

export const strayCharacter = (text: string, position: number, character: string): string =>
  `The formula has the character "${character}" at position ${position + 1}, which has no meaning in a formula; a column with an unusual name is written in backticks, as \`my column\`.${excerpt(text, position)}`;

export const unterminated = (text: string, position: number, what: string): string =>
  `The formula opens ${what} at position ${position + 1} and never closes it.${excerpt(text, position)}`;

export const notText = (value: unknown): string =>
  `A formula must be text such as "y ~ x + (1 | group)", not ${value === null ? "null" : typeof value}.`;

export const noTilde = (text: string): string =>
  `The formula "${text}" has no "~": write the response, "~" and the predictors, as "y ~ x + (1 | group)".`;

export const secondTilde = (text: string, position: number): string =>
  `The formula has a second "~" at position ${position + 1}; only one separates the response from the predictors.${excerpt(text, position)}`;

export const dot = (text: string, position: number): string =>
  `The formula uses "." for all other columns at position ${position + 1}; name the columns one by one instead.${excerpt(text, position)}`;

export const unknownFunction = (text: string, position: number, name: string, allowed: readonly string[]): string =>
  `The formula calls ${name}(), which is not allowed in a formula; the functions are ${allowed.join(", ")}. Compute anything else as a column of the table first.${excerpt(text, position)}`;

export const selfStartInside = (text: string, position: number, name: string, known: readonly string[]): string =>
  known.includes(name)
    ? `${name}() is a self-starting model: it is the whole of a nonlinear mean, as .mean("${name}(…)", { parameters }), or --mean on the command line, and no part of a formula or of other arithmetic.${excerpt(text, position)}`
    : `There is no self-starting model ${name}(); there are ${known.join(", ")}. Write another mean out as arithmetic, with starting values.${excerpt(text, position)}`;

export const responseOnlyFunction = (text: string, position: number, name: string): string =>
  `${name}() belongs to the response, on the left of "~", as ${name === "cbind" ? '"cbind(successes, failures) ~ x"' : '"successes | trials(n) ~ x"'}.${excerpt(text, position)}`;

export const topLevelOnly = (text: string, position: number, what: string): string =>
  `${what} must stand alone as a term of the sum, not inside another function or an interaction.${excerpt(text, position)}`;

export const structureOfIndependent = (text: string, position: number, name: string): string =>
  `"||" makes effects independent, which ${name}() does not go with; write ${name}(effects | group), or diag(effects | group) for independent effects.${excerpt(text, position)}`;

/** @param known each structure and what it means */
export const unsupportedStructure = (text: string, position: number, name: string, known: readonly string[]): string =>
  `The covariance structure ${name}() is not supported; the structures are ${known.slice(0, -1).join(", ")} and ${known.at(-1)}, each with given standard deviations by sd =, and cor() and corh() (us with given variances).${excerpt(text, position)}`;

export const structureNeedsBar = (text: string, position: number, name: string): string =>
  `${name}() takes one random term, as ${name}(x | group).${excerpt(text, position)}`;

export const argumentCount = (text: string, position: number, name: string, takes: string): string =>
  `${name}() takes ${takes}.${excerpt(text, position)}`;

export const unknownArgument = (
  text: string,
  position: number,
  name: string,
  argument: string,
  known: readonly string[],
): string =>
  `${name}() has no argument "${argument}"${known.length ? `; it knows ${known.join(" and ")}` : "; it takes no named arguments"}.${excerpt(text, position)}`;

export const badArgument = (text: string, position: number, name: string, argument: string, needs: string): string =>
  `The argument "${argument}" of ${name}() must be ${needs}.${excerpt(text, position)}`;

export const numberAsTerm = (text: string, position: number, value: string): string =>
  `The number ${value} is not a term: only 0 (no intercept) and 1 (intercept) can be added; arithmetic belongs inside I(), as I(${value} * x).${excerpt(text, position)}`;

export const interceptInside = (text: string, position: number): string =>
  `The intercept (0 or 1) can only be added or removed in a sum, not multiplied or crossed with other terms.${excerpt(text, position)}`;

export const textAsTerm = (text: string, position: number, value: string): string =>
  `The text "${value}" is not a term; a column is named without quotes, or in backticks if its name is unusual.${excerpt(text, position)}`;

export const logicalAsTerm = (text: string, position: number, value: string): string =>
  `${value} is a constant, not a term; remove it from the formula.${excerpt(text, position)}`;

export const powerOfTerms = (text: string, position: number): string =>
  `"^" on terms takes a whole number from 2 to 10, as (a + b)^2; a power of a column is written I(x^2).${excerpt(text, position)}`;

export const barWithoutParentheses = (text: string, position: number): string =>
  `A random term must be in parentheses: write (x | group).${excerpt(text, position)}`;

export const barInside = (text: string, position: number): string =>
  `A random term can only be added in a sum, as x + (1 | group), not multiplied, crossed or nested in another.${excerpt(text, position)}`;

export const groupExpression = (text: string, position: number): string =>
  `The right of "|" must name grouping columns: g, a:b (their combinations) or a/b (b nested in a). Write several random terms for several groupings, as (1 | a) + (1 | b).${excerpt(text, position)}`;

export const emptyRandomTerm = (text: string, position: number): string =>
  `The random term has no effects: it removes the intercept and has no other term. Write (1 | group) or (0 + x | group).${excerpt(text, position)}`;

export const offsetInRandom = (text: string, position: number): string =>
  `offset() has no coefficient and cannot vary between groups; move it out of the random term.${excerpt(text, position)}`;

export const comparison = (text: string, position: number, operator: string): string =>
  `The operator "${operator}" cannot be used in a formula; compute the comparison as a column of the table first.${excerpt(text, position)}`;

export const interactionInArithmetic = (text: string, position: number, operator: string): string =>
  `"${operator}" makes interactions of terms and cannot be used inside a function; use "*" for a product of columns.${excerpt(text, position)}`;

export const responseBar = (text: string, position: number): string =>
  `The right of "|" in the response must be trials(n), with n a column or a number, or se(s), with s the known standard errors.${excerpt(text, position)}`;

export const responseForm = (text: string, position: number): string =>
  `The response must be a column, a function of columns as log(y), cbind(successes, failures), y | trials(n), or y | se(s).${excerpt(text, position)}`;

export const positionalAfterNamed = (text: string, position: number): string =>
  `The arguments without a name must come before the named ones.${excerpt(text, position)}`;

export const repeatedArgument = (text: string, position: number, argument: string): string =>
  `The argument "${argument}" is given twice.${excerpt(text, position)}`;

export const duplicateTerm = (term: string): string =>
  `The term ${term} is written twice in the formula; it counts once.`;

export const duplicateRandomTerm = (term: string): string =>
  `The random term ${term} is written twice in the formula; it counts once.`;

export const removesNothing = (term: string): string =>
  `The formula removes ${term}, which it does not contain; nothing was removed.`;

export const tooLong = (length: number): string =>
  `The formula has ${length} characters; more than 20000 are not read.`;

export const tooDeep = (text: string, position: number): string =>
  `The formula nests more than some hundred parentheses, signs, products or functions in each other at position ${position + 1}; write it shorter, or compute a part of it as a column of the table first.${excerpt(text, position)}`;

export const removedOffset = (text: string, position: number): string =>
  `offset() cannot be removed from a formula; leave it out instead.${excerpt(text, position)}`;

export const groupTooDeep = (text: string, position: number): string =>
  `The right of "|" combines more than 50 columns, which is more than a grouping factor is made of.${excerpt(text, position)}`;

export const numberTooLarge = (text: string, position: number, number: string): string =>
  `The number ${number.length > 40 ? `${number.slice(0, 40)}…` : number} is larger than a number can be (1.8e308).${excerpt(text, position)}`;

export const tooManyTerms = (count: number): string =>
  `The formula expands to more than ${count} terms, or to products of too many; leave out the higher interactions.`;

export const tildeInTerms = (text: string): string =>
  `"${text}" has a "~", but only terms are taken here; a whole formula goes into .formula("y ~ x").`;
