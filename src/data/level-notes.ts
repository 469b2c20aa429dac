/** What is to be said of levels that are nearly the same: one number in two texts, two fractions in one level. */
import * as messages from "../messages/data.ts";
import type { FitWarning } from "../messages/issue.ts";
import { type Coded, sameNumber } from "./factor.ts";

/** @param rows the used rows */
export function levelNotes(column: string, coded: Coded, rows: Int32Array): FitWarning[] {
  const texts = sameNumber(coded, rows);
  const { merged } = coded;
  return [
    ...(texts.length > 0 ? [{ code: "one-number", message: messages.oneNumber(column, texts) }] : []),
    ...(merged ? [{ code: "merged-fractions", message: messages.mergedFractions(column, merged) }] : []),
  ];
}
