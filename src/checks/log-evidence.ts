/**
 * The evidence (marginal likelihood) p(y) = ∫ L(x) p(x) dx of a model, with the random effects integrated out: a posterior of a handful of
 * dimensions, where bridge and importance sampling are accurate.
 */

import { type InferOutput, optional } from "valibot";
import { mean, variance } from "../diagnostics/chains.ts";
import { essMean } from "../diagnostics/effective-sample-size.ts";
import { paretoKThreshold, psis } from "../diagnostics/pareto-smoothing.ts";
import { integralShape } from "../marginal/integral-shape.ts";
import {
  differentResponses,
  drawsDegenerate,
  evidenceByLaplace,
  evidenceDidNotConverge,
  evidenceParetoK,
  evidenceUncertain,
  needsPosterior,
} from "../messages/checks.ts";
import { declarationFault, type FitWarning } from "../messages/issue.ts";
import type { IntegralMethod } from "../model/compiled-model.ts";
import { observations } from "../model/observations.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { requireFit } from "../model/require-fit.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { choice, quadratureNodes, seedOf, wholeNumber } from "../options/kinds.ts";
import {
  type DoneOrPromised,
  doneOrPromised,
  longWorkEntries,
  type Report,
  type SlicesOf,
} from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { createRng } from "../random/rng.ts";
import type { Posterior } from "../samplers/posterior.ts";
import { bridge } from "./bridge-sampling.ts";
import { type EvidenceTarget, evidenceTarget } from "./evidence-target.ts";
import { foldedProposal } from "./folded-proposal.ts";

const logEvidenceOptions = optionsSchema({
  /** Default `bridge`. */
  method: optional(choice(["bridge", "importance"]), "bridge"),
  /** Draws of the proposal; default as many as the fit has. */
  draws: optional(wholeNumber(2)),
  /** Quadrature nodes a dimension, for one grouping factor; default those the posterior was sampled with. */
  nodes: optional(quadratureNodes),
  /** Default "evidence". */
  seed: optional(seedOf, "evidence"),
  ...longWorkEntries,
});

export type LogEvidenceOptions = OptionsOf<typeof logEvidenceOptions>;

export interface LogEvidence {
  readonly kind: "evidence";
  readonly method: "bridge" | "importance";
  /** log p(y), natural logarithm. */
  readonly logEvidence: number;
  /** Its Monte Carlo standard error. */
  readonly error: number;
  readonly integral: IntegralMethod;
  /** Of the importance weights; null for the bridge. */
  readonly paretoK: number | null;
  /** What was observed, rows as often as their frequency weights say, so that only evidences of the same rows are compared. */
  readonly response: { readonly name: string; readonly nobs: number; readonly sum: number; readonly squares: number };
  readonly warnings: readonly FitWarning[];
}

/** By how much sums of the same rows may differ, as where some of them are written once with a frequency weight. */
const SUM_ROUNDING = 1e-12;
/** An error of the log evidence that makes Bayes factors doubtful. */
const LARGE_ERROR = 0.1;
/** Degrees of freedom of the importance proposal and the inflation of its scale matrix: tails heavier than the posterior's. */
const DEGREES = 6;
const INFLATION = 1.3;

/**
 * The log evidence of a sampled model.
 *
 * `bridge`: Meng & Wong's iterative bridge to a normal distribution with mean and covariance of half of the draws, bridged by the other half,
 * and the other way round. `importance`: independent draws of a multivariate t with 6 degrees of freedom, with mean and (inflated) covariance
 * of the draws; the Pareto k of its weights is the alarm.
 *
 * Every prior must be proper; default ones are. Models differ by their priors as well as by their likelihoods: state priors before
 * comparing.
 *
 * @returns the evidence; with a `signal` or `onProgress` a promise of it, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError for a maximum-likelihood fit, or naming the parameters whose prior is flat
 * @example
 * logEvidence(fit); // { logEvidence: -102.2, error: 0.008, … }
 */
export function logEvidence<Signal extends StopSignal | undefined = undefined, Told = never>(
  fit: Posterior,
  options?: LogEvidenceOptions & SlicesOf<Signal, Told>,
): DoneOrPromised<LogEvidence, Signal, Told>;
export function logEvidence(fit: Posterior, options?: LogEvidenceOptions): LogEvidence | Promise<LogEvidence> {
  requireFit(fit, "logEvidence()");
  const read = readOptions(logEvidenceOptions, options, { of: "logEvidence()" });
  if (fit.kind !== "posterior") throw declarationFault(needsPosterior("The evidence"));
  return doneOrPromised((report) => evidenceOf(fit, read, report), read);
}

