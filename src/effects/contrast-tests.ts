/** Tests and intervals of estimates of one family: against a margin, and adjusted for their number. */
import type { DifferentiableScale } from "../estimates/estimator.ts";
import type { EffectRow } from "../estimates/summarise.ts";
import { waldSummary } from "../prediction/interval.ts";
import { studentTQuantile } from "../special/distributions.ts";
import { type Adjusted, type Adjustment, adjustContrasts } from "./adjust-contrasts.ts";
import { type Margin, marginTest, sideOf } from "./margin.ts";

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
    all.forEach((k, at) => {
      const { conf_low, conf_high } = rows[k]!.numbers;
      if (!tests[at]) out[k] = { statistic: null, p_value: null, conf_low, conf_high };
    });
    const places = all.filter((_, at) => tests[at]);
    const tested = tests.flatMap((test) => test ?? []);
    const adjusted = adjustedFamily();
    places.forEach((k, at) => {
      const { statistic } = tested[at]!;
      const { p_value, critical } = adjusted[at]!;
      out[k] = { statistic, p_value, ...interval(k, critical) };
    });

    function adjustedFamily(): readonly Adjusted[] {
      const own = places.map((k, at) => {
        const df = rows[k]!.df ?? null;
        return { cells: members[k]!.cells, df, ...tested[at]! };
      });
      if (adjust === "none" || own.length === 0)
        return own.map(({ p_value, df }, at) => ({
          p_value,
          critical: studentTQuantile(1 - (1 - confLevel) / tailsOf(places[at]!), df ?? Number.POSITIVE_INFINITY),
        }));
      const slopes = places.map((k) => {
        const { scale } = members[k]!;
        return scale.slope(rows[k]!.numbers.estimate!);
      });
      return adjustContrasts(own, adjust, {
        confLevel,
        covariance: (a, b) => slopes[a]! * slopes[b]! * covariance(places[a]!, places[b]!),
        side: sideOf(marginOf(places[0]!)),
        interval: tailsOf(places[0]!) === 1 ? "one" : "two",
      });
    }
  }
  return out;

  function interval(k: number, critical: number) {
    const { estimate, std_error } = rows[k]!.numbers;
    const { scale } = members[k]!;
    const { conf_low, conf_high } = waldSummary(estimate!, std_error!, critical, scale, scale.slope(estimate!));
    if (marginOf(k).kind === "greater") return { conf_low, conf_high: null };
    if (marginOf(k).kind === "less") return { conf_low: null, conf_high };
    return { conf_low, conf_high };
  }
}
