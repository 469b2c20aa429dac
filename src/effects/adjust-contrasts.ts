/** Tests and intervals of several contrasts at once, which hold for all of them together. */
import { studentTQuantile } from "../special/distributions.ts";
import { studentisedRangeQuantile, studentisedRangeUpper } from "../special/studentised-range.ts";

/**
 * `tukey`: pairwise differences by the studentised range (Tukey 1953; Kramer 1956 for unequal errors). `bonferroni`: p values times their number.
 * `holm`: Holm's (1979) sequence of those, with Bonferroni's intervals.
 */
export const adjustments = ["none", "tukey", "holm", "bonferroni"] as const;

export type Adjustment = (typeof adjustments)[number];

/** One tested contrast of two cells. */
export interface TestedContrast {
  readonly cells: readonly number[];
  readonly statistic: number;
  /** Null: normal. */
  readonly df: number | null;
  readonly p_value: number;
}

export interface Adjusted {
  readonly p_value: number;
  /** How many standard errors the interval reaches to either side. */
  readonly critical: number;
}

/** Adjusts the contrasts of one family, in order. */
export function adjustContrasts(
  family: readonly TestedContrast[],
  adjustment: Exclude<Adjustment, "none">,
  confLevel: number,
): Adjusted[] {
  const count = family.length;
  const level = 1 - confLevel;
  if (adjustment === "tukey") {
    const means = new Set(family.flatMap(({ cells }) => cells)).size;
    const quantiles = new Map<number, number>();
    return family.map(({ statistic, df }) => {
      const own = df ?? Number.POSITIVE_INFINITY;
      const critical = quantiles.get(own) ?? studentisedRangeQuantile(level, means, own) / Math.SQRT2;
      quantiles.set(own, critical);
      return { p_value: studentisedRangeUpper(Math.SQRT2 * Math.abs(statistic), means, own), critical };
    });
  }
  const critical = ({ df }: TestedContrast) =>
    studentTQuantile(1 - level / (2 * count), df ?? Number.POSITIVE_INFINITY);
  if (adjustment === "bonferroni")
    return family.map((one) => ({ p_value: Math.min(1, count * one.p_value), critical: critical(one) }));
  const values = new Float64Array(count);
  let largest = 0;
  family
    .map(({ p_value }, k) => ({ p_value, k }))
    .sort((a, b) => a.p_value - b.p_value)
    .forEach(({ p_value, k }, rank) => {
      largest = Math.max(largest, Math.min(1, (count - rank) * p_value));
      values[k] = largest;
    });
  return family.map((one, k) => ({ p_value: values[k]!, critical: critical(one) }));
}
