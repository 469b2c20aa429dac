/** Text as it may reach a terminal: names and levels come from files, and may hold what moves a cursor or breaks a table. */

/** Controls, line and paragraph separators, and marks that turn the direction of writing. */
const UNSEEN = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const NAMES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

const escaped = (character: string): string => {
  const named = NAMES[character];
  if (named) return named;
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
};

/** Characters that a terminal acts upon as they are written in source: `\n`, `\x1b`. */
export const visible = (text: string): string => text.replace(UNSEEN, escaped);

/** The same line by line: for text that has lines of its own. */
export const visibleLines = (text: string): string => text.split("\n").map(visible).join("\n");
