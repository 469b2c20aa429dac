/**
 * Leave-one-out predictive accuracy by Pareto smoothed importance sampling: elpd = Σ_units log p(y_unit | y_others), from the draws of one
 * fit. Vehtari, Gelman & Gabry (2017), "Practical Bayesian model evaluation using leave-one-out cross-validation and WAIC", Statistics and
 * Computing 27; figures equal those of R's package loo.
 */

import { custom, type InferOutput, optional } from "valibot";
import { type DrawsByChain, mapChains, readChains } from "../diagnostics/chains.ts";
import { effectiveSampleSize } from "../diagnostics/effective-sample-size.ts";
import { paretoKThreshold, psis } from "../diagnostics/pareto-smoothing.ts";
import type { ColumnsOfFit, ColumnsToGroup } from "../effects/checked-columns.ts";
import { highParetoK, paretoAdvice } from "../messages/checks.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { type DoneOrPromised, doneOrPromised, type Report, type SlicesOf } from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { type Printable, printable } from "../report/printable.ts";
import type { Style } from "../report/text-table.ts";
import { logMeanExp, logSumExp } from "../special/log-sum-exp.ts";
import { type ElpdEstimate, elpdTable, totalOf } from "./elpd.ts";
import {
  finiteUnitDraws,
  logLikelihoodEntries,
  type PointwiseLogLikelihood,
  pointwiseOfSource,
  unitChains,
  unitDraws,
} from "./pointwise-log-likelihood.ts";

const looOptions = optionsSchema({
  ...logLikelihoodEntries,
  /** ESS of each unit's likelihood over the number of draws, in the order of units; default computed from the chains. */
  relativeEfficiency: optional(
    custom<ArrayLike<number>>(
      (value) => (Array.isArray(value) || value instanceof Float64Array) && Array.from(value).every((each) => each > 0),
      "a list of numbers above 0, one a unit",
    ),
  ),
});

export type LooOptions = OptionsOf<typeof looOptions>;

/** What leaving one unit out comes to. */
export interface LooUnit {
  readonly unit: string;
  /** How many like units it stands for: the frequency weight of a row; absent: one. One of them is left out, and sums count all. */
  readonly count?: number;
  /** log p(y_unit | y_others). */
  readonly elpd_loo: number;
  /** Monte Carlo standard error of elpd_loo, by a log-normal approximation; meaningful where pareto_k is low. */
  readonly mcse_elpd_loo: number;
  /** log of the mean likelihood with the unit in the fit, less elpd_loo. */
  readonly p_loo: number;
  readonly looic: number;
  readonly pareto_k: number;
  /** Effective number of draws behind the estimate. */
  readonly n_eff: number;
}

export interface Loo extends Printable {
  readonly kind: "loo";
  readonly by: PointwiseLogLikelihood["by"];
  readonly likelihood: PointwiseLogLikelihood["likelihood"];
  readonly draws: number;
  readonly pointwise: readonly LooUnit[];
  readonly elpd_loo: ElpdEstimate;
  readonly p_loo: ElpdEstimate;
  readonly looic: ElpdEstimate;
  /** pareto_k above this is reported. */
  readonly threshold: number;
  readonly warnings: readonly FitWarning[];
  /** The smoothed weights of all draws when `unit` is left out; they sum to 1. */
  weights(unit: number): Float64Array;
}

/**
 * Leave-one-out cross-validation without refitting: by row or by group, with the random effects conditioned on or integrated out.
 *
 * Leaving out rows with `likelihood: "marginal"` estimates the same thing as with "conditional", prediction of a new row in a known group,
 * with far steadier weights. Leaving out groups estimates prediction of a new group.
 *
 * @param source a posterior, or a pointwise log-likelihood already computed (its own `by` and `likelihood` then hold)
 * @returns the result; with a `signal` or `onProgress` a promise of it, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError for a maximum-likelihood fit, or where a log-likelihood is not finite
 * @example
 * const rows = loo(fit);                     // elpd of new rows in the same groups
 * const groups = loo(fit, { by: "group" });  // leave-one-group-out, random effects integrated out
 * groups.pointwise.filter(({ pareto_k }) => pareto_k > groups.threshold);
 */
export function loo<
  const F extends Fit | PointwiseLogLikelihood,
  const Group extends string = never,
  Signal extends StopSignal | undefined = undefined,
  Told = never,
>(
  source: F,
  given?: LooOptions & ColumnsToGroup<ColumnsOfFit<F>, Group> & SlicesOf<Signal, Told>,
): DoneOrPromised<Loo, Signal, Told>;
export function loo(source: Fit | PointwiseLogLikelihood, given?: LooOptions): Loo | Promise<Loo> {
  const options = readOptions(looOptions, given, { of: "loo()" });
  return doneOrPromised((report) => leaveOneOut(source, options, report), options);
}

