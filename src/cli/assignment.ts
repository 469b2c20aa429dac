/** `NAME=v1,v2,…` as flags take it: values are quoted as fields of a CSV file are. */

import * as messages from "../messages/cli.ts";
import { DeclarationError } from "../messages/issue.ts";

export interface Assignment {
  readonly name: string;
  readonly values: readonly string[];
}

/**
 * Splits `NAME=v1,v2,…`. A value (or the name) with a comma, quote or `=` is written in double quotes, its own quotes doubled.
 *
 * @throws DeclarationError naming the flag when the text has no `=`, no name, an empty value, or a stray quote.
 * @example parseAssignment("--factor", 'dose=low,"1,5","a=b"') // { name: "dose", values: ["low", "1,5", "a=b"] }
 */
export function parseAssignment(flag: string, text: string, example: string): Assignment {
  const quotedName = /^\s*"((?:[^"]|"")*)"\s*=/.exec(text);
  const equals = quotedName ? quotedName[0].length - 1 : text.indexOf("=");
  const name = quotedName ? unquote(quotedName[1]!) : text.slice(0, Math.max(equals, 0)).trim();
  if (equals < 0 || name === "" || text.slice(equals + 1).trim() === "") {
    throw new DeclarationError([messages.notAssignment(flag, text, example)]);
  }
  const fields = splitFields(text.slice(equals + 1));
  if (!fields) throw new DeclarationError([messages.badQuoting(flag, text)]);
  if (fields.some(({ value, quoted }) => value === "" && !quoted)) {
    throw new DeclarationError([messages.emptyLevel(flag, name)]);
  }
  return { name, values: fields.map(({ value }) => value) };
}

/** Comma-separated fields, or undefined where the quoting is not that of CSV. */
function splitFields(text: string): { value: string; quoted: boolean }[] | undefined {
  const fields: { value: string; quoted: boolean }[] = [];
  const field = /\s*(?:"((?:[^"]|"")*)"|([^",]*?))\s*(,|$)/y;
  for (;;) {
    const match = field.exec(text);
    if (!match) return undefined;
    fields.push({ value: match[1] === undefined ? match[2]! : unquote(match[1]), quoted: match[1] !== undefined });
    if (match[3] === "") return fields;
  }
}

function unquote(text: string): string {
  return text.replaceAll('""', '"');
}
