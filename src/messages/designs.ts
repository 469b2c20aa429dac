/** Texts of tables of designs, and of pilots that are made larger. */
import type { Issue } from "./issue.ts";
import { listed, quoted } from "./lists.ts";
import { shown } from "./options.ts";

export const notAPilot = (of: string, value: unknown): Issue => ({
  code: "bad-study",
  path: ["fit"],
  message: `${of} takes a fit with a distribution, or a mechanism { model, parameters } as fit.with({ trt: 0.4 }) makes it, and not ${shown(value)}.`,
});

export const notAnExtension = (value: unknown): Issue => ({
  code: "bad-design",
  path: ["extend"],
  message: `extend() takes numbers of levels by column, as { g: 40 }, or of rows in each, as { within: { g: 10 } }, and not ${shown(value)}.`,
});

export const noColumnToExtend = (name: string, nearest: string | null, known: readonly string[]): Issue => ({
  code: "unknown-column",
  path: ["extend", name],
  message: `The table has no column "${name}" to extend along${nearest === null ? ": it" : `; did you mean "${nearest}"? It`} has ${listed(quoted(known), 12)}.`,
});

export const notASize = (name: string, value: unknown): Issue => ({
  code: "bad-design",
  path: ["extend", name],
  message: `The number for "${name}" must be a whole number of at least 1, and it is ${shown(value)}.`,
});

export const COUNT =
  "a whole number of at least 1, a list of them, { min: 2, max: 8 }, or { mean: 5 } of at least 1 (one and a Poisson number)";

export const notADesign = (value: unknown): Issue => ({
  code: "bad-design",
  path: ["design"],
  message: `designTable() takes numbers of levels by factor, as { g: 20, within: 5, treatment: "between" }, and not ${shown(value)}.`,
});

export const noFactors = (): Issue => ({
  code: "bad-design",
  path: ["design"],
  message: "The design has no grouping factor: name one with its number of levels, as { g: 20, within: 5 }.",
});

export const notLevels = (name: string, value: unknown, nearest: string | null): Issue => ({
  code: "bad-design",
  path: ["design", name],
  message: `The levels of "${name}" must be ${COUNT}, and they are ${shown(value)}.${nearest === null ? "" : ` Did you mean the option "${nearest}"?`}`,
});

export const noSuchUnit = (name: string, vary: string, nearest: string | null, known: readonly string[]): Issue => ({
  code: "bad-design",
  path: ["design", name],
  message: `"${name}" is to vary by "${vary}", which is none of ${listed(quoted(known), 10)}${nearest === null ? "." : `; did you mean "${nearest}"?`}`,
});

export const fewLevels = (name: string): Issue => ({
  code: "bad-design",
  path: ["design", name],
  message: `The treatment "${name}" needs at least two levels, as ["control", "drug"].`,
});

export const designColumnTwice = (name: string): Issue => ({
  code: "bad-design",
  path: ["design", name],
  message: `The table would have two columns "${name}": grouping factors, time, treatments and covariates each need a name of their own.`,
});
