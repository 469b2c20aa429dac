/**
 * The cluster bootstrap: whole clusters are drawn with replacement, each copy counts as a cluster of its own, and the model is refitted
 * (Davison & Hinkley 1997, Bootstrap Methods and their Application, section 3.8; Cameron, Gelbach & Miller 2008, Rev. Econ. Stat. 90, 414–427). A door to
 * `bootstrap` that takes declarations and functions of whole fits too.
 */

import { type InferOutput, optional, union } from "valibot";
import { resampleSummary } from "../estimates/resample-intervals.ts";
import { MEAN_COMPONENT } from "../families/distribution-parameters.ts";
import { fitModel } from "../frequentist/fit-model.ts";
import { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import { fitGee } from "../frequentist/gee/fit-gee.ts";
import type { GeeMethod } from "../frequentist/gee/method.ts";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import type { FitMethod } from "../frequentist/method.ts";
import { type FitMethodName, readFitMethod } from "../frequentist/read-method.ts";
import * as messages from "../messages/gee.ts";
import { type FitWarning, refusal } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { atOnce, inSlices, type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { eitherName } from "../options/either-name.ts";
import {
  abortSignal,
  callback,
  checkedLater,
  choice,
  clusterColumns,
  confidenceLevel,
  seedOf,
  wholeNumber,
} from "../options/kinds.ts";
import type { DoneOrDealtOut } from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { type Printable, printable } from "../report/printable.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import { anExecutor, type Executor } from "../samplers/executor.ts";
import { normalQuantile } from "../special/distributions.ts";
import { type Bootstrap, type BootstrapProgress, bootstrap, requireRefittable } from "./bootstrap/bootstrap.ts";
import { planOf } from "./bootstrap/plan.ts";
import { bootstrapRefits } from "./bootstrap/refits.ts";
import type { BootstrapQuantity, BootstrapStatistic, RefittableFit } from "./bootstrap-statistic.ts";
import type { ColumnsOfSource, ColumnsToCluster } from "./checked-columns.ts";

const statistic = union(
  [choice(["coefficients", "parameters"]), callback<Extract<BootstrapStatistic, (...given: never[]) => unknown>>()],
  '"coefficients", "parameters" or a function of a fit',
);

const clusterBootstrapOptions = optionsSchema({
  /** Number of resamples, default 999. */
  draws: optional(wholeNumber(1)),
  /** The name that `draws` had before. */
  resamples: optional(wholeNumber(1)),
  /** The same seed gives the same resamples; default 1. */
  seed: optional(seedOf, 1),
  /**
   * The clusters: a column or several. Default: the id of a GEE, the grouping factor of a model that has one, the groups of the residual
   * correlation of a model without random effects.
   */
  cluster: optional(clusterColumns),
  /**
   * What to take of each fit: its `coefficients` (default), all `parameters` that `tidy()` lists (standard deviations, correlations and
   * residual parameters, a GEE's scale and α), or a function of it that gives numbers by name.
   */
  statistic: optional(statistic, "coefficients"),
  /** Default 0.95. */
  confLevel: optional(confidenceLevel, 0.95),
  /** How a declaration is fitted; a fit is refitted by its own method. */
  method: optional(checkedLater<FitMethod | FitMethodName | GeeMethod>()),
  /** Stops the work, which then rejects with the signal's own reason. */
  signal: optional(abortSignal),
  /** Called now and then, at most every 100 ms and at the end, with how many resamples are done. */
  onProgress: optional(callback<(progress: { readonly done: number; readonly resamples: number }) => void>()),
  /**
   * Where the refits run: `workerExecutor()` of marginalia/node splits them over worker threads; default this thread, as for a statistic that is a
   * function and a user's own family, which do not cross threads.
   */
  executor: optional(anExecutor),
});

type ReadOptions = Omit<InferOutput<typeof clusterBootstrapOptions>, "resamples"> & { readonly resamples: number };

export type ClusterBootstrapOptions = OptionsOf<typeof clusterBootstrapOptions>;

export interface ClusterBootstrapRow extends BootstrapQuantity {
  /** Of the original fit. */
  readonly estimate: number;
  /** Standard deviation over the resamples. */
  readonly std_error: number;
  /** Mean over the resamples less the estimate. */
  readonly bias: number;
  /** Percentiles of the resamples. */
  readonly conf_low: number;
  readonly conf_high: number;
  /** Estimate ± normal quantile × std_error. */
  readonly normal_low: number;
  readonly normal_high: number;
}

export interface ClusterBootstrap extends Printable {
  readonly rows: readonly ClusterBootstrapRow[];
  readonly names: readonly string[];
  /** kept × names, row-major. */
  readonly replicates: Float64Array;
  readonly kept: number;
  /** Resamples (counted from 1) that could not be fitted, with the reason. */
  readonly failures: readonly { readonly resample: number; readonly reason: string }[];
  readonly clusters: number;
  readonly warnings: readonly FitWarning[];
}

function fitOf(source: BootstrapSource, asked: FitMethod | FitMethodName | GeeMethod | undefined): RefittableFit {
  if (source instanceof MaximumLikelihood || source instanceof EstimatingEquations) return source;
  if (typeof (source as { compile?: unknown } | null)?.compile !== "function")
    return requireRefittable(source, "clusterBootstrap()");
  const method = readFitMethod(asked, "clusterBootstrap()");
  const model = (source as { compile(): CompiledModel }).compile();
  return method.kind === "gee" ? fitGee(model, method) : fitModel(model, method);
}

/**
 * Standard errors and intervals that assume nothing of the dependence within clusters, for any quantity of a fit by maximum
 * likelihood, PQL or estimating equations. Deterministic in the seed: the same bits in one thread and over any number of workers.
 *
 * @param source a fit, or a declaration fitted by `options.method`
 * @returns the bootstrap; with a `signal`, `onProgress` or `executor` a promise of it, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError where the clusters are not known, or the statistic of the original fit is no record of finite numbers
 * @example
 * const boot = clusterBootstrap(fit, { draws: 999, seed: "herds" });
 * boot.rows[0]; // { term: "(Intercept)", estimate: -1.40, std_error: 0.24, conf_low: -1.93, … }
 * const long = await clusterBootstrap(fit, { executor: workerExecutor(), signal: AbortSignal.timeout(60_000) });
 */
export function clusterBootstrap<
  const S extends BootstrapSource,
  const Cluster extends string = never,
  const Clusters extends readonly string[] = never,
  Signal extends StopSignal | undefined = undefined,
  Told = never,
  Threads extends Executor | undefined = undefined,
>(
  source: S,
  given?: ClusterBootstrapOptions &
    ColumnsToCluster<ColumnsOfSource<S>, Cluster, Clusters> & {
      readonly signal?: Signal;
      readonly onProgress?: ((progress: { readonly done: number; readonly resamples: number }) => Told) | undefined;
      readonly executor?: Threads;
    },
): DoneOrDealtOut<ClusterBootstrap, Signal, Told, Threads>;
export function clusterBootstrap(
  source: BootstrapSource,
  given?: ClusterBootstrapOptions,
): ClusterBootstrap | Promise<ClusterBootstrap> {
  const read = readOptions(clusterBootstrapOptions, given, { of: "clusterBootstrap()" });
  const options: ReadOptions = {
    ...read,
    resamples: eitherName(read, "draws", "resamples", "clusterBootstrap()") ?? 999,
  };
  const isLong = options.signal !== undefined || options.onProgress !== undefined || options.executor !== undefined;
  if (!isLong) return resampled(fitOf(source, options.method), options) as ClusterBootstrap;
  return (async () => {
    options.signal?.throwIfAborted();
    return resampled(fitOf(source, options.method), options);
  })();
}

type BootstrapSource = RefittableFit | { compile(): CompiledModel };

function resampled(fit: RefittableFit, options: ReadOptions): ClusterBootstrap | Promise<ClusterBootstrap> {
  const { resamples, seed, cluster, statistic, confLevel, signal, onProgress, executor } = options;
  if (typeof statistic === "function") return byFunction(fit, statistic, options);
  const of = (boot: Bootstrap): ClusterBootstrap => {
    const rows = boot.rows.map(({ method: _, coef_type: __, ...row }) => withNormal(row, confLevel));
    const { names, replicates, kept, failures, clusters, warnings } = boot;
    return printed({ rows, names, replicates, kept, failures, clusters: clusters!, warnings });
  };
  const asked = {
    kind: "cluster",
    draws: resamples,
    seed,
    statistic,
    confLevel,
    ...(cluster !== undefined && { cluster }),
  } as const;
  if (!signal && !onProgress && !executor) return of(bootstrap(fit, asked));
  return bootstrap(fit, {
    ...asked,
    ...(signal && { signal }),
    ...(executor && { executor }),
    onProgress: ({ done, total }: BootstrapProgress): void => onProgress?.({ done, resamples: total }),
  }).then(of);
}

type ResampledRow = Omit<
  ClusterBootstrapRow,
  "normal_low" | "normal_high" | "std_error" | "bias" | "conf_low" | "conf_high"
> &
  Pick<Bootstrap["rows"][number], "std_error" | "bias" | "conf_low" | "conf_high">;

/** A row with the interval of the estimate ± normal quantile × std_error beside the percentiles. */
function withNormal(row: ResampledRow, confLevel: number): ClusterBootstrapRow {
  const std_error = row.std_error ?? Number.NaN;
  const half = normalQuantile(0.5 + confLevel / 2) * std_error;
  return {
    ...row,
    std_error,
    bias: row.bias ?? Number.NaN,
    conf_low: row.conf_low ?? Number.NaN,
    conf_high: row.conf_high ?? Number.NaN,
    normal_low: row.estimate - half,
    normal_high: row.estimate + half,
  };
}

/** What came of a resample: the numbers in the order of the names, or why there are none. */
type FunctionOutcome = { readonly values: readonly number[] } | { readonly reason: string };

/** Of a function of whole fits, which does not cross threads. */
function byFunction(
  fit: RefittableFit,
  statistic: Extract<BootstrapStatistic, (...given: never[]) => unknown>,
  { resamples, seed, cluster, confLevel, signal, onProgress, executor }: ReadOptions,
): ClusterBootstrap | Promise<ClusterBootstrap> {
  const original = statistic(fit) ?? {};
  const names = Object.keys(original);
  if (names.length === 0 || !names.every((name) => Number.isFinite(original[name])))
    throw refusal("bootstrap-statistic", ["bootstrap"], messages.bootstrapStatistic());
  const columns = cluster === undefined ? null : typeof cluster === "string" ? [cluster] : cluster;
  const refits = bootstrapRefits(fit, planOf({ kind: "cluster", seed, cluster: columns }));
  const outcomes: FunctionOutcome[] = [];
  function* outcome(b: number): Pausable<FunctionOutcome> {
    try {
      const values = statistic(yield* refits.fitOf(b));
      if (Object.keys(values).join("\n") !== names.join("\n")) throw new Error(messages.bootstrapDifferentNames());
      const bad = names.filter((name) => !Number.isFinite(values[name]));
      if (bad.length > 0) throw new Error(messages.bootstrapNotNumbers(bad));
      return { values: names.map((name) => values[name]!) };
    } catch (error) {
      return { reason: error instanceof Error ? error.message : String(error) };
    }
  }
  function* work(): Pausable<void> {
    while (outcomes.length < resamples) {
      outcomes.push(yield* outcome(outcomes.length + 1));
      if (pauseDue()) yield;
    }
  }
  const finish = (): ClusterBootstrap => {
    const failures = outcomes.flatMap((one, b) => ("reason" in one ? [{ resample: b + 1, reason: one.reason }] : []));
    const kept = outcomes.flatMap((one) => ("values" in one ? [one.values] : []));
    const rows = names.map((term, k) => {
      const estimate = original[term]!;
      const values = Float64Array.from(kept, (one) => one[k]!);
      const { used: _, ...summary } = resampleSummary({ estimate, values }, "percentile", confLevel);
      return withNormal(
        { effect: "fixed", component: MEAN_COMPONENT, group: null, term, estimate, ...summary },
        confLevel,
      );
    });
    const warnings = [
      ...(failures.length > 0 ? [messages.bootstrapFailures(failures, resamples)] : []),
      ...(kept.length < 200 ? [messages.bootstrapFew(kept.length)] : []),
    ];
    const replicates = Float64Array.from(kept.flat());
    return printed({ rows, names, replicates, kept: kept.length, failures, clusters: refits.clusters!, warnings });
  };
  if (!signal && !onProgress && !executor) {
    atOnce(work());
    return finish();
  }
  let reported = Number.NEGATIVE_INFINITY;
  const report = () => {
    if (outcomes.length < resamples && performance.now() - reported < BETWEEN_REPORTS) return;
    reported = performance.now();
    onProgress?.({ done: outcomes.length, resamples });
  };
  return inSlices(work(), signal, undefined, report).then(() => {
    report();
    return finish();
  });
}

/** Milliseconds between reports. */
const BETWEEN_REPORTS = 100;

const printed = (boot: Omit<ClusterBootstrap, keyof Printable>): ClusterBootstrap =>
  printable(boot, (style) => bootstrapText(boot.names, boot.rows, boot.kept, boot.clusters, boot.warnings, style));

const NUMBERS = ["estimate", "std_error", "bias", "conf_low", "conf_high", "normal_low", "normal_high"] as const;

function bootstrapText(
  names: readonly string[],
  rows: readonly ClusterBootstrapRow[],
  kept: number,
  clusters: number,
  warnings: readonly FitWarning[],
  style: Style,
): string {
  return [
    style(
      `Cluster bootstrap: ${kept} resample${kept === 1 ? "" : "s"} of ${clusters} clusters; conf_low and conf_high are percentiles`,
      "title",
    ),
    "",
    ...textTable(
      [
        { header: "", cells: names, align: "left" },
        ...NUMBERS.map((name) => ({
          header: name,
          cells: formatRows(
            rows.map((row) => row[name]),
            rowDecimals(rows),
          ),
        })),
      ],
      style,
    ),
    ...warnings.flatMap(({ message }) => ["", style(`Warning: ${visibleLines(message)}`, "warning")]),
  ].join("\n");
}
