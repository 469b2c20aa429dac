/** The posterior as a fit: draws in natural parameters, their summaries and diagnostics, and the random effects that go with them. */

import type { Loo, LooOptions } from "../checks/leave-one-out.ts";
import type { NumberListJSON } from "../data/number-json.ts";
import type { PosteriorSummary } from "../diagnostics/summary.ts";
import { summarise } from "../diagnostics/summary.ts";
import type { AnyColumns } from "../dsl/column-types.ts";
import { formulaOf } from "../dsl/print-formula.ts";
import type { ColumnsToAverage } from "../effects/checked-columns.ts";
import type { PopulationAverageOptions, PopulationAverages } from "../effects/population-average.ts";
import { declaredSigma } from "../families/given-sigma.ts";
import { fitNotCloned } from "../messages/cloning.ts";
import type { FitWarning } from "../messages/issue.ts";
import { DeclarationError } from "../messages/issue.ts";
import { cannotExtend, noMean } from "../messages/sampling.ts";
import { type ChangedParameters, changedParameters } from "../model/changed-parameters.ts";
import type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";
import { declarationOf } from "../model/declaration-of.ts";
import { logRatios } from "../model/exponentiate.ts";
import type { Glance, ParameterDraws, PosteriorFit, RanefRow, TidyRow } from "../model/fit.ts";
import type { NamedParameters } from "../model/named-parameters.ts";
import { observations } from "../model/observations.ts";
import { copyOfDraws, frozenCopy, keepOwn } from "../model/own-numbers.ts";
import { loo, populationAverage } from "../model/questions.ts";
import {
  componentOfEffect,
  effectName,
  emptyRow,
  estimatedParameters,
  otherComponent,
  reportedParameters,
  termInWords,
} from "../model/reported-parameters.ts";
import { type SavedModel, savedJSON, saveModel } from "../model/saved-model.ts";
import { readTidyOptionsWithoutDdf, type TidyOptions } from "../model/tidy-options.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { wholeNumber } from "../options/kinds.ts";
import type { AtOnce, DoneOrPromised, InSlices, SlicesOf } from "../options/long-work.ts";
import { readArgument } from "../options/read-options.ts";
import { refuseOptions } from "../options/surplus-options.ts";
import { fitted, type Prediction, type PredictOptions, predict } from "../prediction/predict.ts";
import { type ResidualType, residuals } from "../prediction/residuals.ts";
import { type SimulateOptions, type Simulation, simulate } from "../prediction/simulate.ts";
import { conjugatePriorTable } from "../priors/conjugate-prior-table.ts";
import type { PriorRow, ResolvedPriors } from "../priors/resolved.ts";
import { fitPrinter } from "../report/print-fit.ts";
import type { PrintableFit } from "../report/printable.ts";
import type { DeclaredModel } from "../studies/scenario.ts";
import type { SamplerRun, SamplerState } from "./chain-sampler.ts";
import type { ChainStatistics, Stored } from "./chain-state.ts";
import { drawsOf } from "./draws-of.ts";
import type { Parameterisation } from "./effect-coordinates.ts";
import { sharedHyperparameters } from "./hyper-draws.ts";
import { conditionalEffects, eachEffect, effectMoments, effectSizes, storedEffects } from "./random-effect-draws.ts";
import { type SettledSampler, samplerTitle } from "./samplers.ts";
import type { SamplingDiagnostics } from "./sampling-diagnostics.ts";
import { ESS_A_CHAIN, RHAT_LIMIT, samplingWarnings } from "./sampling-diagnostics.ts";
import { type ContinueOptions, readContinueOptions } from "./sampling-run.ts";
import { divergenceWarnings } from "./trace-divergences.ts";

