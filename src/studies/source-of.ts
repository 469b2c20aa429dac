/** What functions of a study are, as text: two that read the same are taken for the same. */

const keys = new WeakMap<object, string>();

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (typeof inner === "function" ? String(inner) : inner)) ?? "";

/** Says what a function that the library made was made of: its own text is that of all its kind. */
export function madeOf<F extends (...given: never[]) => unknown>(of: F, ...parts: readonly unknown[]): F {
  keys.set(of, textOf(parts));
  return of;
}

export const sourceOf = (of: (...given: never[]) => unknown): string => keys.get(of) ?? String(of);
