/** Fits with names, however they were given. */
import type { Fit } from "../model/fit.ts";
import { isFit } from "../model/require-fit.ts";

/** `fits({ ml, bayes })` keeps the names; `fits(a, b)` gives `fit 1`, `fit 2`. */
export function namedFits(
  first: Fit | Readonly<Record<string, Fit>>,
  more: readonly Fit[] = [],
): readonly (readonly [string, Fit])[] {
  if (!isFit(first)) return [...Object.entries(first), ...more.map((fit, k) => [`fit ${k + 1}`, fit] as const)];
  return [first, ...more].map((fit, k) => [`fit ${k + 1}`, fit] as const);
}