/** A posterior with everything this sampler knows of it. */
export interface Posterior<C = AnyColumns> extends PosteriorFit, PrintableFit {
  readonly sampler: SettledSampler;
  /** Why random effects were integrated out, or sampled. */
  readonly reason: string;
  /** How the random effects were sampled, by term; null where they were not, or not by their gradient. */
  readonly parameterisation: readonly Parameterisation[] | null;
  readonly priors: readonly PriorRow[];
  /** The same priors as plain data. */
  readonly resolvedPriors: ResolvedPriors;
  /** The integral whose posterior was sampled; null where the random effects were sampled instead of integrated out. */
  readonly integral: IntegralMethod | null;
  readonly diagnostics: SamplingDiagnostics;
  /** What the sampler noted of each draw, by chain; null where it keeps no such notes. */
  readonly statistics: readonly ChainStatistics[] | null;
  /** The declaration as a formula. */
  readonly formula: string;
  /** Predictions a row, with the random effects conditional, typical (0) or integrated out; see `predict`. */
  predict(options: InSlices<PredictOptions>): Promise<Prediction>;
  predict(options?: PredictOptions): Prediction;
  /** Posterior means of the fitted values of the rows used. */
  fitted(): Float64Array;
  /** Residuals of the rows used: `response` (default), `pearson` or, for Gaussian models, `normalized`. */
  residuals(type?: ResidualType): Float64Array;
  /** Responses simulated from the draws; see `simulate`. */
  simulate(options: InSlices<SimulateOptions>): Promise<Simulation>;
  simulate(options?: SimulateOptions): Simulation;
  /**
   * The declaration with the posterior means of its parameters (as tables report them) as true parameters, some changed: of responses to simulate, a study
   * or a power analysis.
   *
   * @throws DeclarationError for names and values that no parameter has, and of draws that no declaration made
   */
  with(changes?: NamedParameters): ChangedParameters;
  /** Averages of the response over the rows, the random effects integrated out; see `populationAverage`. */
  populationAverage<
    const By = never,
    const At = never,
    const Contrast = never,
    Signal extends StopSignal | undefined = undefined,
    Told = never,
  >(
    options?: PopulationAverageOptions & ColumnsToAverage<C, By, At, Contrast> & SlicesOf<Signal, Told>,
  ): DoneOrPromised<PopulationAverages, Signal, Told>;
  /** Leave-one-out cross-validation by row or by group; see `loo`. */
  loo(options: InSlices<LooOptions>): Promise<Loo>;
  loo(options?: AtOnce<LooOptions>): Loo;
  /**
   * The fit with `draws` more draws a chain: those of one longer run from the beginning, bit for bit. This fit is left as it is.
   *
   * @throws DeclarationError (as a rejection) when `draws` is no whole number of at least 1, or the chains cannot be gone on with
   * @example const longer = await fit.extend(1000);
   */
  extend(draws: number, options?: ContinueOptions): Promise<Posterior<C>>;
  /**
   * The fit as plain data, as `saveFit` gives it: `loadFit(JSON.stringify(fit))` is the fit again. Random effects that were integrated out are
   * not in it: they are drawn again, with the same values.
   */
  toJSON(): SavedPosterior;
  /** Everything but model and table, its numbers still in typed arrays; `posteriorFromJSON` makes it a fit of a model. */
  toData(): PosteriorJSON;
}

/** The JSON of a posterior: the model, and everything of its draws that cannot be computed again. */
export interface SavedPosterior extends SavedModel {
  readonly kind: "PosteriorFit";
  /** Version 1 had no digest. */
  readonly version: 2 | 1;
  readonly posterior: PosteriorJSON;
  /** Of all the rest, see `digestOf`. */
  readonly digest: string;
}

/** A posterior as plain data, its numbers still in typed arrays. */
export const savePosterior = (fit: Posterior): Omit<SavedPosterior, "digest"> => ({
  kind: "PosteriorFit",
  version: 2,
  ...saveModel(fit.model),
  posterior: ownData(fit),
});

/** A posterior as plain data. Draws are arrays of numbers, exact in JSON. */
export interface PosteriorJSON {
  readonly kind: "Posterior";
  readonly version: 1;
  readonly sampler: SettledSampler;
  readonly description: string;
  readonly reason: string;
  readonly parameterisation?: readonly Parameterisation[] | null;
  readonly method: IntegralMethod;
  readonly priors: ResolvedPriors;
  readonly diagnostics: SamplingDiagnostics;
  readonly warnings: readonly FitWarning[];
  readonly draws: {
    readonly chains: number;
    readonly drawsPerChain: number;
    readonly size: number;
    readonly values: NumberListJSON;
    readonly hyper?: { readonly names: readonly string[]; readonly values: NumberListJSON };
  };
  /** Random effects by term where they were sampled; null where they are drawn from their conditional. */
  readonly randomEffects: readonly NumberListJSON[] | null;
  readonly statistics: readonly Stored<ChainStatistics>[] | null;
  /** What the chains are gone on with; null where they cannot be. */
  readonly continuation: {
    readonly run: SamplerRun;
    readonly ends: readonly object[];
  } | null;
}

/** What a fit's chains are gone on with. */
export interface Continuation {
  readonly run: SamplerRun;
  readonly ends: readonly SamplerState[];
  extend(draws: number, options?: ContinueOptions): Promise<Posterior>;
}

export interface PosteriorParts {
  readonly model: CompiledModel;
  readonly sampler: SettledSampler;
  readonly description: string;
  readonly reason: string;
  readonly parameterisation?: readonly Parameterisation[] | null;
  /** The integral the random effects are drawn with. */
  readonly method: IntegralMethod;
  readonly priors: ResolvedPriors;
  readonly diagnostics: SamplingDiagnostics;
  /** Warnings made before the draws were looked at. */
  readonly warnings: readonly FitWarning[];
  readonly draws: ParameterDraws;
  /** By term, draws × (levels × q), where they were sampled. */
  readonly sampledEffects: readonly Float64Array[] | null;
  readonly statistics?: readonly ChainStatistics[] | null;
  readonly continuation?: Continuation;
}

const partsOf = new WeakMap<Posterior, PosteriorParts>();

