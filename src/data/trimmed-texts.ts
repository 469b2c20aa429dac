/** Texts that a reader trimmed, and that became one with others by it: noted on the array, for `toTable`, so that a fit can say so. */
const TRIMMED = Symbol.for("marginalia.trimmed");

/** Notes on an array of texts those of them that stood in their source with and without blanks around them. */
export function withTrimmed<T extends object>(values: T, merged: readonly string[]): T {
  return merged.length === 0 ? values : Object.defineProperty(values, TRIMMED, { value: merged });
}

/** What `withTrimmed` noted. */
export const trimmedOf = (values: object): readonly string[] | undefined =>
  (values as { readonly [TRIMMED]?: readonly string[] })[TRIMMED];
