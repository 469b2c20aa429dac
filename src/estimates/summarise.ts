/** The table of an estimator: estimates, errors, intervals and tests, whatever the parameters come from. */
import type { FitWarning } from "../messages/issue.ts";
import { atOnce, type Pausable, pauseDue } from "../optimise/pausable.ts";
import { type Report, untold } from "../options/long-work.ts";
import {
  drawsSummary,
  estimateAlone,
  intervalQuantile,
  noSummary,
  type PossibleSummary,
  type Summary,
  TailRecord,
  waldSummary,
} from "../prediction/interval.ts";
import { errorMoves } from "../prediction/moving-errors.ts";
import { normalUpper, studentTQuantile, studentTTwoSided } from "../special/distributions.ts";
import type { Estimator, EstimatorRow } from "./estimator.ts";
import { type JointEstimates, jointEstimates } from "./joint-estimates.ts";
import { resampleSummary } from "./resample-intervals.ts";
import type { Point, Profile, Source } from "./sources.ts";

/** A test against the value of no effect. */
export interface Test {
  /** Distance in standard errors, on the scale of the interval; null where there is no error, and for draws. */
  readonly statistic: number | null;
  /** Two-sided: normal, or Student's t where the source gives degrees of freedom. */
  readonly p_value: number | null;
}

export interface EffectRow<Label> {
  readonly label: Label;
  readonly numbers: PossibleSummary;
  /** Null for a quantity that is not tested. */
  readonly test: Test | null;
  /** Degrees of freedom of the test and of the interval; absent: normal. */
  readonly df?: number;
  /**
   * `not estimable`: there are no numbers. `infinite`: coefficients are at infinity. `moves`: its error depends on variances of which the data say
   * nothing. `exact`: its error is rounding, for the residual variance is. The last three have an estimate without an error, and no test.
   */
  readonly state: "known" | "not estimable" | "infinite" | "moves" | "exact";
}

export interface EffectTable<Label> {
  readonly rows: readonly EffectRow<Label>[];
  readonly warnings: readonly FitWarning[];
  /** Covariance of the estimates of two rows, by the delta method; NaN for draws and resamples. */
  readonly covariance: (a: number, b: number) => number;
}

export interface SummariseOptions {
  readonly confLevel: number;
  /** Whether quantity k is estimable; default all are. */
  readonly estimable?: (k: number) => boolean;
  /** Whether coefficients that quantity k depends on are at infinity; default none is. */
  readonly infinite?: (k: number) => boolean;
  /** Told of draws without a mean by the kind of row; absent: the table warns. */
  readonly tails?: Tails;
}

/** Heavy tails by the kind of quantity, so that several tables warn once. */
export class Tails {
  readonly #records = new Map<string, TailRecord>();

  of(kind = "estimate"): TailRecord {
    let record = this.#records.get(kind);
    if (!record) this.#records.set(kind, (record = new TailRecord()));
    return record;
  }

