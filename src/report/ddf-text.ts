/** What degrees of freedom are by, in words, and what is said of few. */
import { fewDegrees } from "../messages/small-sample.ts";
import { visible } from "./visible-text.ts";

const TEXTS: Readonly<Partial<Record<string, string>>> = {
  satterthwaite: "Satterthwaite's degrees of freedom",
  "kenward-roger": "errors and degrees of freedom of Kenward and Roger",
  "between-within": "degrees of freedom between and within groups",
  residual: "the residual's degrees of freedom",
};

/** @param ddf as options and tables name it; undefined for what has none */
export const ddfText = (ddf: string): string | undefined => TEXTS[ddf];

/** With fewer degrees of freedom than this an estimate is tested by hardly anything. */
const HARDLY_ANY_DF = 1;

/** A line about rows whose degrees of freedom are next to none; empty where there are none. */
export function fewDfNote<Row extends { readonly df?: number | null }>(
  rows: readonly Row[],
  labelOf: (row: Row) => string,
): string[] {
  const few = rows.filter(({ df }) => df !== null && df !== undefined && df > 0 && df < HARDLY_ANY_DF);
  if (few.length === 0) return [];
  const least = Math.min(...few.map(({ df }) => df!));
  return [`Note: ${visible(fewDegrees(few.map(labelOf), least))}`];
}
