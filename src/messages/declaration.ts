/** Texts of the faults of a declaration, before any table is looked at. */
import { shown } from "./options.ts";

export const randomInFixed = (text: string): string =>
  `"${text}" has a random term, but .fixed() takes fixed terms; give it to .random("(effects | group)").`;

export const fixedInRandom = (text: string): string =>
  `"${text}" must be one or more random terms and nothing else, as "(Days | Subject)"; fixed terms go into .fixed().`;

export const slopeWithRandomText = (text: string): string =>
  `"${text}" is a whole random term, so it takes no slopes or options beside it; write them into the term, as "(x | group)".`;

export const offsetInSlope = (text: string): string =>
  `"${text}" is no slope of a random term; offset() and random terms cannot vary between groups.`;

export const emptyRandom = (group: string): string =>
  `The random term of ${group} has no effects: with intercept: false it needs at least one slope, as .random("${group}", "x", { intercept: false }).`;

export const emptyName = (method: string): string => `.${method}() needs the name of a column as text.`;

export const emptyLevels = (column: string): string =>
  `.factor("${column}", levels) needs its levels, the reference first, as .factor("${column}", ["control", "treated"]).`;

export const repeatedLevel = (column: string, level: string): string =>
  `The level "${level}" of ${column} is listed twice; list each level once, the reference first.`;

export const unknownPriorClass = (name: string, classes: readonly string[], meant: string | null): string =>
  `"${name}" is not a class of parameters${meant === null ? "" : `; did you mean "${meant}"?`}${meant === null ? ";" : ""} ${meant === null ? "the" : "The"} classes are ${classes.slice(0, -1).join(", ")} and ${classes.at(-1)}, and one parameter is named after a colon, as "sd:Subject".`;

export const notADistribution = (target: string): string =>
  `The prior of "${target}" must be a distribution, as normal(0, 2.5) or halfNormal(1).`;

/** Of a function that makes a family, given as it is. */
export const familyNotCalled = (name: string): string =>
  `.family() needs a family and was given a function; call it, as ${name === "" ? "poisson" : name}().`;

export const notAFamily = (of: string): string => `${of} needs a family, as binomial() or poisson({ link: "log" }).`;

export const badTrials = (trials: unknown): string =>
  `The trials of the response must be a column name or a whole number above 0, not ${JSON.stringify(trials)}.`;

export const notJSON = (detail: string): string => `The text of the declaration is not JSON: ${detail}.`;

export const notASpec = (): string =>
  `This is not a declaration: an object with kind "ModelSpec" and version 1 is needed, as toJSON() makes it.`;

export const notASpecOf = (of: string, value: unknown): string =>
  `${of} needs the specification of a declaration, as model(table).formula(…).spec, not ${isDeclaration(value) ? "the declaration itself: give its .spec" : shown(value)}.`;

const isDeclaration = (value: unknown): boolean =>
  typeof (value as { formula?: unknown } | null)?.formula === "function";

export const tooDeep = "it nests too deeply, or refers to itself";

export const shallower = "of at most some hundred operators and functions within each other";

export const badField = (path: string, needs: string): string => `The declaration's ${path} must be ${needs}.`;

export const emptyParameter = (): string =>
  `.parameter() needs the name of a parameter of the distribution as text, as .parameter("sigma", "~ x").`;

export const meanAsParameter = (formula: unknown): string =>
  `The mean's predictor is declared by .formula(), as .formula(${JSON.stringify(`y ${String(formula)}`)}), and not by .parameter("mu", …).`;

export const parameterWithResponse = (name: string, formula: string): string =>
  `The formula "${formula}" has a response, but the predictor of ${name === "disp" ? "the dispersion" : name} has only a right side, as "~ x + (1 | g)".`;
