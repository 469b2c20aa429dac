/**
 * Posterior predictive checks: test statistics of the responses beside those of responses replicated from the fit. Gelman, Meng & Stern
 * (1996), "Posterior predictive assessment of model fitness via realized discrepancies", Statistica Sinica 6.
 */

import { type GenericSchema, type InferOutput, optional, union } from "valibot";
import { encode } from "../data/factor.ts";
import { repeatedRows } from "../data/repeated-rows.ts";
import { mean, variance } from "../diagnostics/chains.ts";
import { quantile } from "../diagnostics/quantile.ts";
import type { ColumnsOfFit, ColumnsToGroup } from "../effects/checked-columns.ts";
import {
  groupColumnUnknown,
  needsDistribution,
  noStatistics,
  statisticNotANumber,
  statisticSometimesUndefined,
  statisticUndefined,
  unknownStatistic,
} from "../messages/checks.ts";
import { DeclarationError, declarationFault, type FitWarning, type Issue } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { DistributionFit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { requireFit } from "../model/require-fit.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { eitherName } from "../options/either-name.ts";
import { callback, choice, columnName, listOf, recordOf, seedOf, wholeNumber } from "../options/kinds.ts";
import {
  type DoneOrPromised,
  doneOrPromised,
  longWorkEntries,
  type Report,
  type SlicesOf,
} from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { ownNumbers } from "../prediction/category-score.ts";
import { type Simulation, simulateRepeated } from "../prediction/simulate.ts";
import { formatColumn } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { textTable } from "../report/text-table.ts";
import { type StatisticName, TEST_STATISTICS, type TestStatistic } from "./test-statistics.ts";

const statisticName = choice(Object.keys(TEST_STATISTICS) as StatisticName[]);
const ofStatistics = `a list of names of statistics (${Object.keys(TEST_STATISTICS).join(", ")}), or a record of names and functions, as { largest: (y) => Math.max(...y) }`;
const statistic = union(
  [statisticName, callback<TestStatistic>()],
  "the name of a statistic, or a function of a response vector",
);
const statistics: GenericSchema<readonly StatisticName[] | Readonly<Record<string, TestStatistic | StatisticName>>> =
  union([listOf(statisticName, ofStatistics), recordOf(statistic, ofStatistics)], ofStatistics);

const posteriorPredictiveOptions = optionsSchema({
  /** Names (`mean`, `sd`, `min`, `max`, `median`, `zeros`, `skewness`, `dispersion`), or functions by name. Default mean, sd, min and max. */
  statistics: optional(statistics, ["mean", "sd", "min", "max"]),
  /** A grouping factor or a column of the table: statistics are computed level by level. */
  group: optional(columnName),
  /** Number of replicated response vectors; default 1000, or as many as there are draws where these are fewer. */
  draws: optional(wholeNumber(1)),
  /** The name that `draws` had before. */
  nsim: optional(wholeNumber(1)),
  /**
   * `fitted`: new responses of the same groups (default); `new`: of new groups of the same kind. A check of how groups differ needs `new`.
   */
  randomEffects: optional(choice(["fitted", "new"]), "fitted"),
  /** Of the replicated responses; default "predictive check". */
  seed: optional(seedOf, "predictive check"),
  ...longWorkEntries,
});

export type PosteriorPredictiveOptions = OptionsOf<typeof posteriorPredictiveOptions>;

export interface PredictiveCheckRow {
  readonly statistic: string;
  /** Level of the grouping; null where there is none. */
  readonly group: string | null;
  /** Null where the statistic has no value, as the skewness of equal numbers. */
  readonly observed: number | null;
  /** Of the replicated values there are; null where there is none. */
  readonly mean: number | null;
  readonly sd: number | null;
  /** 2.5 and 97.5 % quantiles of the replicated values there are. */
  readonly conf_low: number | null;
  readonly conf_high: number | null;
  /**
   * P(T(replicated) > T(observed)) among the replicated values there are, equal ones counted half: near 0 or 1 the model does not make such
   * data.
   */
  readonly p_value: number | null;
  /** On how many of the replicated responses the statistic has a value, a finite number. */
  readonly defined: number;
  /** The statistic of each simulation; NaN or infinite where it has no value. */
  readonly replicated: Float64Array;
}

export interface PredictiveCheck extends Printable {
  readonly rows: readonly PredictiveCheckRow[];
  /** Of all responses: a row of frequency weight m has m of them, one after the other. */
  readonly replications: Simulation;
  readonly warnings: readonly FitWarning[];
}

/**
 * Compares test statistics of the observed response with those of replicated ones: from posterior draws, or from the estimate of a
 * maximum-likelihood fit. A row that counts several times (its frequency weight) is so many responses, observed and replicated. Posterior
 * predictive p-values are not uniform under the model: they gather around ½, so that extreme ones mean more than their size says.
 *
 * @returns the check; with a `signal` or `onProgress` a promise of it, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError with every statistic that is not known or gives no number, for an unknown group, or for
 *   a frequency weight that is no whole number
 * @example
 * posteriorPredictive(fit, { statistics: { zeros: "zeros", largest: (y) => Math.max(...y) }, group: "herd", seed: 1 }).print();
 */
export function posteriorPredictive<
  const F extends DistributionFit,
  const Group extends string = never,
  Signal extends StopSignal | undefined = undefined,
  Told = never,
>(
  fit: F,
  options?: PosteriorPredictiveOptions & ColumnsToGroup<ColumnsOfFit<F>, Group> & SlicesOf<Signal, Told>,
): DoneOrPromised<PredictiveCheck, Signal, Told>;
export function posteriorPredictive(
  fit: DistributionFit,
  options?: PosteriorPredictiveOptions,
): PredictiveCheck | Promise<PredictiveCheck> {
  requireFit(fit, "posteriorPredictive()");
  const read = readOptions(posteriorPredictiveOptions, options, { of: "posteriorPredictive()" });
  if (fit.kind !== "ml" && fit.kind !== "posterior") throw declarationFault(needsDistribution("A predictive check"));
  return doneOrPromised((report) => check(fit, read, report), read);
}

function* check(
  fit: DistributionFit,
  read: InferOutput<typeof posteriorPredictiveOptions>,
  report: Report,
): Pausable<PredictiveCheck> {
  const { group, seed, randomEffects } = read;
  const statistics = chosenStatistics(read.statistics);
  const { model } = fit;
  const cells = group === undefined ? [{ level: null, rows: null }] : levelsOf(model, group);
  const draws = fit.kind === "posterior" ? ownDraws(fit).chains * ownDraws(fit).drawsPerChain : 1000;
  const { rows: repeated, warnings: counted } = repeatedRows(model.design, "A predictive check");
  const wanted = eitherName(read, "draws", "nsim", "posteriorPredictive()");
  const asked = { nsim: wanted ?? Math.min(1000, draws), seed, randomEffects, newdata: undefined };
  const replications = yield* simulateRepeated(fit, asked, repeated, report);
  const { nsim } = replications;
  const own = ownNumbers(model.family, model.design.y);
  const y = repeated ? Float64Array.from(repeated, (i) => own[i]!) : own;
  const checks: PredictiveCheckRow[] = [];
  for (const { level, rows } of cells) {
    const responses = selector(rows && repeated ? placesOf(rows, repeated) : rows);
    for (const { name, statistic } of statistics) {
      const observed: unknown = statistic(responses(y));
      if (typeof observed !== "number") throw declarationFault(statisticNotANumber(name, level));
      const replicated = new Float64Array(nsim);
      for (let s = 0; s < nsim; s++) {
        replicated[s] = statistic(responses(replications.response(s)));
        if (pauseDue()) yield;
      }
      checks.push({ statistic: name, group: level, ...comparison(observed, replicated), replicated });
      report("statistics", checks.length, cells.length * statistics.length);
    }
  }
  if (checks.every(({ observed }) => observed === null))
    throw declarationFault(statisticNotANumber(checks[0]!.statistic, checks[0]!.group));
  const warnings = [...counted, ...replications.warnings, ...undefinedValues(checks, nsim)];
  return printable({ rows: checks, replications, warnings }, (style) =>
    [
      ...textTable(
        [
          { header: "statistic", cells: checks.map(({ statistic }) => statistic), align: "left" },
          ...(group === undefined
            ? []
            : [{ header: group, cells: checks.map((row) => row.group!), align: "left" as const }]),
          ...(["observed", "mean", "conf_low", "conf_high", "p_value"] as const).map((header) => ({
            header,
            cells: formatColumn(checks.map((row) => row[header])),
          })),
        ],
        style,
      ),
      ...warnings.map(({ message }) => style(message, "warning")),
    ].join("\n"),
  );
}

/** The replicated values that are numbers, beside the observed one. */
function comparison(
  observed: number,
  replicated: Float64Array,
): Omit<PredictiveCheckRow, "statistic" | "group" | "replicated"> {
  const own = replicated.filter(Number.isFinite);
  const values = own.slice().sort();
  const defined = values.length;
  const known = Number.isFinite(observed);
  let above = 0;
  for (const value of values) above += value > observed ? 1 : value === observed ? 0.5 : 0;
  return {
    observed: known ? observed : null,
    mean: defined > 0 ? mean(own) : null,
    sd: defined > 1 ? Math.sqrt(variance(own)) : null,
    conf_low: defined > 0 ? quantile(values, 0.025) : null,
    conf_high: defined > 0 ? quantile(values, 0.975) : null,
    p_value: known && defined > 0 ? above / defined : null,
    defined,
  };
}

/** A note for each statistic that has no value for the data of a group, or on some of the replicated responses. */
function undefinedValues(checks: readonly PredictiveCheckRow[], nsim: number): FitWarning[] {
  return [...new Set(checks.map(({ statistic }) => statistic))].flatMap((name) => {
    const own = checks.filter(({ statistic }) => statistic === name);
    const unobserved = own.filter(({ observed }) => observed === null);
    const partly = own.filter(({ defined }) => defined < nsim);
    const least = partly.reduce((fewest, { defined }) => Math.min(fewest, defined), nsim);
    return [
      ...(unobserved.length > 0
        ? [
            statisticUndefined(
              name,
              unobserved.map(({ group }) => group),
            ),
          ]
        : []),
      ...(partly.length > 0 ? [statisticSometimesUndefined(name, least, nsim, partly.length)] : []),
    ];
  });
}

function chosenStatistics(
  given: NonNullable<PosteriorPredictiveOptions["statistics"]>,
): { readonly name: string; readonly statistic: TestStatistic }[] {
  const entries: [string, TestStatistic | string][] = Array.isArray(given)
    ? given.map((name: string) => [name, name])
    : Object.entries(given);
  if (entries.length === 0) throw declarationFault(noStatistics);
  const issues: Issue[] = [];
  const chosen = entries.flatMap(([name, statistic]) => {
    if (typeof statistic === "function") return [{ name, statistic }];
    if (Object.hasOwn(TEST_STATISTICS, statistic))
      return [{ name, statistic: TEST_STATISTICS[statistic as StatisticName] as TestStatistic }];
    issues.push(unknownStatistic(statistic, Object.keys(TEST_STATISTICS)));
    return [];
  });
  if (issues.length > 0) throw new DeclarationError(issues);
  return chosen;
}

/** Where these rows stand among the repeated ones. */
function placesOf(rows: Int32Array, repeated: readonly number[]): Int32Array {
  const wanted = new Set(rows);
  return Int32Array.from([...repeated.keys()].filter((at) => wanted.has(repeated[at]!)));
}

/** The part of a response vector that a cell is about; without rows, all of it. */
function selector(rows: Int32Array | null): (y: Float64Array) => Float64Array {
  if (!rows) return (y) => y;
  const part = new Float64Array(rows.length);
  return (y) => {
    for (let i = 0; i < rows.length; i++) part[i] = y[rows[i]!]!;
    return part;
  };
}

/** The rows of each level, levels in the order of the grouping factor, or in the order they appear in the column. */
function levelsOf(
  { design, table }: CompiledModel,
  group: string,
): { readonly level: string; readonly rows: Int32Array }[] {
  const term = design.random.find((candidate) => candidate.group === group);
  const column = table.column(group);
  if (!term && !column)
    throw declarationFault(
      groupColumnUnknown(group, [...new Set([...design.random.map((random) => random.group), ...table.names])]),
    );
  const coded = term ? null : encode(column!);
  const labels = Array.from(design.rows, (row, i) =>
    coded ? (coded.levels[coded.codes[row]!] ?? "missing") : term!.levels[term!.index[i]!]!,
  );
  const levels = term ? term.levels : [...new Set(labels)];
  const byLevel = new Map(levels.map((level) => [level, [] as number[]]));
  labels.forEach((label, i) => {
    byLevel.get(label)!.push(i);
  });
  // a known covariance may have levels without rows
  return levels
    .map((level) => ({ level, rows: Int32Array.from(byLevel.get(level)!) }))
    .filter(({ rows }) => rows.length > 0);
}
