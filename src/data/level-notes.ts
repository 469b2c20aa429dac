/**
 * What is to be said of levels that are nearly the same: one number in two texts, texts that differ in blanks, two fractions in one level, whole
 * numbers too large to differ.
 */
import * as messages from "../messages/data.ts";
import type { FitWarning } from "../messages/issue.ts";
import { type Coded, sameNumber } from "./factor.ts";

/** @param rows the used rows */
export function levelNotes(column: string, coded: Coded, rows: Int32Array): FitWarning[] {
  const texts = sameNumber(coded, rows);
  const { merged, numbers, written, trimmed } = coded;
  // beyond 2⁵³ neighbouring whole numbers are one double, and nothing here can tell them apart
  const unsafe = written ? undefined : numbers?.find((value) => Math.abs(value) > Number.MAX_SAFE_INTEGER);
  const notes: FitWarning[] = [];
  if (texts.length > 0) notes.push({ code: "one-number", message: messages.oneNumber(column, texts) });
  if (unsafe !== undefined) notes.push({ code: "unsafe-integers", message: messages.unsafeLevels(column, unsafe) });
  if (trimmed) notes.push({ code: "trimmed-levels", message: messages.trimmedLevels(column, trimmed) });
  if (merged) notes.push({ code: "merged-fractions", message: messages.mergedFractions(column, merged) });
  return notes;
}
