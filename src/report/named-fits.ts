/** Fits with names, however they were given. */
import { DeclarationError } from "../messages/issue.ts";
import { notAFit } from "../messages/options.ts";
import type { Fit } from "../model/fit.ts";
import { isFit } from "../model/require-fit.ts";

/** A record of the user's own names; not a promise, a declaration or another object with methods. */
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value));

/**
 * Whatever was given by name: `named({ ml, bayes })` keeps the names; `named(a, [b])` and `named([a, b])` give `fit 1`, `fit 2`.
 *
 * @param of what takes them, as the user wrote it: `anova()`
 * @throws DeclarationError for what is neither a fit nor a record
 */
export function namedInputs(first: unknown, more: readonly unknown[], of: string): (readonly [string, unknown])[] {
  const numbered = (values: readonly unknown[]) => values.map((value, k) => [`fit ${k + 1}`, value] as const);
  if (isFit(first)) return numbered([first, ...more]);
  const rows = Array.isArray(first) && first.some((row) => typeof row?.term === "string");
  if (Array.isArray(first) && !rows) return numbered([...first, ...more]);
  if (isRecord(first)) return [...Object.entries(first), ...more.map((value, k) => [`fit ${k + 1}`, value] as const)];
  throw new DeclarationError([notAFit(of, first)]);
}

/**
 * The same where all are fits.
 *
 * @throws DeclarationError naming every one that is none
 */
export function namedFits(first: unknown, more: readonly unknown[], of: string): (readonly [string, Fit])[] {
  const named = namedInputs(first, more, of);
  const faults = named.flatMap(([name, value]) => (isFit(value) ? [] : [notAFit(of, value, name)]));
  if (faults.length > 0) throw new DeclarationError(faults);
  return named as (readonly [string, Fit])[];
}
