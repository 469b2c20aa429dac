/** Differences, ratios and odds ratios between the cells of a grid. */
import { identityScale, logScale, type Summary, type TailRecord } from "../prediction/interval.ts";
import { normalUpper } from "../special/distributions.ts";
import type { Grid, GridValue } from "./grid.ts";
import {
  type DifferentiableScale,
  type JointEstimates,
  type PairFunction,
  pairEstimate,
  summarise,
} from "./joint-estimates.ts";

/**
 * Which levels of the contrasted column are compared, within each combination of the other columns:
 * `reference` each with the first, `sequential` each with the one before, `pairwise` each with every earlier one.
 */
export type ContrastKind = "none" | "reference" | "sequential" | "pairwise";

export const contrastKinds: readonly ContrastKind[] = ["none", "reference", "sequential", "pairwise"];

export type ContrastMeasure = "difference" | "ratio" | "odds ratio";

export interface Measure extends PairFunction {
  readonly name: ContrastMeasure;
  /** Scale of the interval and of the test. */
  readonly scale: DifferentiableScale;
  /** Value under no difference. */
  readonly none: number;
}

const odds = (p: number) => p / (1 - p);
const onLog: DifferentiableScale = { ...logScale, slope: (value) => 1 / value };

export const measures: Readonly<Record<ContrastMeasure, Measure>> = {
  difference: {
    name: "difference",
    value: (a, b) => a - b,
    gradient: () => [1, -1],
    scale: { ...identityScale, slope: () => 1 },
    none: 0,
  },
  ratio: {
    name: "ratio",
    value: (a, b) => a / b,
    gradient: (a, b) => [1 / b, -a / (b * b)],
    scale: onLog,
    none: 1,
  },
  "odds ratio": {
    name: "odds ratio",
    value: (a, b) => odds(a) / odds(b),
    gradient: (a, b) => [1 / ((1 - a) * (1 - a) * odds(b)), -odds(a) / (b * b)],
    scale: onLog,
    none: 1,
  },
};

export interface ContrastSummary extends Summary {
  /**
   * Distance from no difference in standard errors, on the scale of the measure's interval; null for a posterior. Where coefficients are at infinity 0, with a
   * p value of 1, to which Wald's test tends as errors grow faster than estimates: no sign that there is no difference, as the warning `separation` says.
   */
  readonly statistic: number | null;
  /** Two-sided, normal; null for a posterior. */
  readonly p_value: number | null;
}

/** Pairs of cells (compared, reference) that differ in `column` only. */
export function contrastPairs(grid: Grid, column: string, kind: ContrastKind): readonly (readonly [number, number])[] {
  if (kind === "none") return [];
  const strata = new Map<string, number[]>();
  grid.cells.forEach((cell, c) => {
    const key = JSON.stringify(grid.columns.filter((name) => name !== column).map((name) => cell[name]));
    const stratum = strata.get(key);
    if (stratum) stratum.push(c);
    else strata.set(key, [c]);
  });
  return [...strata.values()].flatMap((cells) =>
    cells.flatMap((cell, k) => {
      if (k === 0) return [];
      const others =
        kind === "reference" ? cells.slice(0, 1) : kind === "sequential" ? [cells[k - 1]!] : cells.slice(0, k);
      return others.map((other) => [cell, other] as const);
    }),
  );
}

/** `2 vs 1`. */
export const contrastLabel = (level: GridValue, reference: GridValue) => `${level} vs ${reference}`;

/** One measure between quantities i and j, with its standard error, interval and normal test. */
export function contrast(
  joint: JointEstimates,
  i: number,
  j: number,
  measure: Measure,
  confLevel: number,
  tails: TailRecord,
): ContrastSummary {
  const pair = pairEstimate(joint, i, j, measure);
  const summary = summarise(pair, 0, confLevel, measure.scale, tails);
  if (joint.kind === "draws" || summary.std_error === null) return { ...summary, statistic: null, p_value: null };
  const { scale, none } = measure;
  const statistic =
    (scale.to(summary.estimate) - scale.to(none)) / (summary.std_error * Math.abs(scale.slope(summary.estimate)));
  return { ...summary, statistic, p_value: 2 * normalUpper(Math.abs(statistic)) };
}