/** What `toData` gives, not a copy. */
const ownData = (fit: Posterior): PosteriorJSON => {
  const parts = partsOf.get(fit);
  return parts ? posteriorData(parts) : fit.toData();
};

const copiesOf = (arrays: readonly Float64Array[]): readonly Float64Array[] => arrays.map((values) => values.slice());

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

/** Makes the fit of draws and what is known of them. */
export function posterior(parts: PosteriorParts): Posterior {
  const { model, sampler, draws, diagnostics, sampledEffects } = parts;
  const { design } = model;
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
  const warnings = frozenCopy([
    ...parts.warnings,
    ...samplingWarnings(sampler, diagnostics, summaries),
    ...withoutMean(summaries),
    ...divergenceWarnings(model, draws, diagnostics, parts.parameterisation),
  ]);
  const sizes = effectSizes(model);
  const effects = sampledEffects
    ? storedEffects(sampledEffects, sizes)
    : conditionalEffects(model, parts.method, draws, sampler.seed);

  const copied: { draws?: ParameterDraws; statistics?: readonly ChainStatistics[] | null } = {};
  const fit: Posterior = {
    ...fitNotCloned,
    kind: "posterior",
    model,
    formula: formulaOf(model.spec),
    sampler,
    reason: parts.reason,
    parameterisation: parts.parameterisation ?? null,
    method: `${samplerTitle(sampler)}, ${parts.description}`,
    priors: Object.freeze(conjugatePriorTable(parts.priors, sampler.prior ?? null)),
    resolvedPriors: parts.priors,
    integral: sampledEffects ? null : parts.method,
    diagnostics: frozenCopy(diagnostics),
    warnings,
    get draws() {
      return (copied.draws ??= copyOfDraws(draws));
    },
    randomEffects: () => copiesOf(effects.all()),
    randomEffectsOf: (d) => copiesOf(effects.of(d)),
    randomEffectsKept: effects.kept,
    get statistics() {
      return (copied.statistics ??= structuredClone(parts.statistics ?? null));
    },
    async extend(more, given) {
      readArgument(wholeNumber(1), more, { of: "extend()", name: "The number of draws" });
      const options = readContinueOptions(given, "extend()");
      options.signal?.throwIfAborted();
      if (!parts.continuation) throw new DeclarationError([cannotExtend()]);
      return parts.continuation.extend(more, options);
    },
    tidy(options?: TidyOptions) {
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
    glance(...surplus: readonly unknown[]): Glance {
      refuseOptions(surplus, "glance()");
      const sigma = summaries.find(({ parameter }) => "kind" in parameter && parameter.kind === "sigma");
      const wantedEss = ESS_A_CHAIN * draws.chains;
      const mixed = summaries.every(
        ({ summary }) =>
          summary.rhat !== null &&
          summary.rhat < RHAT_LIMIT &&
          (summary.essBulk ?? 0) >= wantedEss &&
          (summary.essTail ?? 0) >= wantedEss,
      );
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
        converged: mixed && diagnostics.divergences.every((count) => count === 0),
        singular: false,
        method: `${samplerTitle(sampler)}, ${parts.description}`,
      };
    },
    ranef(...surplus: readonly unknown[]): RanefRow[] {
      refuseOptions(surplus, "ranef()");
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
    predict: ((options?: PredictOptions) => predict(fit, options)) as Posterior["predict"],
    fitted: () => fitted(fit),
    residuals: (type = "response") => residuals(fit, { type }),
    simulate: ((options?: SimulateOptions) => simulate(fit, options)) as Posterior["simulate"],
    with: (changes = {}) => changedParameters(fit, changes, declarationOf(model) as DeclaredModel | undefined),
    populationAverage: ((options?: PopulationAverageOptions) =>
      populationAverage(fit, options)) as Posterior["populationAverage"],
    loo: ((options?: AtOnce<LooOptions>) => loo(fit, options)) as Posterior["loo"],
    toData: () => structuredClone(posteriorData(parts)),
    toJSON: () => savedJSON(savePosterior(fit)),
    ...fitPrinter(() => fit),
  };
  keepOwn(fit, { draws, randomEffects: effects.all, randomEffectsOf: effects.of });
  partsOf.set(fit, parts);
  return fit;
}

/** Everything but model and table, with its numbers still in typed arrays. */
function posteriorData(parts: PosteriorParts): PosteriorJSON {
  const { continuation } = parts;
  return {
    kind: "Posterior",
    version: 1,
    sampler: parts.sampler,
    description: parts.description,
    reason: parts.reason,
    parameterisation: parts.parameterisation ?? null,
    method: parts.method,
    priors: parts.priors,
    diagnostics: parts.diagnostics,
    warnings: parts.warnings,
    draws: parts.draws,
    randomEffects: parts.sampledEffects,
    statistics: parts.statistics ?? null,
    continuation: continuation ? { run: continuation.run, ends: continuation.ends } : null,
  };
}
