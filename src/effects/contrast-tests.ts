/** Tests and intervals of estimates of one family: against a margin, and adjusted for their number. */
import type { DifferentiableScale } from "../estimates/estimator.ts";
import type { EffectRow } from "../estimates/summarise.ts";
import { waldSummary } from "../prediction/interval.ts";
import { studentTQuantile } from "../special/distributions.ts";
import { type Adjusted, type Adjustment, adjustContrasts } from "./adjust-contrasts.ts";
import { isEquivalence, type Margin, marginTest, sideOf } from "./margin.ts";

/** What a family of tests is asked. */
export interface FamilyTests {
  readonly adjust: Adjustment;
  readonly margin: Margin;
  readonly confLevel: number;
  /** Covariance of two of the rows by their place, in their own units. */
  readonly covariance: (a: number, b: number) => number;
}

/** One estimate of a family. */
export interface FamilyMember {
  /** What is adjusted together: members with the same. */
  readonly family: string;
  readonly scale: DifferentiableScale;
  readonly none: number;
  /** Cells of a grid that it compares; of others its own place. */
  readonly cells: readonly number[];
  /** Its own margin in the place of the family's; an adjustment by a joint distribution takes that of the first. */
  readonly margin?: Margin;
}

/** What changes of a row. */
export interface TestedRow {
  readonly statistic: number | null;
  readonly p_value: number | null;
  readonly conf_low: number | null;
  readonly conf_high: number | null;
  /** Of tests of equivalence: the interval at 1 − 2 (1 − level), as 0.90 for 0.95, which is within the bounds where the test says so. */
  readonly tost_low?: number | null;
  readonly tost_high?: number | null;
}

/** What a margin and an adjustment change of each row that is tested, by its place; undefined where nothing changes. */
export function testedRows(
  rows: readonly EffectRow<unknown>[],
  members: readonly FamilyMember[],
  { adjust, margin, confLevel, covariance }: FamilyTests,
): readonly (TestedRow | undefined)[] {
  const out = new Array<TestedRow | undefined>(rows.length);
  const marginOf = (k: number): Margin => members[k]!.margin ?? margin;
  const tailsOf = (k: number): 1 | 2 => (["greater", "less"].includes(marginOf(k).kind) ? 1 : 2);
  if (adjust === "none" && members.every((_, k) => marginOf(k).kind === "two-sided")) return out;
  const families = new Map<string, number[]>();
  rows.forEach(({ test }, k) => {
    if (test?.p_value == null) return;
    const { family } = members[k]!;
    families.set(family, [...(families.get(family) ?? []), k]);
  });
  for (const all of families.values()) {
    const tests = all.map((k) => {
      const { numbers, df = null } = rows[k]!;
      const { estimate, std_error } = numbers as { estimate: number; std_error: number };
      return marginTest({ estimate, std_error }, members[k]!, df, marginOf(k));
    });
    const adjusted = adjustedFamily(tailsOf(all[0]!), (at) => tailsOf(all[at]!));
    const oneSided = all.some((k) => isEquivalence(marginOf(k))) ? adjustedFamily(1, () => 1) : null;
    all.forEach((k, at) => {
      const { statistic } = tests[at]!;
      const { p_value, critical } = adjusted[at]!;
      out[k] = { statistic, p_value, ...interval(k, critical) };
      if (!oneSided || !isEquivalence(marginOf(k))) return;
      const { conf_low, conf_high } = ends(k, oneSided[at]!.critical);
      out[k] = { ...out[k], tost_low: conf_low, tost_high: conf_high };
    });

    /** @param ofAll tails of intervals that hold for all together @param ofOne of those that do not */
    function adjustedFamily(ofAll: 1 | 2, ofOne: (at: number) => 1 | 2): readonly Adjusted[] {
      const own = all.map((k, at) => {
        const df = rows[k]!.df ?? null;
        return { cells: members[k]!.cells, df, ...tests[at]! };
      });
      if (adjust === "none")
        return own.map(({ p_value, df }, at) => ({
          p_value,
          critical: studentTQuantile(1 - (1 - confLevel) / ofOne(at), df ?? Number.POSITIVE_INFINITY),
        }));
      const slopes = all.map((k) => {
        const { scale } = members[k]!;
        return scale.slope(rows[k]!.numbers.estimate!);
      });
      return adjustContrasts(own, adjust, {
        confLevel,
        covariance: (a, b) => slopes[a]! * slopes[b]! * covariance(all[a]!, all[b]!),
        side: sideOf(marginOf(all[0]!)),
        interval: ofAll === 1 ? "one" : "two",
      });
    }
  }
  return out;

  function ends(k: number, critical: number) {
    const { estimate, std_error } = rows[k]!.numbers;
    const { scale } = members[k]!;
    return waldSummary(estimate!, std_error!, critical, scale, scale.slope(estimate!));
  }

  function interval(k: number, critical: number) {
    const { conf_low, conf_high } = ends(k, critical);
    if (marginOf(k).kind === "greater") return { conf_low, conf_high: null };
    if (marginOf(k).kind === "less") return { conf_low: null, conf_high };
    return { conf_low, conf_high };
  }
}
