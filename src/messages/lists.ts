/** Lists of names as they stand in sentences. */

type Names = readonly (string | number)[];

/**
 * `a, b, c`; of more than `most` names the first of them and how many more there are.
 *
 * @example listed(["a", "b", "c"], 2) // "a, b and 1 more"
 */
export const listed = (names: Names, most = Number.POSITIVE_INFINITY): string =>
  names.length <= most ? names.join(", ") : `${names.slice(0, most).join(", ")} and ${names.length - most} more`;

const withWord = (names: Names, word: string): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} ${word} ${names.at(-1)}`;

/** `a, b and c`. */
export const listedWithAnd = (names: Names): string => withWord(names, "and");

/** `a, b or c`. */
export const listedWithOr = (names: Names): string => withWord(names, "or");

/** Each name in quotes. */
export const quoted = (names: Names): string[] => names.map((name) => `"${name}"`);
