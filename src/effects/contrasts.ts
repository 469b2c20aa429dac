/** Differences, ratios and odds ratios between the cells of a grid. */
import { type DifferentiableScale, onIdentity, onLog, type PairFunction } from "../estimates/estimator.ts";
import type { Grid, GridValue } from "./grid.ts";

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

export const measures: Readonly<Record<ContrastMeasure, Measure>> = {
  difference: {
    name: "difference",
    value: (a, b) => a - b,
    gradient: () => [1, -1],
    scale: onIdentity,
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
