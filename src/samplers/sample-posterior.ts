/** Samples the posterior of a compiled model. */

import { DeclarationError, declarationFault, type FitWarning } from "../messages/issue.ts";
import { exactResponse, improperDirection, improperPosterior } from "../messages/sampling.ts";
import { noResidualSampled } from "../messages/without-residual.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { fitsExactly } from "../model/exact-response.ts";
import { degenerateTerms } from "../model/level-responses.ts";
import { refuseParts } from "../model/model-parts.ts";
import { recessionWithin } from "../model/recession.ts";
import { atOnce, inSlices } from "../optimise/pausable.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { effectivePriors, priorsWithConjugate } from "../priors/effective-priors.ts";
import { resolvePriors } from "../priors/resolve.ts";
import type { ResolvedPrior, ResolvedPriors } from "../priors/resolved.ts";
import { checkCheckpointing, checkpointEntries, withCheckpoints } from "./checkpoint.ts";
import { prepareTarget } from "./choose-target.ts";
import { completeRun } from "./complete-run.ts";
import { distantOrigins, movedPriors } from "./distant-origin.ts";
import { completeGibbsRun } from "./gibbs/complete-gibbs-run.ts";
import type { GibbsRun } from "./gibbs/gibbs-run.ts";
import type { Posterior } from "./posterior.ts";
import { readSampler, type SamplerName } from "./read-sampler.ts";
import type { Sampler } from "./sampler.ts";
import { continueEntries, type SamplingRun } from "./sampling-run.ts";
import { startingMetric } from "./starting-metric.ts";

const samplePosteriorOptions = optionsSchema({ ...continueEntries, ...checkpointEntries });

export type SamplePosteriorOptions = OptionsOf<typeof samplePosteriorOptions>;

/** @throws DeclarationError for unknown options and those of the wrong kind; the reason of a signal that is aborted */
export function readSampleOptions(options: unknown, of: string): SamplePosteriorOptions {
  const read = readOptions(samplePosteriorOptions, options, { of });
  read.signal?.throwIfAborted();
  return read;
}

const isFlat = ({ distribution }: ResolvedPrior): boolean => distribution.name === "flat";

const priorName = ({ class: c, name }: ResolvedPrior): string => `${c}:${name}`;

/** Flat priors of which the data are known to make an improper posterior. */
function improperNames(model: CompiledModel, priors: ResolvedPriors): string[] {
  const { layout } = model;
  const fixed = priors.jointNormal ? [] : priors.fixed;
  const free = [
    ...fixed.flatMap((prior, j) => (isFlat(prior) ? [j] : [])),
    ...priors.phi.flatMap((prior, g) => (isFlat(prior) ? [layout.phi.offset + g] : [])),
  ];
  const infinite = free.length === 0 ? [] : recessionWithin(model, free);
  // a likelihood of one-trial outcomes does not fall as such a standard deviation grows, whatever the coefficients
  const sds = degenerateTerms(model).flatMap(({ term }) =>
    priors.covariances?.[term] ? [] : priors.sd[term]!.filter(isFlat),
  );
  return [
    ...infinite.map((position) =>
      priorName(position < layout.phi.offset ? fixed[position]! : priors.phi[position - layout.phi.offset]!),
    ),
    ...sds.map(priorName),
  ];
}

/** Whether a prior of sigma has a positive density, or more, as it goes to 0. */
const reachesZero = ({ class: priorClass, distribution: { name, parameters } }: ResolvedPrior): boolean => {
  if (priorClass !== "sigma" || name === "lognormal" || name === "inverseGamma") return false;
  const [first] = parameters;
  if (name === "gamma" || name === "weibull") return first! <= 1;
  if (name === "uniform") return first! <= 0;
  return name !== "inverseGammaVariance" || first === 0;
};

/** Flat priors, and what is known to make an improper posterior. */
function improperWarnings(model: CompiledModel, priors: ResolvedPriors): FitWarning[] {
  const names = [...(priors.jointNormal ? [] : priors.fixed), ...priors.sd.flat(), ...priors.phi]
    .filter(isFlat)
    .map(priorName);
  const exact = priors.phi.some(reachesZero) && fitsExactly(model) ? [exactResponse] : [];
  if (names.length === 0) return exact;
  const improper = improperNames(model, priors);
  return [improperPosterior(names), ...(improper.length > 0 ? [improperDirection(improper)] : []), ...exact];
}

