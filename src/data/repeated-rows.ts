/** Rows that count several times, written out: a row of frequency weight m is m responses. */

import { declarationFault, type FitWarning } from "../messages/issue.ts";
import { frequencyNotWhole, tooManyRepeated } from "../messages/repeated-rows.ts";
import type { Design } from "./design.ts";

export interface RepeatedRows {
  /** Indices of the rows, each as often as it counts, one after the other; null where each counts once. */
  readonly rows: readonly number[] | null;
  readonly warnings: readonly FitWarning[];
}

/** Most responses that rows stand for together: beyond, each is taken once. */
export const MOST_REPEATED = 1e6;

/** @throws DeclarationError where a frequency is no whole number, of which no response can be so many */
export function repeatedRows(
  { n, rows, frequencyWeights }: Pick<Design, "n" | "rows" | "frequencyWeights">,
  what: string,
): RepeatedRows {
  if (!frequencyWeights || frequencyWeights.every((count) => count === 1)) return { rows: null, warnings: [] };
  const broken = frequencyWeights.findIndex((count) => !Number.isInteger(count));
  if (broken >= 0) throw declarationFault(frequencyNotWhole(what, rows[broken]! + 1, frequencyWeights[broken]!));
  const total = frequencyWeights.reduce((sum, count) => sum + count, 0);
  if (total > MOST_REPEATED) return { rows: null, warnings: [tooManyRepeated(n, total)] };
  return {
    rows: Array.from({ length: n }, (_, i) => new Array<number>(frequencyWeights[i]!).fill(i)).flat(),
    warnings: [],
  };
}
