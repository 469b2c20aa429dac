/**
 * A posterior that was sampled with an approximate integral, corrected to a better one by importance weights: draw s gets the weight
 * L_better(x_s)/L_used(x_s), Pareto smoothed. Where several grouping factors allow no quadrature the better likelihood is estimated without
 * bias by importance sampling, which leaves the weighted posterior exact (Tran, Scharth, Pitt & Kohn 2013, "Importance sampling squared for
 * Bayesian inference in latent variable models"; Vihola, Helske & Franks 2020, Scandinavian Journal of Statistics 47).
 */

import { type InferOutput, optional } from "valibot";
import { pooled } from "../diagnostics/chains.ts";
import { effectiveSampleSize, essMean } from "../diagnostics/effective-sample-size.ts";
import { paretoKThreshold, psis } from "../diagnostics/pareto-smoothing.ts";
import type { LaplaceMarginal } from "../marginal/laplace/laplace-marginal.ts";
import type { MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
import { correctionDrawsFailed, correctionParetoK, needsPosterior, nothingToCorrect } from "../messages/checks.ts";
import { declarationFault, type FitWarning } from "../messages/issue.ts";
import { chooseIntegral } from "../model/choose-integral.ts";
import type { IntegralMethod } from "../model/compiled-model.ts";
import type { TidyRow } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { emptyRow, estimatedParameters } from "../model/reported-parameters.ts";
import { requireFit } from "../model/require-fit.ts";
import { readTidyOptionsWithoutDdf, type TidyOptions } from "../model/tidy-options.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { quadratureNodes, seedOf, wholeNumber } from "../options/kinds.ts";
import {
  type DoneOrPromised,
  doneOrPromised,
  longWorkEntries,
  type Report,
  type SlicesOf,
} from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { createRng } from "../random/rng.ts";
import { drawsOf } from "../samplers/draws-of.ts";
import type { Posterior } from "../samplers/posterior.ts";
import { weightedSummary } from "./weighted-summary.ts";

const correctIntegralOptions = optionsSchema({
  /** Quadrature nodes a dimension of the better integral, for one grouping factor; default many (51 for one random effect a group). */
  nodes: optional(quadratureNodes),
  /** Importance draws of the random effects a posterior draw, with several grouping factors; default 200. */
  importanceDraws: optional(wholeNumber(1), 200),
  /** Seed of those; default "correct". */
  seed: optional(seedOf, "correct"),
  ...longWorkEntries,
});

export type CorrectIntegralOptions = OptionsOf<typeof correctIntegralOptions>;

export interface CorrectedPosterior {
  /** What the draws were sampled with, and what they are corrected to. */
  readonly from: IntegralMethod | null;
  readonly to: IntegralMethod | "importance";
  /** Weights of the draws, summing to 1, chain after chain. */
  readonly weights: Float64Array;
  /** log L_better − log L_used a draw. */
  readonly logRatios: Float64Array;
  /** Above the threshold min(1 − 1/log10 S, 0.7) the weights are not to be trusted; null where nothing is corrected. */
  readonly paretoK: number | null;
  /** 1/Σw² (Kish 1965): as many unweighted draws as the weighted ones are worth; the number of draws where weights are equal. */
  readonly effectiveSampleSize: number;
  readonly warnings: readonly FitWarning[];
  /** The table of the corrected posterior: fixed effects, standard deviations and correlations, family parameters. */
  tidy(options?: TidyOptions): TidyRow[];
}

/**
 * Corrects a posterior to a better integral over the random effects.
 *
 * A posterior that is exact already (Gaussian, or random effects sampled), comes back with equal weights and a warning that says so.
 *
 * @returns the weights and their table; with a `signal` or `onProgress` a promise of them, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError for a maximum-likelihood fit, or more nodes than a group's grid may have
 * @example
 * const corrected = correctIntegral(fit, { nodes: 25 });
 * corrected.paretoK; // 0.12: fine
 * corrected.tidy();
 */
export function correctIntegral<Signal extends StopSignal | undefined = undefined, Told = never>(
  fit: Posterior,
  given?: CorrectIntegralOptions & SlicesOf<Signal, Told>,
): DoneOrPromised<CorrectedPosterior, Signal, Told>;
export function correctIntegral(
  fit: Posterior,
  given?: CorrectIntegralOptions,
): CorrectedPosterior | Promise<CorrectedPosterior> {
  requireFit(fit, "correctIntegral()");
  const options = readOptions(correctIntegralOptions, given, { of: "correctIntegral()" });
  if (fit.kind !== "posterior") throw declarationFault(needsPosterior("A correction of the integral"));
  return doneOrPromised((report) => correction(fit, options, report), options);
}

/** The work of `correctIntegral`. */
function* correction(
  fit: Posterior,
  options: InferOutput<typeof correctIntegralOptions>,
  report: Report,
): Pausable<CorrectedPosterior> {
  const { model, integral } = fit;
  const draws = ownDraws(fit);
  const total = draws.chains * draws.drawsPerChain;
  const exact = exactness(fit);
  if (exact !== null || integral === null) {
    return corrected(fit, {
      from: integral,
      to: integral ?? { kind: "exact" },
      weights: new Float64Array(total).fill(1 / total),
      logRatios: new Float64Array(total),
      paretoK: null,
      effectiveSampleSize: total,
      warnings: [nothingToCorrect(exact ?? "the random effects were sampled, not integrated out")],
    });
  }
  const { shape, integral: better } = chooseIntegral(model, { kind: "finest", nodes: options.nodes });
  const grouped = shape.kind === "grouped";
  const used = model.standardisedMarginal(integral);
  const value = grouped ? quadrature(model.standardisedMarginal(better)) : importance(fit, options);
  const point = new Float64Array(draws.size);
  let failed = 0;
  const logRatios = new Float64Array(total);
  for (let d = 0; d < total; d++) {
    model.standardisation.toStandardised(draws.values.subarray(d * draws.size, (d + 1) * draws.size), point);
    const ratio = (yield* value(point, d)) - used.evaluate(point);
    const defined = ratio > -Infinity && ratio < Infinity;
    if (!defined) failed++;
    logRatios[d] = defined ? ratio : -Infinity;
    report("importance ratios", d + 1, total);
    if (pauseDue()) yield;
  }
  const chains = Array.from({ length: draws.chains }, (_, c) =>
    logRatios.slice(c * draws.drawsPerChain, (c + 1) * draws.drawsPerChain).map(Math.exp),
  );
  const ess = effectiveSampleSize(chains);
  const relativeEfficiency = Number.isFinite(ess) ? ess / total : 1;
  const smoothed = psis(logRatios, { relativeEfficiency });
  const threshold = paretoKThreshold(total);
  // Ratios equal to rounding have no tail: there is nothing wrong with them.
  const spread =
    logRatios.reduce((a, b) => Math.max(a, b), -Infinity) - logRatios.reduce((a, b) => Math.min(a, b), Infinity);
  const paretoK = spread < 1e-6 ? 0 : smoothed.paretoK;
  return corrected(fit, {
    from: integral,
    to: grouped ? better : "importance",
    weights: smoothed.logWeights.map(Math.exp),
    logRatios,
    paretoK,
    effectiveSampleSize: smoothed.effectiveSampleSize / relativeEfficiency,
    warnings: [
      ...(paretoK > threshold ? [correctionParetoK(paretoK, threshold)] : []),
      ...(failed > 0 ? [correctionDrawsFailed(failed)] : []),
    ],
  });
}

/** Why a posterior needs no correction; null where it does. */
function exactness({ model, integral }: Posterior): string | null {
  if (integral === null) return "the random effects were sampled, not integrated out";
  if (integral.kind === "exact") return "the integral of a Gaussian model is exact";
  if (model.design.random.length === 0) return "the model has no random effects";
  return null;
}

type LogLikelihoodAt = (point: Float64Array, d: number) => Pausable<number>;

const quadrature = (marginal: MarginalLikelihood): LogLikelihoodAt =>
  function* (point) {
    if (pauseDue()) yield;
    return marginal.evaluate(point);
  };

/** An unbiased estimate of the likelihood at each draw, from a stream keyed by the draw. */
function importance(
  { model }: Posterior,
  { importanceDraws, seed }: { readonly importanceDraws: number; readonly seed: string | number },
): LogLikelihoodAt {
  const marginal = model.standardisedMarginal({ kind: "laplace" }) as LaplaceMarginal;
  const root = createRng(seed);
  return function* (point, d) {
    return (yield* marginal.importanceLogLikelihood(point, root.fork(`correct/${d}`), importanceDraws)).logLik;
  };
}

function corrected(fit: Posterior, parts: Omit<CorrectedPosterior, "tidy">): CorrectedPosterior {
  const { weights } = parts;
  return {
    ...parts,
    tidy(asked) {
      const { effects, confLevel } = readTidyOptionsWithoutDdf(asked, "A posterior");
      const tail = (1 - confLevel) / 2;
      return estimatedParameters(fit.model)
        .filter((parameter) => effects.includes(parameter.effect))
        .map((parameter): TidyRow => {
          const chains = drawsOf(ownDraws(fit), (x) => parameter.value(x));
          const summary = weightedSummary(pooled(chains), weights);
          const ess = essMean(chains);
          // Correlated draws make the error larger by what they make that of the unweighted mean larger.
          const inflation = Number.isNaN(ess) ? 1 : Math.sqrt(weights.length / ess);
          return {
            ...emptyRow(parameter),
            estimate: summary.mean,
            std_error: summary.sd,
            conf_low: summary.quantile(tail),
            conf_high: summary.quantile(1 - tail),
            median: summary.quantile(0.5),
            mcse: summary.mcse * inflation,
          };
        });
    },
  };
}
