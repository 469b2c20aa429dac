/** Ranks judged: simultaneous bands, exact p-values, a verdict. */
import { rankShapes, verdicts } from "../messages/calibration.ts";
import type { FitWarning } from "../messages/issue.ts";
import { formatNumber } from "../report/format-number.ts";
import type { Printable } from "../report/printable.ts";
import { printable } from "../report/printable.ts";
import { textTable } from "../report/text-table.ts";
import type { EcdfBands } from "./ecdf-bands.ts";
import { rankCounts, simultaneousBands, uniformityTest } from "./ecdf-bands.ts";

/** The ranks of one quantity. */
export interface SbcQuantity {
  readonly name: string;
  /** One a fit, from 0 to `possible` − 1. */
  readonly ranks: Int32Array;
  /** ECDF minus uniform at the bands' points: what a plot shows. */
  readonly difference: Float64Array;
  /** Whether the ECDF stays inside the simultaneous band throughout. */
  readonly inside: boolean;
  /** Exact p-value of the same test. */
  readonly p_value: number;
  /** What kind of departure it is where there is one. */
  readonly shape: keyof typeof rankShapes;
}

export interface SbcResult extends Printable {
  /** Fits that have ranks. */
  readonly fits: number;
  /** Number of different ranks. */
  readonly possible: number;
  readonly level: number;
  readonly bands: EcdfBands;
  readonly quantities: readonly SbcQuantity[];
  /** Whether all quantities pass together at the level: the smallest p-value times their number is above 1 − level (Bonferroni). */
  readonly calibrated: boolean;
  readonly verdict: string;
  /** Fits that were run again with more draws, and fits with divergent transitions. */
  readonly lengthened: number;
  readonly divergent: number;
  readonly warnings: readonly FitWarning[];
}

interface Ranked {
  readonly names: readonly string[];
  readonly ranks: readonly Int32Array[];
  readonly possible: number;
  readonly level: number;
  readonly warnings: readonly FitWarning[];
  readonly lengthened: number;
  readonly divergent: number;
}

/** The departure named after mean and spread of the ranks, whichever is further from those of uniform ones. */
function shapeOf(ranks: Int32Array, possible: number): keyof typeof rankShapes {
  const n = ranks.length;
  let mean = 0;
  for (const rank of ranks) mean += (rank + 0.5) / possible / n;
  let spread = 0;
  for (const rank of ranks) spread += ((rank + 0.5) / possible - mean) ** 2 / n;
  const location = (mean - 0.5) / Math.sqrt(1 / 12 / n);
  // Var (U − ½)² = 1/180
  const width = (spread - 1 / 12) / Math.sqrt(1 / 180 / n);
  if (Math.max(Math.abs(location), Math.abs(width)) < 2) return "other";
  if (Math.abs(location) > Math.abs(width)) return location > 0 ? "high" : "low";
  return width > 0 ? "narrow" : "wide";
}

/** The ranks of every quantity beside the bands that uniform ranks stay within. */
export function sbcResult({ names, ranks, possible, level, ...rest }: Ranked): SbcResult {
  const fits = ranks[0]?.length ?? 0;
  const bands = simultaneousBands(fits, possible, level);
  const quantities = names.map((name, k): SbcQuantity => {
    const counts = rankCounts(ranks[k]!, possible, possible);
    const p = uniformityTest(counts, fits);
    const inside = counts.every((count, i) => count >= bands.lower[i]! && count <= bands.upper[i]!);
    return {
      name,
      ranks: ranks[k]!,
      difference: Float64Array.from(counts, (count, i) => count / fits - bands.points[i]!),
      inside,
      p_value: p,
      shape: p < 1 - level ? shapeOf(ranks[k]!, possible) : "uniform",
    };
  });
  const threshold = (1 - level) / quantities.length;
  const bad = quantities.filter(({ p_value }) => p_value < threshold);
  const verdict =
    bad.length === 0
      ? verdicts.calibrated(quantities.length, fits, `${formatNumber(100 * level)} %`)
      : verdicts.miscalibrated(bad.map(({ name }) => `"${name}"`).join(", "), fits);
  return printable(
    { fits, possible, level, bands, quantities, calibrated: bad.length === 0, verdict, ...rest },
    (style) => {
      const table = textTable(
        [
          { header: "quantity", cells: quantities.map(({ name }) => name), align: "left" },
          { header: "p_value", cells: quantities.map(({ p_value }) => p_value.toFixed(3)) },
          { header: "inside", cells: quantities.map(({ inside }) => (inside ? "yes" : "no")) },
          { header: "ranks", cells: quantities.map(({ shape }) => rankShapes[shape]), align: "left" },
        ],
        style,
      );
      const notes = rest.warnings.map(({ message }) => style(message, "warning"));
      const title = style(`Simulation-based calibration: ${fits} fits, ranks 0 to ${possible - 1}`, "title");
      return [title, "", ...table, "", verdict, ...notes].join("\n");
    },
  );
}
