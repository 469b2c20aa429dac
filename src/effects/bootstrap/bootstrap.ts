/** `bootstrap`: the distribution of estimates over replicates of the data, of any kind, for any quantity of a fit. */
import { type InferOutput, optional, union } from "valibot";
import { onIdentity, onLog } from "../../estimates/estimator.ts";
import {
  onFisherZ,
  type ResampleInterval,
  type ResampleSummary,
  resampleIntervals,
  resampleSummary,
} from "../../estimates/resample-intervals.ts";
import type { Resamples } from "../../estimates/sources.ts";
import { EstimatingEquations } from "../../frequentist/gee/estimating-equations.ts";
import { MaximumLikelihood } from "../../frequentist/maximum-likelihood.ts";
import * as messages from "../../messages/bootstrap.ts";
import { bootstrapFailures, bootstrapFew, bootstrapNotEngine } from "../../messages/gee.ts";
import { DeclarationError, type FitWarning, refusal } from "../../messages/issue.ts";
import { notAFit } from "../../messages/options.ts";
import { refuseFrequencies } from "../../model/refuse-frequencies.ts";
import { isFit } from "../../model/require-fit.ts";
import type { StopSignal } from "../../options/abort-signal.ts";
import {
  abortSignal,
  callback,
  checkedLater,
  choice,
  clusterColumns,
  columnNames,
  confidenceLevel,
  listOf,
  seedOf,
  wholeNumber,
} from "../../options/kinds.ts";
import type { DoneOrDealtOut } from "../../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../../options/read-options.ts";
import type { Printable } from "../../report/printable.ts";
import { anExecutor, type Executor } from "../../samplers/executor.ts";
import type { RefittableFit } from "../bootstrap-statistic.ts";
import type { ColumnsOfFit, ColumnsToCluster, ColumnsWithin } from "../checked-columns.ts";
import { type Statistic, statisticOf } from "../statistic.ts";
import { printedBootstrap } from "./bootstrap-report.ts";
import { type BootstrapKind, type BootstrapPlan, bootstrapKinds, planOf } from "./plan.ts";
import {
  type BootstrapLabel,
  type BootstrapQuantity,
  estimatorQuantities,
  parameterQuantities,
  quantityName,
} from "./quantities.ts";
import { type BootstrapRecord, type Outcomes, recordOf, resumed } from "./record.ts";
import { besideParameters } from "./refits.ts";
import { clusterCountOf } from "./replicates.ts";
import { runRefits } from "./run-refits.ts";

export interface BootstrapProgress {
  /** Refits done, of all: replicates, and for BCa intervals one without each cluster. */
  readonly done: number;
  readonly total: number;
  /** What is done, as plain data to `resume` from. */
  record(): BootstrapRecord;
}

