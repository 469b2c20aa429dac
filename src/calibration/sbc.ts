/**
 * Simulation-based calibration: draw parameters from the prior and data from them, sample the posterior given the data, and rank the
 * true values among the draws. If sampler, likelihood, priors and generator agree, every rank is uniform.
 * Talts, Betancourt, Simpson, Vehtari & Gelman (2018), "Validating Bayesian inference algorithms with simulation-based calibration", arXiv
 * 1804.06788; with the joint log-likelihood as a quantity, Modrák et al. (2023), "Simulation-based calibration checking for Bayesian
 * computation: the choice of test quantities shapes sensitivity", Bayesian Analysis.
 */

import { optional } from "valibot";
import { correctIntegral } from "../checks/correct-integral.ts";
import type { Chains } from "../diagnostics/chains.ts";
import { essBulk, essTail } from "../diagnostics/effective-sample-size.ts";
import type { PriorSpec } from "../dsl/model-spec.ts";
import { MEAN_COMPONENT } from "../families/distribution-parameters.ts";
import {
  badCalibrationOption,
  dependentDraws,
  failedFits,
  noDataFromPrior,
  rejectedData,
  samplerWithOwnPrior,
  weightedRows,
} from "../messages/calibration.ts";
import type { FitWarning, Issue } from "../messages/issue.ts";
import { DeclarationError } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { PosteriorFit } from "../model/fit.ts";
import type { ModelInput } from "../model/model-input.ts";
import { compiledOf } from "../model/model-input.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { componentOfEffect, effectName, estimatedParameters, termInWords } from "../model/reported-parameters.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { eitherName } from "../options/either-name.ts";
import {
  abortSignal,
  callback,
  checkedLater,
  confidenceLevel,
  flag,
  recordOf,
  seedOf,
  wholeNumber,
} from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { effectsByDraw } from "../prediction/predict.ts";
import { resolvePriors } from "../priors/resolve.ts";
import type { ResolvedPriors } from "../priors/resolved.ts";
import type { ShrinkageLaw } from "../priors/shrinkage-law.ts";
import { shrinkageLaw } from "../priors/shrinkage-scales.ts";
import type { Rng } from "../random/rng.ts";
import { createRng } from "../random/rng.ts";
import { anExecutor } from "../samplers/executor.ts";
import { hyperOf } from "../samplers/hyper-draws.ts";
import type { Posterior } from "../samplers/posterior.ts";
import { readSampleOptions, type SamplePosteriorOptions, samplePosterior } from "../samplers/sample-posterior.ts";
import { nuts } from "../samplers/sampler.ts";
import { readSampler, type Sampler, type SamplerName } from "../samplers/samplers.ts";
import { conditionalLogLikelihood } from "./conditional-log-likelihood.ts";
import type { GeneratedData } from "./generate.ts";
import { dataGenerator } from "./generate.ts";
import { rankOf, thinnedDraws } from "./ranks.ts";
import type { SbcResult } from "./sbc-result.ts";
import { sbcResult } from "./sbc-result.ts";

/** What a quantity may look at: parameters and random effects, true or of one posterior draw, and the simulated data. */
export interface SbcState {
  /** Natural parameters [β | Λ | φ] in the user's units. */
  readonly x: Float64Array;
  /** Random effects by term, levels × q. */
  readonly effects: readonly Float64Array[];
  readonly y: Float64Array;
  /** Hyperparameters of a shrinkage prior; null without one. */
  readonly hyper: Float64Array | null;
}

const sbcOptions = optionsSchema({
  /** Number of data sets and fits, default 100. */
  fits: optional(wholeNumber(1), 100),
  /** Further quantities by name, besides the reported parameters, the first random effect of each term and the joint log-likelihood. */
  quantities: optional(recordOf(callback<(state: SbcState) => number>(), "functions by the name of a quantity"), {}),
  /** Default `nuts({ chains: 2, warmup: 500, draws: 500 })`; its seed is replaced by one a fit. */
  sampler: optional(checkedLater<Sampler | SamplerName>()),
  /** Default "sbc". */
  seed: optional(seedOf, "sbc"),
  /** Draws kept of each fit, so that there are one more ranks; default 99. */
  ranks: optional(wholeNumber(3), 99),
  /**
   * Whether draws of an approximate integral are weighted to a better one (`correctIntegral`) before they are ranked, default true. Without it a rank that is
   * not uniform may be the integral's fault, not the sampler's.
   */
  correct: optional(flag, true),
  /** Level of the simultaneous bands and of the verdict, default 0.95. */
  confLevel: optional(confidenceLevel),
  /** The name that `confLevel` had before. */
  level: optional(confidenceLevel),
  /** Where chains run; default one after another in this thread. */
  executor: optional(anExecutor),
  /** Stops the work, which then rejects with the signal's own reason. */
  signal: optional(abortSignal),
  /** Called after every fit with how far the work is. */
  onProgress: optional(callback<(progress: { readonly done: number; readonly fits: number }) => void>()),
  /** Options of the sampling of each fit. */
  sampling: optional(checkedLater<SamplePosteriorOptions>()),
  /** Called after every fit with the number done. */
  onFit: optional(callback<(done: number, fits: number) => void>()),
});

