/** Tests and intervals of several contrasts at once, which hold for all of them together. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { fQuantile, fUpper, studentTQuantile } from "../special/distributions.ts";
import { type MaximumT, maximumT } from "../special/multivariate-t.ts";
import { studentisedRangeQuantile, studentisedRangeUpper } from "../special/studentised-range.ts";

/**
 * `tukey`: pairwise differences by the studentised range (Tukey 1953; Kramer 1956 for unequal errors). `dunnett`: differences from a reference, and `mvt`:
 * any contrasts, by the multivariate t with the correlations of their estimates (Dunnett 1955; Genz & Bretz 2009; multcomp's single step). `bonferroni`: p
 * values times their number. `sidak`: as if they were independent. `holm`: Holm's (1979) sequence, with Bonferroni's intervals. `fdr`: Benjamini and
 * Hochberg's (1995) false discovery rate, with Bonferroni's intervals, as R's. `scheffe`: all combinations of the contrasts (Scheffé 1953).
 */
export const adjustments = [
  "none",
  "tukey",
  "dunnett",
  "mvt",
  "holm",
  "bonferroni",
  "sidak",
  "fdr",
  "scheffe",
] as const;

export type Adjustment = (typeof adjustments)[number];

/** Those that are of two-sided tests alone. */
export const twoSidedAdjustments: readonly Adjustment[] = ["tukey", "dunnett", "scheffe"];

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

export interface AdjustOptions {
  readonly confLevel: number;
  /** Covariance of two of the contrasts by their place, on the scale of their tests. */
  readonly covariance: (a: number, b: number) => number;
  /** What counts against the hypothesis: values far from 0 (the default), great ones, or small ones. */
  readonly side?: "two" | "greater" | "less";
  /** Sides of the intervals, where they are others than the tests'. */
  readonly interval?: "two" | "one";
}

const infinite = (df: number | null): number => df ?? Number.POSITIVE_INFINITY;

/** Adjusts the contrasts of one family, in order. */
export function adjustContrasts(
  family: readonly TestedContrast[],
  adjustment: Exclude<Adjustment, "none">,
  { confLevel, covariance, side = "two", interval = side === "two" ? "two" : "one" }: AdjustOptions,
): Adjusted[] {
  const count = family.length;
  const level = 1 - confLevel;
  const tails = interval === "two" ? 2 : 1;
  const bonferroni = ({ df }: TestedContrast) => studentTQuantile(1 - level / (tails * count), infinite(df));
  switch (adjustment) {
    case "tukey":
      return tukey(family, level);
    case "dunnett":
    case "mvt":
      return multivariate(family, level, covariance, side, interval);
    case "scheffe":
      return scheffe(family, confLevel, covariance);
    case "sidak": {
      const own = -Math.expm1(Math.log1p(-level) / count);
      return family.map(({ p_value, df }) => ({
        p_value: -Math.expm1(count * Math.log1p(-p_value)),
        critical: studentTQuantile(1 - own / tails, infinite(df)),
      }));
    }
    case "bonferroni":
      return family.map((one) => ({ p_value: Math.min(1, count * one.p_value), critical: bonferroni(one) }));
    case "holm":
    case "fdr": {
      const values = adjustment === "holm" ? holm(family) : falseDiscoveryRate(family);
      return family.map((one, k) => ({ p_value: values[k]!, critical: bonferroni(one) }));
    }
  }
}

function tukey(family: readonly TestedContrast[], level: number): Adjusted[] {
  const means = new Set(family.flatMap(({ cells }) => cells)).size;
  const quantiles = new Map<number, number>();
  return family.map(({ statistic, df }) => {
    const own = infinite(df);
    const critical = quantiles.get(own) ?? studentisedRangeQuantile(level, means, own) / Math.SQRT2;
    quantiles.set(own, critical);
    return { p_value: studentisedRangeUpper(Math.SQRT2 * Math.abs(statistic), means, own), critical };
  });
}

/** n × n. */
function correlations(count: number, covariance: (a: number, b: number) => number): Float64Array {
  const sd = Float64Array.from({ length: count }, (_, k) => Math.sqrt(covariance(k, k)));
  const R = new Float64Array(count * count);
  for (let a = 0; a < count; a++)
    for (let b = 0; b < count; b++) R[a * count + b] = a === b ? 1 : covariance(a, b) / (sd[a]! * sd[b]!);
  return R;
}

/** Each with its own degrees of freedom, as if they were those of all. */
function multivariate(
  family: readonly TestedContrast[],
  level: number,
  covariance: (a: number, b: number) => number,
  side: "two" | "greater" | "less",
  interval: "two" | "one",
): Adjusted[] {
  const count = family.length;
  const R = correlations(count, covariance);
  const known = new Map<string, MaximumT>();
  const of = (df: number, tail: "two" | "upper") => {
    const key = `${df} ${tail}`;
    let found = known.get(key);
    if (!found) {
      found = maximumT(R, count, df, tail);
      known.set(key, found);
    }
    return found;
  };
  const quantiles = new Map<number, number>();
  return family.map(({ statistic, df }) => {
    const own = infinite(df);
    const distance = side === "two" ? Math.abs(statistic) : side === "greater" ? statistic : -statistic;
    let critical = quantiles.get(own);
    if (critical === undefined) {
      critical = of(own, interval === "two" ? "two" : "upper").critical(level);
      quantiles.set(own, critical);
    }
    return { p_value: of(own, side === "two" ? "two" : "upper").upper(distance), critical };
  });
}

/** An eigenvalue of the correlations below this share of the largest is none. */
const NO_RANK = 1e-9;

function scheffe(
  family: readonly TestedContrast[],
  confLevel: number,
  covariance: (a: number, b: number) => number,
): Adjusted[] {
  const count = family.length;
  const R = correlations(count, covariance);
  const matrix = new Matrix(
    Array.from({ length: count }, (_, a) => Array.from(R.subarray(a * count, (a + 1) * count))),
  );
  const values = new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).realEigenvalues;
  const largest = Math.max(...values);
  const rank = values.filter((value) => value > NO_RANK * largest).length;
  return family.map(({ statistic, df }) => ({
    p_value: fUpper(statistic ** 2 / rank, rank, infinite(df)),
    critical: Math.sqrt(rank * fQuantile(confLevel, rank, infinite(df))),
  }));
}

const byPValue = (family: readonly TestedContrast[]) =>
  family.map(({ p_value }, k) => ({ p_value, k })).sort((a, b) => a.p_value - b.p_value);

function holm(family: readonly TestedContrast[]): Float64Array {
  const count = family.length;
  const values = new Float64Array(count);
  let largest = 0;
  byPValue(family).forEach(({ p_value, k }, rank) => {
    largest = Math.max(largest, Math.min(1, (count - rank) * p_value));
    values[k] = largest;
  });
  return values;
}

function falseDiscoveryRate(family: readonly TestedContrast[]): Float64Array {
  const count = family.length;
  const values = new Float64Array(count);
  let least = 1;
  byPValue(family)
    .toReversed()
    .forEach(({ p_value, k }, place) => {
      least = Math.min(least, (count / (count - place)) * p_value);
      values[k] = least;
    });
  return values;
}
