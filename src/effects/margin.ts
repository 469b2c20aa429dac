/**
 * Tests against a margin: equivalence by two one-sided tests (Schuirmann 1987, J. Pharmacokinet. Biopharm. 15, 657–680), non-inferiority and
 * non-superiority, one-sided tests; in emmeans' words `delta` and `side`.
 */
import { check, object, optional, pipe } from "valibot";
import type { DifferentiableScale } from "../estimates/estimator.ts";
import { equivalenceNeedsMargin, twoMargins } from "../messages/effects.ts";
import { declarationFault } from "../messages/issue.ts";
import { choice, finiteNumber, numberThat } from "../options/kinds.ts";
import { studentTTwoSided } from "../special/distributions.ts";

export const sides = ["two-sided", "greater", "less", "equivalence", "noninferiority", "nonsuperiority"] as const;

export type Side = (typeof sides)[number];

/** Options of a test against a margin, the same wherever there is one. */
export const marginOptions = {
  /**
   * Bounds between which the quantity is equivalent to no effect, in its own unit (0.8 and 1.25 of a ratio): the hypothesis that it lies outside is tested by
   * two one-sided tests. Without `measure`, contrasts are measured by what has its value of no effect between them, if anything has.
   */
  equivalence: optional(
    pipe(
      object({ lower: finiteNumber, upper: finiteNumber }, "bounds as { lower: -1, upper: 1 }"),
      check(({ lower, upper }) => lower < upper, "bounds of which the lower is less than the upper"),
    ),
  ),
  /** A margin to either side of no effect on the scale of the test (for a ratio, of its logarithm), as emmeans' `delta`; default 0. */
  delta: optional(numberThat((value) => value >= 0 && value < Infinity, "a finite number of 0 or more")),
  /**
   * What is tested: `two-sided` (the default without a margin), `greater`, `less`; with `delta` `equivalence` (the default then), `noninferiority` (greater
   * than −delta) or `nonsuperiority` (less than delta). Intervals of one-sided tests are open on the other side.
   */
  side: optional(choice(sides)),
};

export interface MarginOptions {
  readonly equivalence?: { readonly lower: number; readonly upper: number } | undefined;
  readonly delta?: number | undefined;
  readonly side?: Side | undefined;
}

/** What counts against the hypothesis: great values of the distance to `low`, small ones of that to `high`, or both. */
export type Margin =
  | { readonly kind: "two-sided" }
  | { readonly kind: "greater"; readonly by: number }
  | { readonly kind: "less"; readonly by: number }
  | { readonly kind: "equivalence"; readonly by: number }
  | { readonly kind: "bounds"; readonly lower: number; readonly upper: number };

/** @throws DeclarationError for two margins, and for equivalence without one */
export function readMargin({ equivalence, delta, side }: MarginOptions): Margin {
  if (equivalence) {
    if (delta !== undefined || (side !== undefined && side !== "equivalence")) throw declarationFault(twoMargins());
    return { kind: "bounds", ...equivalence };
  }
  const by = delta ?? 0;
  switch (side ?? (by > 0 ? "equivalence" : "two-sided")) {
    case "greater":
    case "noninferiority":
      return { kind: "greater", by };
    case "less":
    case "nonsuperiority":
      return { kind: "less", by };
    case "equivalence":
      if (by === 0) throw declarationFault(equivalenceNeedsMargin());
      return { kind: "equivalence", by };
    case "two-sided":
      return by > 0 ? { kind: "equivalence", by } : { kind: "two-sided" };
  }
}

export interface MarginTest {
  /** As emmeans': for equivalence negative, the further the better. */
  readonly statistic: number;
  readonly p_value: number;
}

/** P(T ≥ t). */
function upperTail(t: number, df: number | null): number {
  const half = studentTTwoSided(Math.abs(t), df ?? Number.POSITIVE_INFINITY) / 2;
  return t > 0 ? half : 1 - half;
}

/** Whether bounds are values that a quantity on this scale can have. */
export const boundsFit = (
  scale: DifferentiableScale,
  { lower, upper }: { readonly lower: number; readonly upper: number },
) => !Number.isNaN(scale.to(lower)) && scale.to(upper) > Number.NEGATIVE_INFINITY;

/**
 * The test of an estimate.
 *
 * @param none its value of no effect
 */
export function marginTest(
  { estimate, std_error }: { readonly estimate: number; readonly std_error: number },
  { scale, none }: { readonly scale: DifferentiableScale; readonly none: number },
  df: number | null,
  margin: Margin,
): MarginTest {
  const zero = scale.to(none);
  const error = std_error * Math.abs(scale.slope(estimate));
  const distance = scale.to(estimate) - zero;
  if (margin.kind === "two-sided") {
    const statistic = distance / error;
    return { statistic, p_value: 2 * upperTail(Math.abs(statistic), df) };
  }
  if (margin.kind === "greater") {
    const statistic = (distance + margin.by) / error;
    return { statistic, p_value: upperTail(statistic, df) };
  }
  if (margin.kind === "less") {
    const statistic = (distance - margin.by) / error;
    return { statistic, p_value: upperTail(-statistic, df) };
  }
  const low = margin.kind === "equivalence" ? -margin.by : scale.to(margin.lower) - zero;
  const high = margin.kind === "equivalence" ? margin.by : scale.to(margin.upper) - zero;
  // the nearer bound decides
  const statistic = Math.max((low - distance) / error, (distance - high) / error);
  return { statistic, p_value: upperTail(-statistic, df) };
}

/** Whether two one-sided tests are made. */
export const isEquivalence = ({ kind }: Margin): boolean => kind === "equivalence" || kind === "bounds";

/** A margin in columns of a row, in the unit of the estimate; none of two-sided tests. */
export function marginColumns(
  margin: Margin,
  { scale, none }: { readonly scale: DifferentiableScale; readonly none: number },
): { readonly alternative?: string; readonly margin_low?: number; readonly margin_high?: number } {
  const at = (by: number) => scale.from(scale.to(none) + by);
  switch (margin.kind) {
    case "two-sided":
      return {};
    case "greater":
      return { alternative: "greater", margin_low: at(-margin.by) };
    case "less":
      return { alternative: "less", margin_high: at(margin.by) };
    case "equivalence":
      return { alternative: "equivalence", margin_low: at(-margin.by), margin_high: at(margin.by) };
    case "bounds":
      return { alternative: "equivalence", margin_low: margin.lower, margin_high: margin.upper };
  }
}

/** The side of a margin's test that adjustments know. */
export const sideOf = ({ kind }: Margin): "two" | "greater" | "less" =>
  kind === "two-sided" ? "two" : kind === "greater" ? "greater" : "less";
