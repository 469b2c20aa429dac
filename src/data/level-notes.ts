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
  return [
    ...(texts.length > 0 ? [{ code: "one-number", message: messages.oneNumber(column, texts) }] : []),
    ...(unsafe === undefined ? [] : [{ code: "unsafe-integers", message: messages.unsafeLevels(column, unsafe) }]),
    ...(trimmed ? [{ code: "trimmed-levels", message: messages.trimmedLevels(column, trimmed) }] : []),
    ...(merged ? [{ code: "merged-fractions", message: messages.mergedFractions(column, merged) }] : []),
  ];
}