/** The work of `loo`. */
export function* leaveOneOut(
  source: Fit | PointwiseLogLikelihood,
  options: InferOutput<typeof looOptions>,
  report: Report,
): Pausable<Loo> {
  const pointwise = yield* pointwiseOfSource(source, options, "loo()", report);
  const { units, chains, drawsPerChain, by, likelihood, counts } = pointwise;
  const draws = chains * drawsPerChain;
  const smoothed = (unit: number) => {
    const logLik = finiteUnitDraws(pointwise, unit);
    const relativeEfficiency = options.relativeEfficiency?.[unit] ?? likelihoodEfficiency(unitChains(pointwise, unit));
    return {
      logLik,
      relativeEfficiency,
      ...psis(
        logLik.map((value) => -value),
        { relativeEfficiency },
      ),
    };
  };
  const leaveOut = (name: string, unit: number): LooUnit => {
    const { logLik, logWeights, paretoK, effectiveSampleSize: n_eff, relativeEfficiency } = smoothed(unit);
    const elpd = logSumExp(logLik.map((value, s) => value + logWeights[s]!));
    let spread = 0;
    for (let s = 0; s < draws; s++) spread += Math.exp(2 * logWeights[s]!) * Math.expm1(logLik[s]! - elpd) ** 2;
    return {
      unit: name,
      ...(counts && { count: counts[unit]! }),
      elpd_loo: elpd,
      mcse_elpd_loo: Math.sqrt(Math.log1p(spread) / relativeEfficiency),
      p_loo: logMeanExp(logLik) - elpd,
      looic: -2 * elpd,
      pareto_k: paretoK,
      n_eff,
    };
  };
  const rows: LooUnit[] = [];
  for (const [unit, name] of units.entries()) {
    rows.push(leaveOut(name, unit));
    report("importance weights", unit + 1, units.length);
    if (pauseDue()) yield;
  }
  const threshold = paretoKThreshold(draws);
  const sum = (of: (row: LooUnit) => number) => totalOf(rows.map(of), counts);
  const result = {
    kind: "loo" as const,
    by,
    likelihood,
    draws,
    pointwise: rows,
    elpd_loo: sum((row) => row.elpd_loo),
    p_loo: sum((row) => row.p_loo),
    looic: sum((row) => row.looic),
    threshold,
    warnings: paretoWarnings(rows, threshold, pointwise),
    weights: (unit: number) => smoothed(unit).logWeights.map(Math.exp),
  };
  return printable(result, (style) => reportOf(result, style));
}

/**
 * ESS of the likelihood over the number of draws, the `r_eff` of importance ratios 1/likelihood: chains are compared as they are, not split.
 * 1 where the likelihood does not vary.
 *
 * @param given the log-likelihoods of one unit, an array a chain
 * @throws DeclarationError where they are no arrays of numbers, or of different lengths
 */
export function likelihoodEfficiency(given: DrawsByChain): number {
  const logLik = readChains(given, "likelihoodEfficiency()");
  const total = logLik.reduce((sum, chain) => sum + chain.length, 0);
  // ESS has no scale, so that the largest likelihood may be 1: none then underflows that matters.
  const top = logLik.reduce((most, chain) => chain.reduce((a, b) => Math.max(a, b), most), -Infinity);
  const ess = effectiveSampleSize(mapChains(logLik, (value) => Math.exp(value - top)));
  return Number.isNaN(ess) ? 1 : ess / total;
}

function paretoWarnings(rows: readonly LooUnit[], threshold: number, source: PointwiseLogLikelihood): FitWarning[] {
  // A likelihood that does not vary gives equal weights: no tail to fit, and nothing wrong.
  const varies = (i: number) => {
    const values = unitDraws(source, i);
    return values.some((value) => value !== values[0]);
  };
  const high = rows.filter((row, i) => row.pareto_k > threshold && varies(i));
  if (high.length === 0) return [];
  const worst = high.reduce((most, row) => Math.max(most, row.pareto_k), 0);
  const advice =
    source.likelihood === "marginal"
      ? paretoAdvice.refit
      : source.by === "row"
        ? paretoAdvice.integrateRows
        : paretoAdvice.integrateGroups;
  return [
    highParetoK(
      high.map((row) => row.unit),
      worst,
      threshold,
      advice,
    ),
  ];
}

function reportOf(result: Omit<Loo, keyof Printable>, style: Style): string {
  const { by, likelihood, draws, pointwise, threshold, warnings } = result;
  const names = ["elpd_loo", "p_loo", "looic"] as const;
  const counts = [
    pointwise.filter((row) => row.pareto_k <= threshold).length,
    pointwise.filter((row) => row.pareto_k > threshold && row.pareto_k <= 1).length,
    pointwise.filter((row) => row.pareto_k > 1).length,
  ];
  return [
    style(
      `Leave one ${by} out (${likelihood === "marginal" ? "random effects integrated out" : "given the random effects"}), ${pointwise.length} ${by}s, ${draws} draws`,
      "title",
    ),
    "",
    ...elpdTable(names, result, style),
    "",
    `Pareto k: ${counts[0]} up to ${threshold.toFixed(2)}, ${counts[1]} up to 1, ${counts[2]} above`,
    ...warnings.map(({ message }) => style(message, "warning")),
  ].join("\n");
}