export type SbcOptions = OptionsOf<typeof sbcOptions>;

/** A run is lengthened to at most 2³ times its draws where a quantity has fewer effective draws than are to be ranked. */
const MOST_DOUBLINGS = 3;
/** Draws from the prior that are tried until one gives possible data. */
const MOST_ATTEMPTS = 200;

type Quantity = readonly [name: string, of: (state: SbcState, logLikelihood: () => number) => number];

/** The priors of all parameters as declarations, so that defaults that look at the response stay those of the original data. */
function pinned({ fixed, sd, cor, phi, shrinkage }: ResolvedPriors): PriorSpec[] {
  const own = fixed.filter((_, j) => !shrinkage?.coefficients.includes(j));
  const single = [...own, ...sd.flat(), ...cor.filter((prior) => prior !== null), ...phi].map(
    ({ class: priorClass, name, distribution }) => ({ class: priorClass, name, distribution }),
  );
  return shrinkage ? [{ class: "fixed", distribution: shrinkage.distribution }, ...single] : single;
}

const sharedQuantities = ({ names, shared }: ShrinkageLaw): Quantity[] =>
  names.slice(0, shared).map((name, k) => [name, ({ hyper }) => hyper![k]!]);

function quantitiesOf(
  model: CompiledModel,
  priors: ResolvedPriors,
  own: Readonly<Record<string, (state: SbcState) => number>>,
): Quantity[] {
  return [
    ...estimatedParameters(model).map((parameter): Quantity => [termInWords(parameter), ({ x }) => parameter.value(x)]),
    ...(priors.shrinkage ? sharedQuantities(shrinkageLaw(priors.shrinkage)) : []),
    ...model.design.random.flatMap((term, t) =>
      term.names.map((_, a): Quantity => {
        const component = componentOfEffect(model, term, a);
        const of = component === MEAN_COMPONENT ? "" : `${component} `;
        return [`${of}${term.group}[${term.levels[0]}].${effectName(term, a)}`, ({ effects }) => effects[t]![a]!];
      }),
    ),
    ["joint log-likelihood", (_, logLikelihood) => logLikelihood()],
    ...Object.entries(own).map(([name, of]): Quantity => [name, of]),
  ];
}

/** Data the family can have, or what was wrong with the last of `MOST_ATTEMPTS` that it cannot. */
function possibleData(model: CompiledModel, generate: (rng: Rng) => GeneratedData, rng: Rng) {
  let reason = "";
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const data = generate(rng);
    if (!data.y.every(Number.isFinite)) {
      reason = "a response is not finite";
      continue;
    }
    try {
      return { data, model: model.withResponse(data.y), rejected: attempt };
    } catch (error) {
      if (!(error instanceof DeclarationError)) throw error;
      reason = error.message;
    }
  }
  throw new DeclarationError([noDataFromPrior(MOST_ATTEMPTS, reason)]);
}

/** Values of every quantity over all draws, an array a chain. */
function valuesOf(fit: PosteriorFit, quantities: readonly Quantity[], y: Float64Array): Chains[] {
  const { chains, drawsPerChain, size, values, hyper } = ownDraws(fit);
  const effects = effectsByDraw(fit);
  const logLikelihood = conditionalLogLikelihood(fit.model);
  const all = quantities.map(() => Array.from({ length: chains }, () => new Float64Array(drawsPerChain)));
  for (let c = 0; c < chains; c++)
    for (let i = 0; i < drawsPerChain; i++) {
      const d = c * drawsPerChain + i;
      const state: SbcState = {
        x: values.subarray(d * size, (d + 1) * size),
        effects: effects(d),
        y,
        hyper: hyper ? hyperOf(hyper, d) : null,
      };
      quantities.forEach(([, of], k) => {
        all[k]![c]![i] = of(state, () => logLikelihood(state.x, state.effects));
      });
    }
  return all;
}

/** @param share what weights leave of the draws, from 0 to 1 */
const effectiveDraws = (chains: Chains, share: number): number => {
  const least = share * Math.min(essBulk(chains), essTail(chains));
  // constant draws have no effective size, and no dependence to worry about
  return Number.isNaN(least) ? Infinity : least;
};

/** Weights that correct draws of an approximate integral, and what they leave of the draws; null where there is nothing to correct. */
async function correction(
  fit: Posterior,
  signal: StopSignal | undefined,
): Promise<{ readonly weights: Float64Array; readonly share: number } | null> {
  if (fit.integral === null || fit.integral.kind === "exact" || fit.model.design.random.length === 0) return null;
  const { weights } = signal ? await correctIntegral(fit, { signal }) : correctIntegral(fit);
  return { weights, share: 1 / (weights.length * weights.reduce((sum, w) => sum + w * w, 0)) };
}