const bootstrapOptions = optionsSchema({
  /**
   * `cluster` (the default): whole clusters are drawn with replacement. `parametric`: responses are simulated from the fit (lme4's `bootMer`).
   * `nested`: clusters, then rows or parts within them. `residual`: effects and residuals are centred, reflated and drawn with replacement
   * (Carpenter, Goldstein & Rasbash 2003), Gaussian responses. `weights`: the log-likelihoods of clusters are multiplied by Dirichlet weights (the
   * Bayesian bootstrap of Rubin 1981).
   */
  kind: optional(choice(bootstrapKinds), "cluster"),
  /** Number of replicates, default 999. */
  draws: optional(wholeNumber(1), 999),
  /** The same seed gives the same replicates; default 1. */
  seed: optional(seedOf, 1),
  /**
   * Of responses that are simulated, parametric and residual: `new` random effects in each replicate (the default), or those of the `fitted` groups
   * (bootMer's `use.u = TRUE`).
   */
  randomEffects: optional(choice(["new", "fitted"])),
  /**
   * The clusters: a column or several. Default: the id of a GEE, the grouping factor of a model that has one, the groups of the residual
   * correlation of a model without random effects.
   */
  cluster: optional(clusterColumns),
  /** What the nested bootstrap draws within clusters: the combinations of columns with all their rows; default single rows. */
  within: optional(columnNames),
  /**
   * What to take of each fit: all `parameters` that `tidy()` lists (the default), the `coefficients` alone, or a function as `estimate()` takes it, of the
   * parameters by name and of averages, to a number or to numbers by name.
   */
  statistic: optional(
    union(
      [choice(["parameters", "coefficients"]), callback<Statistic>()],
      '"parameters", "coefficients" or a function of parameters and averages',
    ),
    "parameters",
  ),
  /** The interval, or several; default `percentile`. `studentised` computes each refit's standard errors, `bca` leaves out each cluster in turn. */
  interval: optional(
    union(
      [choice(resampleIntervals), listOf(choice(resampleIntervals), "a list of intervals")],
      "one of percentile, basic, studentised, bca and normal, or a list of them",
    ),
    "percentile",
  ),
  /** Default 0.95. */
  confLevel: optional(confidenceLevel, 0.95),
  /** Stops the work, which then rejects with the signal's own reason. */
  signal: optional(abortSignal),
  /** Called now and then, at most every 100 ms and at the end, with how much is done and a record of it. */
  onProgress: optional(callback<(progress: BootstrapProgress) => void>()),
  /**
   * Where the refits run: `workerExecutor()` of marginalia/node deals them out to worker threads; default this thread, as for a user's own family, which
   * does not cross threads.
   */
  executor: optional(anExecutor),
  /** The record of a run that was stopped, or of one with fewer draws: what it has done is not done again. */
  resume: optional(checkedLater<BootstrapRecord>()),
});

export type BootstrapOptions = OptionsOf<typeof bootstrapOptions>;

type Read = InferOutput<typeof bootstrapOptions>;

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

/** @throws DeclarationError for what is no fit, and for posteriors */
export function requireRefittable(fit: unknown, of: string): RefittableFit {
  if (fit instanceof MaximumLikelihood || fit instanceof EstimatingEquations) return fit;
  if (isFit(fit)) throw refusal("bootstrap-engine", ["bootstrap"], bootstrapNotEngine());
  throw new DeclarationError([notAFit(of, fit)]);
}

/** @throws DeclarationError with all options that do not belong to the kind */
function planFor(fit: RefittableFit, read: Read, intervals: readonly ResampleInterval[]): BootstrapPlan {
  const { kind, seed, randomEffects, cluster, within } = read;
  const issues = [
    ...(within !== undefined && kind !== "nested" ? [messages.withinOfNested()] : []),
    ...(randomEffects !== undefined && kind !== "parametric" && kind !== "residual"
      ? [messages.effectsOfSimulation(kind)]
      : []),
    ...(kind === "weights" && fit.kind === "ml" && intervals.includes("studentised")
      ? [messages.weightsWithoutErrors()]
      : []),
  ];
  if (issues.length > 0) throw new DeclarationError(issues);
  // parts of a likelihood's clusters hold all that their rows count; of estimating equations it is clusters that are counted
  const parts = kind === "nested" && within !== undefined && within.length > 0 && fit.kind === "ml";
  if (kind === "parametric" || kind === "residual" || (kind === "nested" && !parts))
    refuseFrequencies(fit.model, `bootstrap() of kind ${JSON.stringify(kind)}`);
  const list = (columns: string | readonly string[] | undefined) =>
    columns === undefined || columns.length === 0 ? null : typeof columns === "string" ? [columns] : columns;
  return planOf({
    kind,
    seed,
    randomEffects: randomEffects ?? "new",
    cluster: list(cluster),
    within: list(within),
    errors: intervals.includes("studentised"),
  });
}