function* evidenceOf(
  fit: Posterior,
  { method, seed, nodes, draws }: InferOutput<typeof logEvidenceOptions>,
  report: Report,
): Pausable<LogEvidence> {
  const evidence = yield* evidenceTarget(fit, nodes === undefined ? undefined : { kind: "agq", nodes });
  const proposed = draws ?? ownDraws(fit).chains * ownDraws(fit).drawsPerChain;
  const result =
    method === "bridge"
      ? yield* byBridge(fit, evidence, proposed, seed, report)
      : yield* byImportance(evidence, proposed, seed, report);
  const { design } = fit.model;
  const { frequencyWeights: count } = design;
  const warnings = [...result.warnings];
  if (!(result.error < LARGE_ERROR)) warnings.push(evidenceUncertain(result.error));
  if (evidence.integral.kind === "laplace" && ["nested", "crossed"].includes(integralShape(fit.model.data).kind))
    warnings.push(evidenceByLaplace);
  return {
    kind: "evidence",
    method,
    logEvidence: result.logEvidence,
    error: result.error,
    integral: evidence.integral,
    paretoK: result.paretoK,
    response: {
      name: design.responseName,
      nobs: observations(fit.model),
      sum: design.y.reduce((sum, y, i) => sum + (count?.[i] ?? 1) * y, 0),
      squares: design.y.reduce((sum, y, i) => sum + (count?.[i] ?? 1) * y * y, 0),
    },
    warnings,
  };
}

/** What is told while densities are computed. */
const PHASE = "densities";

type Estimate = Pick<LogEvidence, "logEvidence" | "error" | "paretoK" | "warnings">;

function* byBridge(
  fit: Posterior,
  evidence: EvidenceTarget,
  count: number,
  seed: string | number,
  report: Report,
): Pausable<Estimate> {
  const { chains, drawsPerChain } = ownDraws(fit);
  const { dim } = evidence;
  const z = evidence.coordinates();
  const half = drawsPerChain >> 1;
  const rng = createRng(seed);
  const halves = [0, 1].map((which) =>
    Array.from({ length: chains }, (_, c) => {
      const start = c * drawsPerChain + (which === 0 ? 0 : drawsPerChain - half);
      return z.subarray(start * dim, (start + half) * dim);
    }),
  );
  const proposals = Math.max(2, count >> 1);
  const all = 2 * (proposals + chains * half);
  let done = 0;
  const told = () => {
    report(PHASE, ++done, all);
    return pauseDue();
  };
  const estimates: (ReturnType<typeof bridge> | null)[] = [];
  for (const [which, bridged] of halves.entries()) {
    const { centre, covariance } = moments(halves[1 - which]!, dim);
    const proposal = foldedProposal(evidence.target.chart, centre, covariance);
    if (!proposal) {
      estimates.push(null);
      continue;
    }
    const ratio = (point: Float64Array) => evidence.logDensity(point) - proposal.logDensity(point);
    const point = new Float64Array(dim);
    const stream = rng.fork(`bridge/${which}`);
    const proposed = new Float64Array(proposals);
    for (let i = 0; i < proposals; i++) {
      proposal.draw(stream, point);
      proposed[i] = ratio(point);
      if (told()) yield;
    }
    const drawn = bridged.map(() => new Float64Array(half));
    for (const [c, chain] of bridged.entries())
      for (let i = 0; i < half; i++) {
        drawn[c]![i] = ratio(chain.subarray(i * dim, (i + 1) * dim));
        if (told()) yield;
      }
    estimates.push(bridge(drawn, proposed, medianEffective(bridged, dim)));
  }
  const [first, second] = estimates;
  if (!first || !second)
    return { logEvidence: Number.NaN, error: Number.NaN, paretoK: null, warnings: [drawsDegenerate] };
  // Disjoint draws and independent proposals: the errors are as good as independent.
  return {
    logEvidence: (first.logValue + second.logValue) / 2,
    error: Math.hypot(first.error, second.error) / 2,
    paretoK: null,
    warnings:
      first.converged && second.converged
        ? []
        : [evidenceDidNotConverge(Math.max(first.iterations, second.iterations))],
  };
}

/** Mean and covariance of points given as chains of dim numbers each. */
function moments(
  chains: readonly Float64Array[],
  dim: number,
): { readonly centre: Float64Array; readonly covariance: Float64Array } {
  const centre = new Float64Array(dim);
  const covariance = new Float64Array(dim * dim);
  let count = 0;
  const each = (visit: (point: Float64Array) => void) => {
    for (const chain of chains)
      for (let start = 0; start < chain.length; start += dim) visit(chain.subarray(start, start + dim));
  };
  each((point) => {
    count++;
    for (let i = 0; i < dim; i++) centre[i]! += point[i]!;
  });
  for (let i = 0; i < dim; i++) centre[i]! /= count;
  each((point) => {
    for (let i = 0; i < dim; i++)
      for (let j = 0; j < dim; j++)
        covariance[i * dim + j]! += ((point[i]! - centre[i]!) * (point[j]! - centre[j]!)) / (count - 1);
  });
  return { centre, covariance };
}