/**
 * Calibrates a sampler on a model: `fits` times data from the prior on the model's own design, a fit, and ranks.
 *
 * Priors are those of the model, defaults as its own response scales them. Each fit is thinned to `ranks` draws; where some quantity has fewer effective
 * draws, the fit is run again with twice the draws, up to eight times. Draws of an approximate integral are weighted to a better one first.
 *
 * @param input a declaration or a compiled model; its response is used for default priors only
 * @throws DeclarationError (as a rejection) with a flat prior, weights that multiply rows, options out of range, or priors that give no possible data
 * @example
 * const result = await sbc(herds, { fits: 200, sampler: nuts({ chains: 2, draws: 500 }), seed: "herds" });
 * result.print();
 */
export async function sbc(input: ModelInput, options?: SbcOptions): Promise<SbcResult> {
  const read = readOptions(sbcOptions, options, { of: "sbc()" });
  const { fits, quantities: own, seed, ranks: kept, correct } = read;
  const level = eitherName(read, "confLevel", "level", "sbc()") ?? 0.95;
  const given = readSampleOptions(read.sampling, "sampling of sbc()");
  const { signal = given.signal, executor = given.executor } = read;
  const sampling = { ...given, signal, executor };
  signal?.throwIfAborted();
  const sampler = readSampler(read.sampler ?? nuts({ chains: 2, warmup: 500, draws: 500 }), "sbc()");
  const issues: Issue[] = [];
  if (kept > sampler.chains * sampler.draws)
    issues.push(badCalibrationOption("ranks", kept, "a whole number from 3 to the number of draws of a fit"));
  const declared = compiledOf(input, "sbc()");
  if (declared.data.multiplier !== null) issues.push(weightedRows());
  if (sampler.prior) issues.push(samplerWithOwnPrior("Simulation-based calibration"));
  if (issues.length > 0) throw new DeclarationError(issues);

  const priors = resolvePriors(declared);
  const model = declared.withPriors(pinned(priors), priors.origin ?? null);
  const generate = dataGenerator(model, priors);
  const quantities = quantitiesOf(model, priors, own);
  const ranks = quantities.map(() => [] as number[]);
  const root = createRng(seed);
  let rejected = 0;
  let dependent = 0;
  let lengthened = 0;
  let divergent = 0;
  const failures: string[] = [];

  for (let s = 0; s < fits; s++) {
    signal?.throwIfAborted();
    const rng = root.fork(`fit/${s}`);
    const simulated = possibleData(model, generate, rng);
    rejected += simulated.rejected;
    const { data } = simulated;
    let values: Chains[] | null = null;
    let corrected: Awaited<ReturnType<typeof correction>> = null;
    for (let doubling = 0; ; doubling++) {
      const run = { ...sampler, draws: sampler.draws * 2 ** doubling, seed: `${seed}/fit/${s}` };
      let fit: Posterior;
      try {
        fit = await samplePosterior(simulated.model, run, sampling);
      } catch (error) {
        if (!(error instanceof DeclarationError)) throw error;
        failures.push(error.message);
        break;
      }
      values = valuesOf(fit, quantities, data.y);
      corrected = correct ? await correction(fit, signal) : null;
      const enough = values.every((chains) => effectiveDraws(chains, corrected?.share ?? 1) >= kept);
      if (enough || doubling === MOST_DOUBLINGS) {
        if (!enough) dependent++;
        if (doubling > 0) lengthened++;
        if (fit.diagnostics.divergences.some((count) => count > 0)) divergent++;
        break;
      }
    }
    if (values) {
      const truth = conditionalLogLikelihood(simulated.model);
      const state: SbcState = data;
      values.forEach((chains, k) => {
        const [, of] = quantities[k]!;
        const { length } = chains[0]!;
        const indices = thinnedDraws(chains.length * length, kept, corrected?.weights);
        const draws = Float64Array.from(indices, (d) => chains[Math.floor(d / length)]![d % length]!);
        const value = of(state, () => truth(state.x, state.effects));
        ranks[k]!.push(rankOf(value, draws, rng));
      });
    }
    read.onFit?.(s + 1, fits);
    read.onProgress?.({ done: s + 1, fits });
  }

  const warnings: FitWarning[] = [];
  if (rejected > 0) warnings.push(rejectedData(rejected, fits));
  if (dependent > 0) warnings.push(dependentDraws(dependent, fits, kept));
  if (failures.length > 0) warnings.push(failedFits(failures.length, fits, failures[0]!));
  return sbcResult({
    names: quantities.map(([name]) => name),
    ranks: ranks.map((list) => Int32Array.from(list)),
    possible: kept + 1,
    level,
    warnings,
    lengthened,
    divergent,
  });
}
