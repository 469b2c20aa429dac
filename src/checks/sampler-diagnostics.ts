/** Diagnostics of a sampled fit parameter by parameter: rank histograms, effective sample sizes along the distribution, divergences. */

import { optional } from "valibot";
import {
  type EssAtQuantile,
  type EssOfInterval,
  essByInterval,
  essByQuantile,
} from "../diagnostics/ess-by-quantile.ts";
import { type RankHistogram, rankHistogram } from "../diagnostics/rank-histogram.ts";
import { needsPosterior } from "../messages/checks.ts";
import { declarationFault } from "../messages/issue.ts";
import type { PosteriorFit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { estimatedParameters } from "../model/reported-parameters.ts";
import { requireFit } from "../model/require-fit.ts";
import { wholeNumber } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { refuseOptions } from "../options/surplus-options.ts";
import { drawsOf } from "../samplers/draws-of.ts";
import type { Posterior } from "../samplers/posterior.ts";
import { type DivergenceTrace, locateDivergences } from "../samplers/trace-divergences.ts";

export interface OfParameter {
  readonly group: string | null;
  readonly component: string;
  readonly term: string;
}

export interface ParameterRanks extends OfParameter, RankHistogram {}

const rankPlotOptions = optionsSchema({
  /** Number of bins, default 20. */
  bins: optional(wholeNumber(2), 20),
});

export type RankPlotOptions = OptionsOf<typeof rankPlotOptions>;

/**
 * Data of rank plots: for each reported parameter a histogram a chain of the ranks of its draws among those of all chains.
 *
 * @param options.bins default 20
 * @throws DeclarationError for a fit without draws, or a number of bins that is no whole number of at least 2
 * @example
 * const [intercept] = rankPlot(fit);
 * intercept!.counts[0]; // chain 1: draws in each of 20 bins, flat at intercept.expected
 */
export function rankPlot(fit: PosteriorFit, options?: RankPlotOptions): ParameterRanks[] {
  requireFit(fit, "rankPlot()");
  const { bins } = readOptions(rankPlotOptions, options, { of: "rankPlot()" });
  if (fit.kind !== "posterior") throw declarationFault(needsPosterior("A rank plot"));
  return estimatedParameters(fit.model).map(({ group, component, term, value }) => ({
    group,
    component,
    term,
    ...rankHistogram(drawsOf(ownDraws(fit), value), bins),
  }));
}

export interface ParameterEss extends OfParameter {
  /** ESS of quantiles 0.05 to 0.95: a dip shows where the chains are slow. */
  readonly quantiles: readonly EssAtQuantile[];
  /** ESS of the probabilities of 20 intervals of equal probability. */
  readonly intervals: readonly EssOfInterval[];
}

/**
 * Effective sample sizes along the distribution of each reported parameter.
 *
 * @throws DeclarationError for a fit without draws
 * @example essAlong(fit)[0]!.quantiles; // [{ probability: 0.05, ess: 1834 }, …]
 */
export function essAlong(fit: PosteriorFit): ParameterEss[];
export function essAlong(fit: PosteriorFit, ...surplus: unknown[]): ParameterEss[] {
  requireFit(fit, "essAlong()");
  refuseOptions(surplus, "essAlong()");
  if (fit.kind !== "posterior") throw declarationFault(needsPosterior("An effective sample size"));
  return estimatedParameters(fit.model).map(({ group, component, term, value }) => {
    const chains = drawsOf(ownDraws(fit), value);
    return { group, component, term, quantiles: essByQuantile(chains), intervals: essByInterval(chains) };
  });
}

/**
 * Traces divergent transitions to the term of the model they come from, with a sentence that says what to do.
 *
 * @throws DeclarationError for a fit without draws
 * @example traceDivergences(fit).message;
 */
export function traceDivergences(fit: Posterior): DivergenceTrace;
export function traceDivergences(fit: Posterior, ...surplus: unknown[]): DivergenceTrace {
  requireFit(fit, "traceDivergences()");
  refuseOptions(surplus, "traceDivergences()");
  if (fit.kind !== "posterior") throw declarationFault(needsPosterior("A trace of divergences"));
  const { sampler } = fit;
  const target = "targetAcceptance" in sampler ? sampler.targetAcceptance : 0.8;
  return locateDivergences(
    fit.model,
    ownDraws(fit),
    fit.diagnostics.divergentDraws ?? [],
    target,
    fit.parameterisation,
  );
}
