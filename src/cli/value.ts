/** Values of flags: choices, counts and proportions. A bad one is added to the faults and read as undefined. */

import * as messages from "../messages/cli.ts";
import type { Issue } from "../messages/issue.ts";
import { nearestName } from "../options/nearest-name.ts";

export function oneOf<T extends string>(
  flag: string,
  text: string,
  choices: readonly T[],
  issues: Issue[],
): T | undefined {
  if (choices.includes(text as T)) return text as T;
  issues.push(messages.notOneOf(flag, text, nearestName(text, choices), choices));
  return undefined;
}

/** A whole number of at least `least`. */
export function count(flag: string, text: string | undefined, least: number, issues: Issue[]): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  issues.push(messages.notCount(flag, text, least));
  return undefined;
}

/** A number strictly between 0 and 1. */
export function proportion(flag: string, text: string | undefined, issues: Issue[]): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value < 1) return value;
  issues.push(messages.notProportion(flag, text));
  return undefined;
}