  warnings(): FitWarning[] {
    return [...this.#records].flatMap(([kind, record]) => record.warnings(kind));
  }
}

/** @example summarise(weightedMeans(fit, sets, "population", responses), sourceOf(fit, { withEffects: false }), { confLevel: 0.95 }) */
export const summarise = <Label>(
  estimator: Estimator<Label>,
  from: Source,
  options: SummariseOptions,
): EffectTable<Label> => atOnce(summariseInSlices(estimator, from, options, untold));

/** The same as work that can pause. */
export function* summariseInSlices<Label>(
  estimator: Estimator<Label>,
  from: Source,
  { confLevel, estimable = () => true, infinite = () => false, tails }: SummariseOptions,
  report: Report,
): Pausable<EffectTable<Label>> {
  const joint = yield* jointEstimates(estimator, from, report);
  const doubts = estimator.warnings?.() ?? [];
  const records = tails ?? new Tails();
  const point = from.kind === "profile" ? from.point : from.kind === "point" ? from : null;
  const others: { readonly joint: JointEstimates; readonly other: Point }[] = [];
  for (const other of point?.equivalents ?? [])
    others.push({ joint: yield* jointEstimates(estimator, other, report), other });
  const isExact = (k: number, error: number | null) =>
    joint.kind === "delta" && error !== null && (point?.isRounding?.(joint.gradients[k]!, error) ?? false);
  const rowOf = (row: EstimatorRow<Label>, k: number): EffectRow<Label> => {
    const { label } = row;
    const untested = row.none === undefined ? null : { statistic: null, p_value: null };
    if (!estimable(k)) return { label, numbers: noSummary, test: untested, state: "not estimable" };
    const df = degreesOfFreedom(joint, k, point);
    const whole = summaryOf(joint, row, k, confLevel, df, records);
    const state = infinite(k)
      ? "infinite"
      : others.some(({ joint: there, other }) => {
            const again = summaryOf(there, row, k, confLevel, degreesOfFreedom(there, k, other), records);
            return errorMoves(whole.std_error, again.std_error);
          })
        ? "moves"
        : isExact(k, whole.std_error)
          ? "exact"
          : "known";
    if (state !== "known") return { label, numbers: estimateAlone<PossibleSummary>(whole), test: untested, state };
    const numbers = from.kind === "profile" ? withEnds(estimator, k, whole, from, confLevel) : whole;
    const test = untested && joint.kind === "delta" ? testOf(whole, row, df) : untested;
    return { label, numbers, test, ...(df !== null && { df }), state };
  };
  const rows: EffectRow<Label>[] = [];
  for (const [k, row] of estimator.rows.entries()) {
    rows.push(rowOf(row, k));
    if (from.kind === "profile") report("profiles", k + 1, estimator.rows.length);
    if (pauseDue()) yield;
  }
  const profiled = (from.kind === "profile" && from.warnings?.()) || [];
  const covariance = (a: number, b: number) =>
    joint.kind === "delta" ? joint.covariance[a * estimator.rows.length + b]! : Number.NaN;
  return { rows, warnings: [...doubts, ...profiled, ...(tails ? [] : records.warnings())], covariance };
}

const degreesOfFreedom = (joint: JointEstimates, k: number, point: Point | null): number | null =>
  joint.kind === "delta" ? (point?.degreesOfFreedom?.(joint.gradients[k]!) ?? null) : null;

function summaryOf(
  joint: JointEstimates,
  { scale, kind }: EstimatorRow<unknown>,
  k: number,
  confLevel: number,
  df: number | null,
  tails: Tails,
): Summary {
  if (joint.kind === "draws") return drawsSummary(joint.values[k]!.slice(), confLevel, tails.of(kind));
  const estimate = joint.estimate[k]!;
  if (joint.kind === "resamples") {
    const quantity = { estimate, values: joint.values[k]!, jackknife: joint.jackknife[k]! };
    const { std_error, conf_low, conf_high } = resampleSummary(quantity, joint.interval, confLevel);
    return { estimate, std_error, conf_low, conf_high };
  }
  const se = Math.sqrt(Math.max(0, joint.covariance[k * joint.estimate.length + k]!));
  // without degrees of freedom there is no t distribution to take an interval from
  if (df === 0) return { estimate, std_error: se, conf_low: null, conf_high: null };
  const critical = df === null ? intervalQuantile(confLevel) : studentTQuantile(0.5 + confLevel / 2, df);
  return waldSummary(estimate, se, critical, scale, scale.slope(estimate));
}

function withEnds(estimator: Estimator, k: number, whole: Summary, from: Profile, confLevel: number): Summary {
  const { low, high } = from.interval(estimator, k, confLevel);
  return { ...whole, conf_low: low, conf_high: high };
}

function testOf({ estimate, std_error }: Summary, { scale, none }: EstimatorRow<unknown>, df: number | null): Test {
  if (std_error === null || df === 0) return { statistic: null, p_value: null };
  const statistic = (scale.to(estimate) - scale.to(none!)) / (std_error * Math.abs(scale.slope(estimate)));
  return {
    statistic,
    p_value: df === null ? 2 * normalUpper(Math.abs(statistic)) : studentTTwoSided(statistic, df),
  };
}
