/**
 * The cluster bootstrap: whole clusters are drawn with replacement, each copy counts as a cluster of its own, and the model is refitted
 * (Davison & Hinkley 1997, Bootstrap Methods and their Application, section 3.8; Cameron, Gelbach & Miller 2008, Rev. Econ. Stat. 90, 414–427).
 */

import { type InferOutput, optional, union } from "valibot";
import { quantile } from "../diagnostics/quantile.ts";
import { rootOf } from "../families/family.ts";
import { isBuiltInRecord } from "../families/registry.ts";
import { fitModel } from "../frequentist/fit-model.ts";
import { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import { fitGee } from "../frequentist/gee/fit-gee.ts";
import type { GeeMethod } from "../frequentist/gee/method.ts";
import { saveEstimatingEquations } from "../frequentist/gee/save-gee.ts";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import type { FitMethod } from "../frequentist/method.ts";
import { type FitMethodName, readFitMethod } from "../frequentist/read-method.ts";
import { saveMaximumLikelihood } from "../frequentist/save-fit.ts";
import * as messages from "../messages/gee.ts";
import { DeclarationError, type FitWarning, refusal } from "../messages/issue.ts";
import { notAFit } from "../messages/options.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { isFit } from "../model/require-fit.ts";
import { digested } from "../model/saved-model.ts";
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
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { type Printable, printable } from "../report/printable.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import { anExecutor, type Executor } from "../samplers/executor.ts";
import { normalQuantile } from "../special/distributions.ts";
import { type BootstrapRefits, bootstrapRefits, type ResampleOutcome, type ResamplesTask } from "./bootstrap-refits.ts";
import type { BootstrapQuantity, BootstrapStatistic, RefittableFit } from "./bootstrap-statistic.ts";

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

function fitOf(
  source: RefittableFit | { compile(): CompiledModel },
  asked: FitMethod | FitMethodName | GeeMethod | undefined,
): RefittableFit {
  if (source instanceof MaximumLikelihood || source instanceof EstimatingEquations) return source;
  if (isFit(source)) throw refusal("bootstrap-engine", ["bootstrap"], messages.bootstrapNotEngine());
  if (typeof (source as { compile?: unknown } | null)?.compile !== "function")
    throw new DeclarationError([notAFit("clusterBootstrap()", source)]);
  const method = readFitMethod(asked, "clusterBootstrap()");
  const model = source.compile();
  return method.kind === "gee" ? fitGee(model, method) : fitModel(model, method);
}

/** A bootstrap in pieces: with a signal, a report or an executor. */
type LongOptions = Pick<ClusterBootstrapOptions, "signal" | "onProgress" | "executor">;

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
export function clusterBootstrap(
  source: BootstrapSource,
  given: ClusterBootstrapOptions &
    ({ readonly signal: StopSignal } | Required<Pick<LongOptions, "onProgress">> | { readonly executor: Executor }),
): Promise<ClusterBootstrap>;
export function clusterBootstrap(
  source: BootstrapSource,
  given?: Omit<ClusterBootstrapOptions, keyof LongOptions> & { readonly [name in keyof LongOptions]?: undefined },
): ClusterBootstrap;
export function clusterBootstrap(
  source: BootstrapSource,
  given?: ClusterBootstrapOptions,
): ClusterBootstrap | Promise<ClusterBootstrap> {
  const read = readOptions(clusterBootstrapOptions, given, { of: "clusterBootstrap()" });
  const options: ReadOptions = {
    ...read,
    resamples: eitherName(read, "draws", "resamples", "clusterBootstrap()") ?? 999,
  };
  const { resamples, signal, onProgress, executor } = options;
  const prepare = () => {
    const fit = fitOf(source, options.method);
    return { fit, refits: bootstrapRefits(fit, options) };
  };
  if (signal === undefined && onProgress === undefined && executor === undefined) {
    const { refits } = prepare();
    const outcomes = Array.from({ length: resamples }, (_, b) => atOnce(refits.outcome(b + 1)));
    return result(refits, outcomes, options.confLevel);
  }
  const long = async () => {
    signal?.throwIfAborted();
    const { fit, refits } = prepare();
    const outcomes = await outcomesInPieces(fit, refits, options);
    return result(refits, outcomes, options.confLevel);
  };
  return long();
}

type BootstrapSource = RefittableFit | { compile(): CompiledModel };

/** Milliseconds between reports. */
const BETWEEN_REPORTS = 100;

/** Whether another thread can make the model again: one of a user's own family it cannot. */
const crossesThreads = ({ family }: CompiledModel): boolean => isBuiltInRecord(rootOf(family));

/** Resample after resample, giving way to the event loop; or, where an executor can, a share of them a worker. */
async function outcomesInPieces(
  fit: RefittableFit,
  refits: BootstrapRefits,
  { resamples, signal, onProgress, executor, seed, statistic, cluster }: ReadOptions,
): Promise<ResampleOutcome[]> {
  let reported = Number.NEGATIVE_INFINITY;
  const report = (done: number) => {
    const now = performance.now();
    if (done < resamples && now - reported < BETWEEN_REPORTS) return;
    reported = now;
    onProgress?.({ done, resamples });
  };
  // functions do not cross threads, neither a statistic's nor a user's own family's
  if (executor?.runTasks && typeof statistic === "string" && crossesThreads(fit.model)) {
    const saved = digested(fit.kind === "gee" ? saveEstimatingEquations(fit) : saveMaximumLikelihood(fit));
    const threads = Math.min(executor.threads ?? 1, resamples);
    const tasks = Array.from(
      { length: threads },
      (_, t): ResamplesTask => ({
        kind: "resamples",
        fit: saved,
        seed,
        statistic,
        ...(cluster !== undefined && { cluster }),
        first: Math.floor((t * resamples) / threads) + 1,
        last: Math.floor(((t + 1) * resamples) / threads),
      }),
    );
    const done = tasks.map(() => 0);
    const results = await executor.runTasks(tasks, {
      signal,
      onTask(task, count) {
        done[task] = count;
        report(done.reduce((sum, each) => sum + each, 0));
      },
    });
    return (results as ResampleOutcome[][]).flat();
  }
  const outcomes: ResampleOutcome[] = [];
  const work = function* (): Pausable<ResampleOutcome[]> {
    while (outcomes.length < resamples) {
      outcomes.push(yield* refits.outcome(outcomes.length + 1));
      if (pauseDue()) yield;
    }
    return outcomes;
  };
  await inSlices(work(), signal, undefined, () => report(outcomes.length));
  report(resamples);
  return outcomes;
}

function result(
  { names, quantities, original, clusters }: BootstrapRefits,
  outcomes: readonly ResampleOutcome[],
  confLevel: number,
): ClusterBootstrap {
  const failures = outcomes.flatMap((outcome, b) =>
    "reason" in outcome ? [{ resample: b + 1, reason: outcome.reason }] : [],
  );
  const values = Float64Array.from(outcomes.flatMap((outcome) => ("values" in outcome ? outcome.values : [])));
  const kept = outcomes.length - failures.length;
  const rows = quantities.map((quantity, j) =>
    summary(quantity, original[names[j]!]!, values, kept, names.length, j, confLevel),
  );
  const warnings = [
    ...(failures.length > 0 ? [messages.bootstrapFailures(failures.length, outcomes.length)] : []),
    ...(kept < 200 ? [messages.bootstrapFew(kept)] : []),
  ];
  return printable({ rows, names, replicates: values, kept, failures, clusters, warnings }, (style) =>
    bootstrapText(names, rows, kept, clusters, warnings, style),
  );
}

function summary(
  quantity: BootstrapQuantity,
  estimate: number,
  replicates: Float64Array,
  kept: number,
  width: number,
  j: number,
  confLevel: number,
): ClusterBootstrapRow {
  const column = new Float64Array(kept);
  let mean = 0;
  for (let b = 0; b < kept; b++) {
    column[b] = replicates[b * width + j]!;
    mean += column[b]! / kept;
  }
  let square = 0;
  for (const value of column) square += (value - mean) ** 2;
  const std_error = Math.sqrt(square / (kept - 1));
  const z = normalQuantile(0.5 + confLevel / 2);
  column.sort();
  const tail = (1 - confLevel) / 2;
  return {
    ...quantity,
    estimate,
    std_error,
    bias: mean - estimate,
    conf_low: kept > 0 ? quantile(column, tail) : Number.NaN,
    conf_high: kept > 0 ? quantile(column, 1 - tail) : Number.NaN,
    normal_low: estimate - z * std_error,
    normal_high: estimate + z * std_error,
  };
}

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
      `Cluster bootstrap: ${kept} resamples of ${clusters} clusters; conf_low and conf_high are percentiles`,
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
