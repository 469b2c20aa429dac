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
