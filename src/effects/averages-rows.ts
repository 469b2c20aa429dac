/** Rows of averages and of their contrasts: what they are of, their numbers, and what intervals and tests are by. */
import type { DifferentiableScale } from "../estimates/estimator.ts";
import type { EffectRow } from "../estimates/summarise.ts";
import type { Estimand } from "../prediction/estimand.ts";
import type { Averaging } from "./averaging-options.ts";
import type { TestedRow } from "./contrast-tests.ts";
import type { ContrastMeasure, Measure } from "./contrasts.ts";
import type { GridCell, GridValue } from "./grid.ts";

export interface Numbers {
  /** Null, as all else, where it is not estimable. */
  readonly estimate: number | null;
  readonly std_error: number | null;
  readonly conf_low: number | null;
  readonly conf_high: number | null;
}

export interface TestNumbers {
  readonly statistic: number | null;
  /** Degrees of freedom of the test and of the interval; null: normal, and for draws. */
  readonly df: number | null;
  readonly p_value: number | null;
}

/** What intervals and tests are by. */
export interface Inference {
  /** What degrees of freedom are by: `satterthwaite`, `kenward-roger`, `between-within`, `residual`; null: normal, and for draws. */
  readonly ddf: string | null;
  /** Level of the interval. */
  readonly conf_level: number;
  /** The scale that the interval and the test are on, where it is not that of the estimate: `log`, `logit`, … */
  readonly infer?: string;
}

/** What contrasts are tested against, and for how many; where that was asked for. */
export interface FamilyInference {
  /** The adjustment of p values and intervals. */
  readonly adjust?: string;
  /** How many contrasts are adjusted together. */
  readonly family_size?: number;
  readonly alternative?: "greater" | "less" | "equivalence";
  /** The margins, in the unit of the estimate. */
  readonly margin_low?: number;
  readonly margin_high?: number;
  /** Of equivalence: the interval at 1 − 2 (1 − level), 0.90 for 0.95, which lies within the margins where the test says so. */
  readonly tost_low?: number | null;
  readonly tost_high?: number | null;
}

/** One contrast: the other columns of the grid by name, the two levels as `2 vs 1` under the name of the contrasted column. */
export type ContrastRow = Readonly<Record<string, GridValue | null>> &
  Numbers &
  TestNumbers &
  Inference &
  FamilyInference & {
    readonly estimand: Estimand;
    readonly measure: ContrastMeasure;
  };

/** One quantity at a cell: the grid's columns by name, what it is of, its numbers; tested where it has a value of no effect. */
export type QuantityRow = Readonly<Record<string, GridValue | null>> &
  Numbers &
  Inference & {
    readonly estimand: Estimand;
    readonly df: number | null;
  };

/** A quantity at a cell, or a contrast of one, before it has numbers. */
export interface Place {
  readonly cell: GridCell;
  /** The cell in words. */
  readonly text: string;
  readonly cells: readonly number[];
  readonly own: OwnLabels;
}

/** What tells the quantities of a cell apart, before and after the grid's columns in a row. */
export interface OwnLabels {
  readonly before?: Readonly<Record<string, string>>;
  readonly after?: Readonly<Record<string, string>>;
}

/** What a Wald test tends to as coefficients go to infinity, errors faster than estimates (Hauck & Donner 1977): it says nothing. */
const LIMIT = { statistic: 0, p_value: 1 };

/** What intervals and tests are by, in columns of a row. @param by what degrees of freedom are by, and whether there are draws instead */
export function inference(
  { confLevel }: Averaging,
  { df }: EffectRow<Place>,
  { ddf, sampled }: { readonly ddf: string | null; readonly sampled: boolean },
  { name }: DifferentiableScale,
): Readonly<Record<string, GridValue | null>> {
  const infer = sampled ? undefined : name;
  return { ddf: df === undefined ? null : ddf, conf_level: confLevel, ...(infer !== undefined && { infer }) };
}

/** Columns of what a row is of, unless a column of the grid is called so. */
const unlessOf = (cell: GridCell, columns: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(columns).filter(([name]) => !Object.hasOwn(cell, name)));

export function averageRow(
  name: string | null,
  estimand: Estimand,
  { label: { cell, own }, numbers, test, df: degrees, state }: EffectRow<Place>,
  said: Readonly<Record<string, unknown>>,
): QuantityRow {
  const df = degrees ?? null;
  const tested = state === "infinite" ? LIMIT : test;
  const result = tested ? { statistic: tested.statistic, df, p_value: tested.p_value } : { df };
  const fit = name === null ? {} : { fit: name };
  const labels = { ...fit, estimand, ...own.before, ...cell, ...own.after };
  return { ...labels, ...numbers, ...result, ...unlessOf(cell, said) } as QuantityRow;
}

export function contrastRow(
  name: string | null,
  estimand: Estimand,
  measure: Measure,
  row: EffectRow<Place> & Partial<TestedRow>,
  said: Readonly<Record<string, unknown>>,
): ContrastRow {
  const { label, numbers, test, df = null, state } = row;
  const { cell, own } = label;
  const { statistic, p_value } = (state === "infinite" ? LIMIT : test)!;
  const { label: _label, numbers: _numbers, test: _test, df: _df, state: _state, ...changed } = row;
  const fit = name === null ? {} : { fit: name };
  const labels = { ...fit, estimand, measure: measure.name, ...own.before, ...cell, ...own.after };
  return { ...labels, ...numbers, statistic, df, p_value, ...changed, ...unlessOf(cell, said) } as ContrastRow;
}