/**
 * Resamples, refits, and says how estimates vary: standard errors, bias and intervals of every parameter, or of a statistic of one's own. Replicate b
 * depends on the seed and b alone, so that the result is the same to the last bit in one thread and over any number of workers, and of a run that was
 * stopped and resumed. Replicates that cannot be fitted are rows of `failures`, never drawn again.
 *
 * A refit begins at the estimate and maximises by the integral of the fit. Clusters drawn twice are clusters of their own. Averages, contrasts
 * and shares of variance are statistics: `statistic: (p, ask) => ask.average({ x: 1 }) - ask.average({ x: 0 })`.
 *
 * @returns the bootstrap; with a `signal`, `onProgress` or `executor` a promise of it, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError where the fit has no such bootstrap, the clusters are not known, or the record is of another one
 * @example
 * const boot = bootstrap(fit, { kind: "parametric", draws: 999, seed: 1, interval: ["percentile", "bca"] });
 * boot.rows[0]; // { term: "(Intercept)", estimate: -1.40, std_error: 0.22, conf_low: -1.85, method: "percentile", … }
 * const long = await bootstrap(fit, { executor: workerExecutor(), signal: AbortSignal.timeout(60_000) });
 */
export function bootstrap<
  const F extends RefittableFit,
  const Cluster extends string = never,
  const Clusters extends readonly string[] = never,
  const Within extends string = never,
  const Withins extends readonly string[] = never,
  Signal extends StopSignal | undefined = undefined,
  Told = never,
  Threads extends Executor | undefined = undefined,
>(
  fit: F,
  options?: BootstrapOptions &
    ColumnsToCluster<ColumnsOfFit<F>, Cluster, Clusters> &
    ColumnsWithin<ColumnsOfFit<F>, Within, Withins> & {
      readonly signal?: Signal;
      readonly onProgress?: ((progress: BootstrapProgress) => Told) | undefined;
      readonly executor?: Threads;
    },
): DoneOrDealtOut<Bootstrap, Signal, Told, Threads>;
export function bootstrap(fit: RefittableFit, options?: BootstrapOptions): Bootstrap | Promise<Bootstrap> {
  const asked = requireRefittable(fit, "bootstrap()");
  const read = readOptions(bootstrapOptions, options, { of: "bootstrap()" });
  return bootstrapOf(asked, read);
}

/** The same with options that have been read. */
function bootstrapOf(given: RefittableFit, read: Read): Bootstrap | Promise<Bootstrap> {
  const { draws, statistic, confLevel, signal, onProgress, executor, resume } = read;
  const intervals: readonly ResampleInterval[] =
    typeof read.interval === "string" ? [read.interval] : [...new Set(read.interval)];
  const plan = planFor(given, read, intervals);
  // a restricted likelihood is no sum over clusters
  const unrestricted = plan.kind === "weights" && given.kind === "ml" && given.restricted;
  const fit = unrestricted && given.model.design.random.length > 0 ? given.unrestricted() : given;
  const clusters = intervals.includes("bca") ? clustersToLeaveOut(fit, plan) : 0;
  const items = [
    ...Array.from({ length: draws }, (_, b) => b + 1),
    ...Array.from({ length: clusters }, (_, c) => -c - 1),
  ];
  const quantities =
    typeof statistic === "string"
      ? parameterQuantities(fit, statistic)
      : estimatorQuantities(fit, statisticOf(fit, statistic, "identity", undefined, "bootstrap()"));
  const known: Outcomes = resume === undefined ? new Map() : resumed(fit, plan, resume);
  const onDone =
    onProgress &&
    ((outcomes: Outcomes) =>
      onProgress({ done: outcomes.size, total: items.length, record: () => recordOf(fit, plan, outcomes) }));
  const finish = (outcomes: Outcomes) =>
    finished(
      fit,
      plan,
      outcomes,
      quantities,
      intervals,
      confLevel,
      fit === given ? [] : [messages.reweightedByMaximumLikelihood()],
    );
  const done = runRefits(fit, plan, items, known, { signal, executor, onDone });
  return done instanceof Map ? finish(done) : done.then(finish);
}

function clustersToLeaveOut(fit: RefittableFit, plan: BootstrapPlan): number {
  try {
    return clusterCountOf(fit, plan);
  } catch (error) {
    if (!(error instanceof DeclarationError) || plan.cluster) throw error;
    throw new DeclarationError([messages.accelerationNeedsClusters()]);
  }
}

type Fitted = Extract<Outcomes extends Map<number, infer Outcome> ? Outcome : never, { readonly x: unknown }>;

function finished(
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