const priorWarnings = (model: CompiledModel, priors: ResolvedPriors): FitWarning[] => [
  ...improperWarnings(model, priors),
  ...distantOrigins(model, priors),
  ...movedPriors(priors),
];

/** Warm-up iterations where centre and metric are known beforehand, and where they are not. */
const SHORT_WARMUP = 250;
const LONG_WARMUP = 1000;

/** Least acceptance where few levels make the posterior of a standard deviation, and of coefficients beside it, skewed. */
const FEW_LEVELS_ACCEPTANCE = 0.9;
/** The same where hardly more rows than coefficients leave the residual standard deviation to its prior. */
const FEW_RESIDUALS_ACCEPTANCE = 0.95;

const settledWarmup = ({ warmup }: Sampler, informed: boolean): number =>
  warmup === "auto" ? (informed ? SHORT_WARMUP : LONG_WARMUP) : warmup;

/**
 * Samples the posterior: resolves the priors, finds the mode, chooses the target (random effects integrated out or sampled), runs
 * the chains and gathers the draws in natural parameters. The same model, sampler and seed give the same draws, serial or in workers.
 *
 * @param asked `nuts()`, `hmc()` or `gibbs()`, or the name of one; default `nuts()`
 * @throws DeclarationError (as a rejection) with every fault of the priors, or when the posterior cannot be computed
 * @example
 * const fit = await samplePosterior(model.compile(), nuts({ seed: "cbpp" }));
 * fit.tidy();
 */
export async function samplePosterior(
  model: CompiledModel,
  asked?: Sampler | SamplerName,
  given?: SamplePosteriorOptions,
): Promise<Posterior> {
  const { checkpoint, every, ...options } = readSampleOptions(given, "sample()");
  const sampler = readSampler(asked, "sample()");
  const wanted = { ...(checkpoint && { checkpoint }), ...(every !== undefined && { every }) };
  checkCheckpointing(wanted);
  refuseParts(model, { "no residual": noResidualSampled });
  const resolved = resolvePriors(model);
  const from = Array.from({ length: sampler.chains }, () => null);
  if (sampler.kind === "gibbs") {
    const run: GibbsRun = { sampler, warnings: priorWarnings(model, effectivePriors(resolved, sampler.prior)) };
    try {
      return await withCheckpoints(model, run, from, wanted, (states) =>
        completeGibbsRun(model, run, from, { ...options, ...states }),
      );
    } catch (error) {
      const exact = run.warnings.includes(exactResponse);
      const singular = error instanceof DeclarationError && error.issues.some(({ code }) => code === "gibbs-singular");
      throw exact && singular
        ? declarationFault({ ...exactResponse, code: "improper-posterior", path: ["response"] })
        : error;
    }
  }
  const priors = priorsWithConjugate(model, resolved, sampler.prior);
  const work = prepareTarget(model, priors, sampler.target, sampler.parameterisation);
  const prepared = options.signal ? await inSlices(work, options.signal) : atOnce(work);
  const { target, description, reason, centre, metric, gradients } = prepared;
  const startMetric = startingMetric(metric, sampler.metric, centre.length);
  const run: SamplingRun = {
    sampler: Object.freeze({
      ...sampler,
      targetAcceptance: Math.max(
        sampler.targetAcceptance,
        target.coefficients ? FEW_RESIDUALS_ACCEPTANCE : target.logarithms ? FEW_LEVELS_ACCEPTANCE : 0,
      ),
      warmup: settledWarmup(sampler, prepared.informed && startMetric.kind === "dense"),
    }),
    target: target.kind,
    method: target.method,
    parameterisation: target.parameterisation ?? null,
    centring: target.centring ?? null,
    logarithms: target.logarithms ?? null,
    coefficients: target.coefficients ?? null,
    description,
    reason,
    centre,
    metric: startMetric,
    warnings: [...model.design.warnings, ...priorWarnings(model, priors), ...prepared.warnings],
    gradients,
  };
  return withCheckpoints(model, run, from, wanted, (states) =>
    completeRun(model, run, from, { ...options, ...states }),
  );
}
