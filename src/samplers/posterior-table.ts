/** The table of a posterior: what is estimated, with the summaries of its draws. */

import type { RandomTermDesign } from "../data/design.ts";
import type { PosteriorSummary } from "../diagnostics/summary.ts";
import { summarise } from "../diagnostics/summary.ts";
import type { FitWarning } from "../messages/issue.ts";
import { noMean } from "../messages/sampling.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { TidyRow } from "../model/fit.ts";
import {
  componentOfEffect,
  estimatedParameters,
  reportedParameters,
  termInWords,
} from "../model/reported-parameters.ts";
import { drawsOf } from "./draws-of.ts";
import { sharedHyperparameters } from "./hyper-draws.ts";
import type { PosteriorParts } from "./posterior.ts";
import { ESS_A_CHAIN, RHAT_LIMIT } from "./sampling-diagnostics.ts";

/** The Pareto k of a tail above which draws have no mean to give. */
const LONGEST_TAIL = 0.7;

export function withoutMean(
  summaries: readonly { readonly term: string; readonly summary: PosteriorSummary }[],
): FitWarning[] {
  const heavy = summaries.filter(({ summary }) => summary.tailShape > LONGEST_TAIL);
  return heavy.length > 0 ? [noMean(heavy.map(({ term }) => term))] : [];
}

export function filledRow(row: TidyRow, summary: PosteriorSummary, confLevel: number): TidyRow {
  const tail = (1 - confLevel) / 2;
  const { estimate, sd, mcse } = momentsOf(summary);
  return {
    ...row,
    estimate,
    std_error: sd,
    conf_low: summary.quantile(tail),
    conf_high: summary.quantile(1 - tail),
    median: summary.median,
    rhat: summary.rhat,
    ess_bulk: summary.essBulk,
    ess_tail: summary.essTail,
    mcse,
  };
}

/** Null for what too few draws leave undefined. */
const numberOrNull = (value: number | null): number | null => (Number.isNaN(value) ? null : value);

/** The mean with its sd and error; the median without them where the draws have no mean to give. */
export function momentsOf({ mean, median, sd, mcse, tailShape }: PosteriorSummary) {
  return tailShape > LONGEST_TAIL
    ? { estimate: median, sd: null, mcse: null }
    : { estimate: mean, sd: numberOrNull(sd), mcse: numberOrNull(mcse) };
}

/** What is estimated, with the summary of its draws. */
export function summariesOf({ model, draws, priors }: PosteriorParts) {
  const parameters = estimatedParameters(model).map((parameter) => ({
    parameter,
    chains: drawsOf(draws, (x) => parameter.value(x)),
  }));
  return [...parameters, ...sharedHyperparameters(priors, draws)].map(({ parameter, chains }) => ({
    parameter,
    term: termInWords(parameter),
    summary: summarise(chains),
  }));
}

type Summaries = ReturnType<typeof summariesOf>;

/** The rows of the table: a given standard deviation has no draws, but its place in it. */
export function tableOf(model: CompiledModel, draws: PosteriorParts["draws"], summaries: Summaries) {
  const first = draws.values.subarray(0, draws.size);
  let next = 0;
  return [
    ...reportedParameters(model).map((parameter) =>
      parameter.given
        ? { parameter, summary: null, given: parameter.value(first) }
        : { parameter, summary: summaries[next++]!.summary, given: Number.NaN },
    ),
    ...summaries.slice(next).map(({ parameter, summary }) => ({ parameter, summary, given: Number.NaN })),
  ];
}

export function haveMixed(summaries: Summaries, chains: number): boolean {
  const wanted = ESS_A_CHAIN * chains;
  return summaries.every(
    ({ summary }) =>
      summary.rhat !== null &&
      summary.rhat < RHAT_LIMIT &&
      (summary.essBulk ?? 0) >= wanted &&
      (summary.essTail ?? 0) >= wanted,
  );
}

export function emptyEffectRow(model: CompiledModel, term: RandomTermDesign, position: number): TidyRow {
  return {
    effect: "ran_vals",
    component: componentOfEffect(model, term, position % term.q),
    group: term.group,
    term: term.names[position % term.q]!,
    level: term.levels[Math.floor(position / term.q)]!,
    estimate: Number.NaN,
    std_error: null,
    statistic: null,
    df: null,
    p_value: null,
    conf_low: null,
    conf_high: null,
  };
}
