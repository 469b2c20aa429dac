/** What intervals, tests, adjustments and margins of a table are, as lines below it. */
import { ddfText } from "../report/ddf-text.ts";
import { formatNumber } from "../report/format-number.ts";
import type { Adjustment } from "./adjust-contrasts.ts";
import type { Margin } from "./margin.ts";

/** What rows say of their intervals and tests. */
export interface InferredRow {
  readonly ddf?: unknown;
  readonly df?: number | null;
  readonly statistic?: number | null;
  readonly conf_low?: number | null;
  readonly conf_high?: number | null;
  readonly infer?: unknown;
}

const percent = (level: number): string => String(Number(level.toPrecision(6)));

/** Where t, where normal; null: there is neither. @param vcov a robust covariance by its name */
export function distributionNote(rows: readonly InferredRow[], vcov?: string): string | null {
  const inferred = rows.filter(({ statistic, conf_low }) => (statistic ?? conf_low ?? null) !== null);
  const errors = vcov === undefined || vcov === "model" ? "" : `robust errors ${vcov}`;
  const words = [...new Set(inferred.map(({ ddf }) => (ddf == null ? null : (ddfText(String(ddf)) ?? String(ddf)))))];
  if (words.length === 0) return null;
  const text = words
    .map((one) => (one === null ? `${words.length > 1 ? "others " : ""}normal` : `t with ${one}`))
    .sort((a) => (a.endsWith("normal") ? 1 : -1))
    .join(", ");
  return [`Tests and intervals: ${text}`, errors].filter(Boolean).join(", ");
}

/** The level of intervals, and the scale they are on where that is not the estimate's. */
export function levelNote(confLevel: number, scales: readonly string[], tested: boolean): string {
  const on = [...new Set(scales)];
  const level = `Level of intervals: ${percent(confLevel)}`;
  if (on.length === 0) return level;
  return `${level}; ${tested ? "intervals and tests" : "intervals"} are on the scale of the ${on.join(" and the ")}, ${tested ? "intervals transformed back" : "transformed back"}`;
}

const METHODS: Readonly<Record<Exclude<Adjustment, "none">, string>> = {
  tukey: "Tukey's method",
  dunnett: "Dunnett's method (multivariate t)",
  mvt: "the multivariate t distribution",
  holm: "Holm's method (intervals: Bonferroni's)",
  bonferroni: "Bonferroni's method",
  sidak: "Šidák's method",
  fdr: "the false discovery rate (intervals: Bonferroni's)",
  scheffe: "Scheffé's method",
};

/** @param sizes of the families, in order @param what they are families of */
export function adjustmentNote(adjust: Adjustment, sizes: readonly number[], what: string): string | null {
  if (adjust === "none") return null;
  const different = [...new Set(sizes)].sort((a, b) => a - b);
  const family =
    different.length === 0
      ? ""
      : ` for ${sizes.length > 1 ? "families" : "a family"} of ${different.join(" or ")} ${what}`;
  return `P values and intervals adjusted by ${METHODS[adjust]}${family}`;
}

const signed = (value: number) => formatNumber(value);

/** What is tested, where that is not whether there is an effect. @param ratios whether margins are of ratios too, on the scale of the logarithm */
export function marginNote(margin: Margin, confLevel: number, ratios: boolean): string | null {
  const where = ratios ? " on the scale of the test" : "";
  const interval = `; equivalent where tost_low to tost_high, the interval at ${percent(2 * confLevel - 1)}, lies within`;
  switch (margin.kind) {
    case "two-sided":
      return null;
    case "bounds":
      return `Tests of equivalence between ${signed(margin.lower)} and ${signed(margin.upper)}, two one-sided tests${interval}`;
    case "equivalence":
      return `Tests of equivalence within ±${signed(margin.by)}${where}, two one-sided tests${interval}`;
    case "greater":
      return margin.by > 0
        ? `Tests of non-inferiority: greater than no effect less a margin of ${signed(margin.by)}${where}`
        : "One-sided tests: greater than no effect";
    case "less":
      return margin.by > 0
        ? `Tests of non-superiority: less than no effect plus a margin of ${signed(margin.by)}${where}`
        : "One-sided tests: less than no effect";
  }
}