/** The median over coordinates of the effective number of draws. */
function medianEffective(chains: readonly Float64Array[], dim: number): number {
  const total = chains.reduce((sum, chain) => sum + chain.length / dim, 0);
  const sizes = Array.from({ length: dim }, (_, i) => {
    const ess = essMean(
      chains.map((chain) => Float64Array.from({ length: chain.length / dim }, (__, d) => chain[d * dim + i]!)),
    );
    return Number.isNaN(ess) ? total : Math.min(ess, total);
  }).sort((a, b) => a - b);
  return sizes[dim >> 1] ?? total;
}

function* byImportance(
  evidence: EvidenceTarget,
  count: number,
  seed: string | number,
  report: Report,
): Pausable<Estimate> {
  const { dim, target } = evidence;
  const z = evidence.coordinates();
  const { centre, covariance } = moments([z], dim);
  const scale = covariance.map((value) => INFLATION * value);
  const proposal = foldedProposal(target.chart, centre, scale, DEGREES);
  if (!proposal) return { logEvidence: Number.NaN, error: Number.NaN, paretoK: null, warnings: [drawsDegenerate] };
  const rng = createRng(seed).fork("importance");
  const point = new Float64Array(dim);
  const logRatios = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    proposal.draw(rng, point);
    logRatios[i] = evidence.logDensity(point) - proposal.logDensity(point);
    report(PHASE, i + 1, count);
    if (pauseDue()) yield;
  }
  const top = logRatios.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = logRatios.map((value) => Math.exp(value - top));
  const average = mean(weights);
  const { paretoK } = psis(logRatios);
  return {
    logEvidence: top + Math.log(average),
    error: Math.sqrt(variance(weights) / count) / average,
    paretoK,
    warnings: paretoK > paretoKThreshold(count) ? [evidenceParetoK(paretoK)] : [],
  };
}

export interface BayesFactor {
  /** log p(y | first) − log p(y | second), natural logarithm. */
  readonly logBayesFactor: number;
  /** Monte Carlo standard error of logBayesFactor. */
  readonly error: number;
  /** exp(logBayesFactor): how much likelier the data are under the first model. */
  readonly bayesFactor: number;
  /** The interval ±1.96 errors of logBayesFactor, exponentiated. */
  readonly low: number;
  readonly high: number;
  /** Posterior probability of the first model where both are equally probable beforehand. */
  readonly probability: number;
  readonly warnings: readonly FitWarning[];
}

/**
 * The Bayes factor of the first model against the second, with its Monte Carlo error.
 *
 * @param first a posterior (its evidence is then computed with the default options), or what `logEvidence` returned
 * @throws DeclarationError where the two are of different responses, or a prior is flat
 * @example
 * const { bayesFactor: factor, error } = bayesFactor(slopes, intercepts);
 */
export function bayesFactor<Signal extends StopSignal | undefined = undefined, Told = never>(
  first: Posterior | LogEvidence,
  second: Posterior | LogEvidence,
  options?: BayesFactorOptions & SlicesOf<Signal, Told>,
): DoneOrPromised<BayesFactor, Signal, Told>;
export function bayesFactor(
  first: Posterior | LogEvidence,
  second: Posterior | LogEvidence,
  options?: BayesFactorOptions,
): BayesFactor | Promise<BayesFactor> {
  const read = readOptions(bayesFactorOptions, options, { of: "bayesFactor()" });
  for (const side of [first, second]) if (side?.kind !== "evidence") requireFit(side, "bayesFactor()");
  for (const side of [first, second])
    if (side.kind !== "evidence" && side.kind !== "posterior") throw declarationFault(needsPosterior("The evidence"));
  return doneOrPromised((report) => factorOf(first, second, report), read);
}

const bayesFactorOptions = optionsSchema(longWorkEntries);

export type BayesFactorOptions = OptionsOf<typeof bayesFactorOptions>;

function* factorOf(
  first: Posterior | LogEvidence,
  second: Posterior | LogEvidence,
  report: Report,
): Pausable<BayesFactor> {
  const byDefault = readOptions(logEvidenceOptions, undefined, { of: "logEvidence()" });
  const a = first.kind === "evidence" ? first : yield* evidenceOf(first, byDefault, report);
  const b = second.kind === "evidence" ? second : yield* evidenceOf(second, byDefault, report);
  const same = (["nobs", "sum", "squares"] as const).every((of) => {
    const [one, other] = [a.response[of], b.response[of]];
    return Math.abs(one - other) <= SUM_ROUNDING * Math.max(Math.abs(one), Math.sqrt(a.response.squares));
  });
  if (!same) {
    const of = ({ response: { name, nobs } }: LogEvidence) => `${name} (${nobs} rows)`;
    throw declarationFault(differentResponses(of(a), of(b)));
  }
  const logBayesFactor = a.logEvidence - b.logEvidence;
  const error = Math.hypot(a.error, b.error);
  return {
    logBayesFactor,
    error,
    bayesFactor: Math.exp(logBayesFactor),
    low: Math.exp(logBayesFactor - 1.96 * error),
    high: Math.exp(logBayesFactor + 1.96 * error),
    probability: 1 / (1 + Math.exp(-logBayesFactor)),
    warnings: [...a.warnings, ...b.warnings],
  };
}
