/**
 * The cluster bootstrap: whole clusters are drawn with replacement, each copy counts as a cluster of its own, and the model is refitted
 * (Davison & Hinkley 1997, Bootstrap Methods and their Application, section 3.8; Cameron, Gelbach & Miller 2008, Rev. Econ. Stat. 90, 414–427).
 */
import { optional, union } from "valibot";
import { quantile } from "../diagnostics/quantile.ts";
import { fitModel } from "../frequentist/fit-model.ts";
import { clusterIndex } from "../frequentist/gee/clusters.ts";
import { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import { fitGee } from "../frequentist/gee/fit-gee.ts";
import type { GeeMethod } from "../frequentist/gee/method.ts";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { type FitMethod, startingAt } from "../frequentist/method.ts";
import { type FitMethodName, readFitMethod } from "../frequentist/read-method.ts";
import * as messages from "../messages/gee.ts";
import { DeclarationError, type FitWarning, type Issue } from "../messages/issue.ts";
import { notAFit } from "../messages/options.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { isFit } from "../model/require-fit.ts";
import { clusterResampler, type Resample } from "../model/resample.ts";
import {
  callback,
  checkedLater,
  choice,
  clusterColumns,
  confidenceLevel,
  seedOf,
  wholeNumber,
} from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { createRng } from "../random/rng.ts";
import { type Printable, printable } from "../report/printable.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import { normalQuantile } from "../special/distributions.ts";
import {
  type BootstrapQuantity,
  type BootstrapStatistic,
  quantitiesOf,
  type RefittableFit,
} from "./bootstrap-statistic.ts";

const statistic = union(
  [choice(["coefficients", "parameters"]), callback<Extract<BootstrapStatistic, (...given: never[]) => unknown>>()],
  '"coefficients", "parameters" or a function of a fit',
);

const clusterBootstrapOptions = optionsSchema({
  /** Number of resamples, default 999. */
  resamples: optional(wholeNumber(1), 999),
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
});

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

const fault = (code: string, message: string) => new DeclarationError([{ code, path: ["bootstrap"], message }]);

function fitOf(
  source: RefittableFit | { compile(): CompiledModel },
  asked: FitMethod | FitMethodName | GeeMethod | undefined,
): RefittableFit {
  if (source instanceof MaximumLikelihood || source instanceof EstimatingEquations) return source;
  if (isFit(source)) throw fault("bootstrap-engine", messages.bootstrapNotEngine());
  if (typeof (source as { compile?: unknown } | null)?.compile !== "function")
    throw new DeclarationError([notAFit("clusterBootstrap()", source)]);
  const method = readFitMethod(asked, "clusterBootstrap()");
  const model = source.compile();
  return method.kind === "gee" ? fitGee(model, method) : fitModel(model, method);
}

function refit(fit: RefittableFit, { model, index, levels }: Resample): RefittableFit {
  return fit.kind === "gee"
    ? fitGee(model, fit.requested, { clusters: { index, levels } })
    : fitModel(model, fit.requested, startingAt(fit.requested, fit.estimate));
}

/** The clusters of a GEE with frequency weights, each as many times as it was counted. */
function countedClusters(index: Int32Array, weights: Float64Array): Int32Array {
  const copies: number[] = [];
  index.forEach((c, i) => {
    copies[c] = weights[i]!;
  });
  const fraction = copies.find((times) => !Number.isInteger(times));
  if (fraction !== undefined) throw fault("bootstrap-fractions", messages.bootstrapFractions(fraction));
  return Int32Array.from(copies.flatMap((times, c) => new Array<number>(times).fill(c)));
}

interface BootstrapClusters {
  /** Cluster of each row used, and how many there are. */
  readonly index: Int32Array;
  readonly count: number;
  /** What is drawn from where clusters were counted several times. */
  readonly counted?: Int32Array;
}

function clustersOfFit(fit: RefittableFit, asked: string | readonly string[] | undefined): BootstrapClusters {
  const groups = [...new Set(fit.model.design.random.map(({ group }) => group))];
  if (asked === undefined && fit.kind === "gee") {
    const { frequencyWeights } = fit.model.design;
    const index = fit.clusterOfRow;
    const count = index.reduce((most, c) => Math.max(most, c + 1), 0);
    return { index, count, ...(frequencyWeights && { counted: countedClusters(index, frequencyWeights) }) };
  }
  const series = groups.length === 0 ? (fit.model.spec.residual?.correlation?.by ?? []) : [];
  const wanted = asked ?? (series.length > 0 ? series : undefined);
  if (wanted === undefined && groups.length !== 1)
    throw fault("bootstrap-cluster", messages.bootstrapNeedsCluster(groups));
  if (wanted === undefined) {
    const term = fit.model.design.random[0]!;
    return { index: term.index, count: term.levels.length };
  }
  const issues: Issue[] = [];
  const found = clusterIndex(
    fit.model.table,
    fit.model.design.rows,
    typeof wanted === "string" ? [wanted] : wanted,
    issues,
  );
  if (issues.length > 0) throw new DeclarationError(issues);
  return { index: found!.index, count: found!.levels.length };
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/**
 * Standard errors and intervals that assume nothing of the dependence within clusters, for any quantity of a fit by maximum
 * likelihood, PQL or estimating equations. Deterministic in the seed.
 *
 * @param source a fit, or a declaration fitted by `options.method`
 * @throws DeclarationError where the clusters are not known, or the statistic of the original fit is no record of finite numbers
 * @example
 * const boot = clusterBootstrap(fit, { resamples: 999, seed: "herds" });
 * boot.rows[0]; // { term: "(Intercept)", estimate: -1.40, std_error: 0.24, conf_low: -1.93, … }
 */
export function clusterBootstrap(
  source: RefittableFit | { compile(): CompiledModel },
  given?: ClusterBootstrapOptions,
): ClusterBootstrap {
  const options = readOptions(clusterBootstrapOptions, given, { of: "clusterBootstrap()" });
  const { resamples, seed, statistic, confLevel } = options;
  const fit = fitOf(source, options.method);
  const { index, count: distinct, counted } = clustersOfFit(fit, options.cluster);
  const count = counted?.length ?? distinct;
  const { names, quantities, valuesOf } = quantitiesOf(fit, statistic);
  const original = valuesOf(fit);
  if (names.length === 0 || !names.every((name) => Number.isFinite(original[name])))
    throw fault("bootstrap-statistic", messages.bootstrapStatistic());
  const resample = clusterResampler(fit.model, index, distinct, counted !== undefined);
  const rng = createRng(seed);
  const picks = new Int32Array(count);
  const replicates: number[] = [];
  const failures: { resample: number; reason: string }[] = [];
  for (let b = 1; b <= resamples; b++) {
    const stream = rng.fork(`resample ${b}`);
    for (let k = 0; k < count; k++) {
      const pick = Math.floor(stream.uniform() * count);
      picks[k] = counted ? counted[pick]! : pick;
    }
    try {
      const again = refit(fit, resample(picks));
      const { code, reason } = again.verdict;
      if (code !== "converged" && code !== "boundary") throw new Error(messages.bootstrapNotConverged(reason));
      const values = valuesOf(again);
      if (Object.keys(values).join("\n") !== names.join("\n")) throw new Error(messages.bootstrapDifferentNames());
      const bad = names.filter((name) => !Number.isFinite(values[name]));
      if (bad.length > 0) throw new Error(messages.bootstrapNotNumbers(bad));
      for (const name of names) replicates.push(values[name]!);
    } catch (error) {
      failures.push({ resample: b, reason: reasonOf(error) });
    }
  }
  const kept = resamples - failures.length;
  const values = Float64Array.from(replicates);
  const rows = quantities.map((quantity, j) =>
    summary(quantity, original[names[j]!]!, values, kept, names.length, j, confLevel),
  );
  const warnings = [
    ...(failures.length > 0 ? [messages.bootstrapFailures(failures.length, resamples)] : []),
    ...(kept < 200 ? [messages.bootstrapFew(kept)] : []),
  ];
  return printable({ rows, names, replicates: values, kept, failures, clusters: count, warnings }, (style) =>
    bootstrapText(names, rows, kept, count, warnings, style),
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
