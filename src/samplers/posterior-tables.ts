/** The tables of a posterior: summaries of its draws by parameter and by random effect. */

import type { PosteriorSummary } from "../diagnostics/summary.ts";
import { summarise } from "../diagnostics/summary.ts";
import { declaredSigma } from "../families/given-sigma.ts";
import type { FitWarning } from "../messages/issue.ts";
import { noMean } from "../messages/sampling.ts";
import { logRatios } from "../model/exponentiate.ts";
import type { Glance, RanefRow, TidyRow } from "../model/fit.ts";
import { observations } from "../model/observations.ts";
import {
  componentOfEffect,
  effectName,
  emptyRow,
  estimatedParameters,
  otherComponent,
  reportedParameters,
  termInWords,
} from "../model/reported-parameters.ts";
import { readTidyOptionsWithoutDdf, type TidyOptions } from "../model/tidy-options.ts";
import { drawsOf } from "./draws-of.ts";
import { sharedHyperparameters } from "./hyper-draws.ts";
import type { PosteriorParts } from "./posterior-data.ts";
import { eachEffect, effectMoments, effectSizes, type RandomEffectDraws } from "./random-effect-draws.ts";
import { ESS_A_CHAIN, RHAT_LIMIT } from "./sampling-diagnostics.ts";

/** The Pareto k of a tail above which draws have no mean to give. */
const LONGEST_TAIL = 0.7;

function withoutMean(
  summaries: readonly { readonly term: string; readonly summary: PosteriorSummary }[],
): FitWarning[] {
  const heavy = summaries.filter(({ summary }) => summary.tailShape > LONGEST_TAIL);
  return heavy.length > 0 ? [noMean(heavy.map(({ term }) => term))] : [];
}

function filledRow(row: TidyRow, summary: PosteriorSummary, confLevel: number): TidyRow {
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
function momentsOf({ mean, median, sd, mcse, tailShape }: PosteriorSummary) {
  return tailShape > LONGEST_TAIL
    ? { estimate: median, sd: null, mcse: null }
    : { estimate: mean, sd: numberOrNull(sd), mcse: numberOrNull(mcse) };
}

const hasMixed = ({ rhat, essBulk, essTail }: PosteriorSummary, chains: number): boolean =>
  rhat !== null &&
  rhat < RHAT_LIMIT &&
  (essBulk ?? 0) >= ESS_A_CHAIN * chains &&
  (essTail ?? 0) >= ESS_A_CHAIN * chains;

/** The tables, the summaries that they show, and what these are to be read with. */
interface PosteriorTables {
  readonly summaries: readonly { readonly term: string; readonly summary: PosteriorSummary }[];
  readonly warnings: readonly FitWarning[];
  tidy(options?: TidyOptions): TidyRow[];
  glance(): Glance;
  ranef(): RanefRow[];
}

export function posteriorTables(parts: PosteriorParts, effects: RandomEffectDraws, method: string): PosteriorTables {
  const { model, draws, diagnostics } = parts;
  const { design } = model;
  const sizes = effectSizes(model);
  const parameters = estimatedParameters(model).map((parameter) => ({
    parameter,
    chains: drawsOf(draws, (x) => parameter.value(x)),
  }));
  const summaries = [...parameters, ...sharedHyperparameters(parts.priors, draws)].map(({ parameter, chains }) => ({
    parameter,
    term: termInWords(parameter),
    summary: summarise(chains),
  }));
  // a given standard deviation has no draws, but its place in the table
  const first = draws.values.subarray(0, draws.size);
  let next = 0;
  const table = [
    ...reportedParameters(model).map((parameter) =>
      parameter.given
        ? { parameter, summary: null, given: parameter.value(first) }
        : { parameter, summary: summaries[next++]!.summary, given: Number.NaN },
    ),
    ...summaries.slice(next).map(({ parameter, summary }) => ({ parameter, summary, given: Number.NaN })),
  ];
  return {
    summaries,
    warnings: withoutMean(summaries),
    tidy(options) {
      const { effects: wanted, confLevel, exponentiate } = readTidyOptionsWithoutDdf(options, "A posterior");
      const isLogRatio = exponentiate ? logRatios(model) : () => false;
      const rows = table
        .filter(({ parameter }) => wanted.includes(parameter.effect))
        .map(({ parameter, summary, given }) => {
          const row = emptyRow(parameter);
          if (!summary) return { ...row, estimate: given };
          const own =
            "value" in parameter && isLogRatio(row)
              ? summarise(drawsOf(draws, (x) => Math.exp(parameter.value(x))))
              : summary;
          return filledRow(row, own, confLevel);
        });
      if (!wanted.includes("ran_vals")) return rows;
      const values = eachEffect(effects, sizes, draws, (t, position, chains) => {
        const term = design.random[t]!;
        const row: TidyRow = {
          effect: "ran_vals",
          component: componentOfEffect(model, term, position % term.q),
          group: term.group,
          term: effectName(term, position % term.q),
          level: term.levels[Math.floor(position / term.q)]!,
          estimate: Number.NaN,
          std_error: null,
          statistic: null,
          df: null,
          p_value: null,
          conf_low: null,
          conf_high: null,
        };
        return filledRow(row, summarise(chains), confLevel);
      });
      return [...rows, ...values];
    },
    glance() {
      const sigma = summaries.find(({ parameter }) => "kind" in parameter && parameter.kind === "sigma");
      return {
        nobs: observations(model),
        omitted: design.omitted,
        logLik: null,
        AIC: null,
        BIC: null,
        AICc: null,
        deviance: null,
        REMLcrit: null,
        df: null,
        df_residual: null,
        sigma: sigma ? momentsOf(sigma.summary).estimate : declaredSigma(model.family),
        converged:
          summaries.every(({ summary }) => hasMixed(summary, draws.chains)) &&
          diagnostics.divergences.every((count) => count === 0),
        singular: false,
        method,
      };
    },
    ranef() {
      const moments = effectMoments(effects, sizes, draws.chains * draws.drawsPerChain);
      return design.random.flatMap((term, t) => {
        const { group, levels, q } = term;
        return Array.from(moments.mean[t]!, (estimate, i) => ({
          ...otherComponent(componentOfEffect(model, term, i % q)),
          group,
          level: levels[Math.floor(i / q)]!,
          term: effectName(term, i % q),
          estimate,
          std_error: moments.sd[t]![i]!,
        }));
      });
    },
  };
}
