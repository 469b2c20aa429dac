/** Texts about options and arguments: unknown, missing, or of the wrong kind. */
import type { Issue } from "./issue.ts";
import { listed } from "./lists.ts";

const quoted = (text: string): string =>
  text.length > 60 ? `${JSON.stringify(text.slice(0, 57))}…` : JSON.stringify(text);

/** Marks a number that JSON has not. */
const NUMBER = "no JSON: ";

/** A value as a sentence can show it. */
export function shown(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return String(value);
  const name = (value as object).constructor?.name ?? "Object";
  if (name !== "Array" && name !== "Object") return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (_, entry) =>
      Number.isFinite(entry) || typeof entry !== "number" ? entry : `${NUMBER}${entry}`,
    );
    text = text?.replaceAll(new RegExp(`"${NUMBER}([^"]*)"`, "g"), "$1");
  } catch {
    // A record that holds itself has no JSON.
  }
  if (text !== undefined && text.length <= 60) return text;
  return Array.isArray(value) ? `an array of ${value.length}` : `an object of ${some(Object.keys(value))}`;
}

const some = (names: readonly string[]): string => listed(names, names.length > 6 ? 5 : 6);

const didYouMean = (nearest: string | null): string => (nearest === null ? "" : `; did you mean ${nearest}?`);

export const unknownOption = (of: string, path: string, nearest: string | null, known: readonly string[]): Issue => ({
  code: "unknown-option",
  path: [of, path],
  message: `${of} has no option ${path}${didYouMean(nearest) || "."} Its options are ${known.join(", ")}.`,
});

export const missingOption = (of: string, path: string, wanted: string): Issue => ({
  code: "missing-option",
  path: [of, path],
  message: `${of} needs the option ${path}, ${wanted}.`,
});

export const badOption = (of: string, path: string, wanted: string, value: unknown, nearest: string | null): Issue => ({
  code: "bad-option",
  path: [of, path],
  message: `${path} of ${of} must be ${wanted}, not ${shown(value)}${didYouMean(nearest && JSON.stringify(nearest)) || "."}`,
});

export const takesNoOptions = (of: string, names: readonly string[]): Issue => ({
  code: "unknown-option",
  path: [of, ...names],
  message: `${of} takes no options: leave out ${some(names)}.`,
});

export const optionsNotARecord = (of: string, value: unknown, known: readonly string[]): Issue => ({
  code: "options-not-a-record",
  path: [of],
  message: `${of} takes its options as an object with any of ${known.join(", ")}, not ${shown(value)}.`,
});

const isPromise = (value: unknown): boolean => typeof (value as { then?: unknown } | null)?.then === "function";

/** What stands where a fit belongs, in words. */
function instead(value: unknown): string {
  const { fit, kind } = (value ?? {}) as { fit?: unknown; kind?: unknown };
  if (isPromise(value)) return "a promise of one: await it first";
  if (typeof fit === "function") return "a declaration: fit it first, as await declared.fit()";
  if (Array.isArray(value) && value.some((row) => typeof row?.term === "string"))
    return "rows of a table: give the fit itself, not what its tidy() returned";
  return kind === undefined ? shown(value) : `an object of the kind ${shown(kind)}`;
}

/** @param name of one of several fits */
export const notAFit = (of: string, value: unknown, name?: string): Issue => ({
  code: "not-a-fit",
  path: name === undefined ? [of] : [of, name],
  message: `${name === undefined ? `${of} needs` : `${shown(name)} of ${of} must be`} a fit, as .fit() and .sample() of a declaration make it, not ${instead(value)}.`,
});

export const notAModel = (of: string, value: unknown): Issue => ({
  code: "not-a-model",
  path: [of],
  message: `${of} needs a declaration, as model(table).formula(…), or a compiled model, not ${isPromise(value) ? "a promise: await it first" : shown(value)}.`,
});

export const twoNames = (of: string, now: string, before: string) =>
  `The options ${now} and ${before} of ${of} are one: ${before} is the name that ${now} had before. Give ${now} alone.`;
