/** What refits say of the quantities of a bootstrap: errors, bias and intervals, and what is doubtful about them. */
import { onIdentity, onLog } from "../../estimates/estimator.ts";
import {
  onFisherZ,
  type ResampleInterval,
  type ResampleSummary,
  resampleSummary,
} from "../../estimates/resample-intervals.ts";
import type { Resamples } from "../../estimates/sources.ts";
import * as messages from "../../messages/bootstrap.ts";
import { bootstrapCrossed, bootstrapFailures, bootstrapFew } from "../../messages/gee.ts";
import type { FitWarning } from "../../messages/issue.ts";
import type { Printable } from "../../report/printable.ts";
import type { RefittableFit } from "../bootstrap-statistic.ts";
import { printedBootstrap } from "./bootstrap-report.ts";
import { clustersOfFit } from "./clusters-of-fit.ts";
import type { BootstrapKind, BootstrapPlan } from "./plan.ts";
import { type BootstrapLabel, type BootstrapQuantity, quantityName } from "./quantities.ts";
import { type BootstrapRecord, type Outcomes, recordOf } from "./record.ts";
import { besideParameters } from "./refits.ts";
import { clusterCountOf } from "./replicates.ts";

/** A quantity with one interval; `fixed` and without a group where it is a user's own. */
export interface BootstrapRow extends BootstrapLabel {
  /** Of the fit. */
  readonly estimate: number;
  /** Standard deviation over the replicates; null without two. */
  readonly std_error: number | null;
  /** Mean over the replicates less the estimate. */
  readonly bias: number | null;
  /** Null where the method gives no interval. */
  readonly conf_low: number | null;
  readonly conf_high: number | null;
  /** The interval. */
  readonly method: ResampleInterval;
}

export interface Bootstrap extends Printable {
  readonly kind: BootstrapKind;
  /** A row a quantity, for each interval asked for. */
  readonly rows: readonly BootstrapRow[];
  /** Of the quantities, once. */
  readonly names: readonly string[];
  /** kept × names, row-major; NaN where a quantity has no value. */
  readonly replicates: Float64Array;
  /** Replicates that were fitted. */
  readonly kept: number;
  /** Replicates (counted from 1) that could not be fitted, with the reason. They are not drawn again. */
  readonly failures: readonly { readonly resample: number; readonly reason: string }[];
  /** Clusters that were resampled; null of kinds that resample none. */
  readonly clusters: number | null;
  readonly warnings: readonly FitWarning[];
  /** The natural parameters of every replicate, and of the fits without one cluster. */
  readonly resamples: Resamples;
  /** What was done, as plain data; see `resume`. */
  readonly record: BootstrapRecord;
}

type Fitted = Extract<Outcomes extends Map<number, infer Outcome> ? Outcome : never, { readonly x: unknown }>;

/** The bootstrap of refits that are done. @param notes warnings that come before those of the refits */
export function bootstrapOfRefits(
  fit: RefittableFit,
  plan: BootstrapPlan,
  outcomes: Outcomes,
  quantities: readonly BootstrapQuantity[],
  intervals: readonly ResampleInterval[],
  confLevel: number,
  notes: readonly FitWarning[],
): Bootstrap {
  const kept: Fitted[] = [];
  const left: Float64Array[] = [];
  const failures: { resample: number; reason: string }[] = [];
  let resampled = 0;
  let without = 0;
  for (const [item, outcome] of outcomes) {
    if (item > 0) resampled++;
    else without++;
    if ("reason" in outcome) {
      if (item > 0) failures.push({ resample: item, reason: outcome.reason });
    } else if (item > 0) kept.push(outcome);
    else left.push(Float64Array.from(outcome.x));
  }
  const { size } = fit.model.layout;
  const own = Float64Array.from([...fit.estimate, ...besideParameters(fit)]);
  const points = kept.map(({ x }) => Float64Array.from(x));
  const names = quantities.map(quantityName);
  const replicates = new Float64Array(kept.length * names.length);
  const summaries = quantities.map((quantity, k) => {
    const values = Float64Array.from(points, (x) => quantity.value(x));
    for (const [b, value] of values.entries()) replicates[b * names.length + k] = value;
    const resample = {
      estimate: quantity.value(own),
      values,
      jackknife: Float64Array.from(left, (x) => quantity.value(x)),
      errors: plan.errors ? errorsOf(quantity, fit, own, points, kept) : undefined,
      scale: { identity: onIdentity, log: onLog, "fisher-z": onFisherZ }[quantity.scale],
    };
    return intervals.map((method) => ({ method, ...resampleSummary(resample, method, confLevel) }));
  });
  const rows = intervals.flatMap((method, m) =>
    quantities.map((quantity, k): BootstrapRow => {
      const { std_error, bias, conf_low, conf_high } = summaries[k]![m]!;
      return { ...quantity.label, estimate: quantity.value(own), std_error, bias, conf_low, conf_high, method };
    }),
  );
  const crossed = resamplesClusters(plan) ? (clustersOfFit(fit, plan.cluster).cut ?? []) : [];
  const summary = {
    kind: plan.kind,
    rows,
    names,
    replicates,
    kept: kept.length,
    failures,
    clusters: resamplesClusters(plan) ? clusterCountOf(fit, plan) : null,
    warnings: [
      ...notes,
      ...(crossed.length > 0 ? [bootstrapCrossed(crossed)] : []),
      ...(failures.length > 0 ? [bootstrapFailures(failures, resampled)] : []),
      ...(left.length < without ? [messages.jackknifeFailures(without - left.length, without)] : []),
      ...(kept.length < 200 ? [bootstrapFew(kept.length)] : []),
      ...doubts(names, summaries, kept.length),
    ],
    resamples: {
      kind: "resamples",
      x: fit.estimate,
      replicates: points.map((x) => x.subarray(0, size)),
      jackknife: left.map((x) => x.subarray(0, size)),
      interval: intervals[0]!,
    } satisfies Resamples,
    record: recordOf(fit, plan, outcomes),
  };
  return printedBootstrap(summary, confLevel);
}

const resamplesClusters = ({ kind }: BootstrapPlan) => kind !== "parametric" && kind !== "residual";

/** Standard errors of the fit and of every refit. */
function errorsOf(
  { error }: BootstrapQuantity,
  fit: RefittableFit,
  own: Float64Array,
  points: readonly Float64Array[],
  kept: readonly Fitted[],
) {
  if (!error) return undefined;
  const { size } = fit.model.layout;
  return {
    estimate: error(own.subarray(0, size), fit.covariance),
    values: Float64Array.from(points, (x, b) =>
      error(x.subarray(0, size), Float64Array.from(kept[b]!.covariance ?? [])),
    ),
  };
}

type Summaries = readonly (readonly (ResampleSummary & { readonly method: ResampleInterval })[])[];

/** Quantities without a value in some resamples, and without an interval. */
function doubts(names: readonly string[], summaries: Summaries, kept: number): FitWarning[] {
  if (kept === 0) return [];
  const missing = names.filter((_, k) => summaries[k]![0]!.used < kept);
  const most = Math.max(0, ...summaries.map(([first]) => kept - first!.used));
  const open = names.filter((_, k) => summaries[k]!.some(({ conf_low, used }) => conf_low === null && used > 1));
  return [
    ...(missing.length > 0 ? [messages.undefinedQuantities(missing, most, kept)] : []),
    ...(open.length > 0 ? [messages.withoutInterval(open)] : []),
  ];
}
