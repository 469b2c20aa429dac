/**
 * Penalised quasi-likelihood: the generalised linear mixed model is linearised about its conditional mean, giving a working response with
 * variance σ²/w; a linear mixed model is fitted to it by maximum likelihood, and so on until η settles (Breslow & Clayton 1993, JASA 88,
 * 9–25; Schall 1991, Biometrika 78; Venables & Ripley 2002, §10.4).
 */

import { isGaussian } from "../../families/family.ts";
import { ofMean } from "../../families/of-mean.ts";
import { pqlWithSigma } from "../../messages/given-sds.ts";
import { issue, refusal } from "../../messages/issue.ts";
import { pqlWithKnownVariances } from "../../messages/known-variance-fits.ts";
import * as messages from "../../messages/linearised-fits.ts";
import { saturated, zeroResidual } from "../../messages/noise.ts";
import { chooseIntegral } from "../../model/choose-integral.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { degenerateLabels, degenerateTerms } from "../../model/level-responses.ts";
import { refuseParts } from "../../model/model-parts.ts";
import { infiniteLabels, recessionOf } from "../../model/recession.ts";
import type { Standardisation } from "../../model/standardise.ts";
import { type Pausable, pauseDue, tell } from "../../optimise/pausable.ts";
import type { Estimate } from "../estimate.ts";
import { isSaturated } from "../exact-verdict.ts";
import { flatLabels } from "../flat-covariance.ts";
import {
  boundaryReasons,
  degenerateVerdict,
  flatVerdict,
  separationVerdict,
  type VerdictWithReason,
} from "../verdict.ts";
import { linearisedPredictor, linearPredictor, unitResponse, workingRows } from "./linearised-predictor.ts";
import type { PqlMethod } from "./method.ts";
import { dispersionParameter, quasiLikelihood } from "./quasi-likelihood.ts";
import { fitWorkingModel, type WorkingData, type WorkingFit } from "./working-model.ts";

/** Evaluations of working criteria after which iterations that still move are given up: those of models that settle need some hundred. */
const MOST_EVALUATIONS = 10_000;
/**
 * Iterations after which those that leave no residual settle or never do, because an effect for each row takes it all or the fitted values run away, and
 * the change that they have come down to then.
 */
const PATIENCE = 20;
const SETTLING = 0.01;
/** Working models on end without a maximum: one may be passed on the way. */
const MOST_WITHOUT_MAXIMUM = 4;
/** A residual standard deviation below this share of the random effects' is none. */
const VANISHED = 1e-6;

/** A residual standard deviation of a working model, whose rows have weights of the response's size, that is rounding. */
const EXACT = 1e-13;

/** Names of the grouping factors with a level for each row. */
const factorsOfRows = ({ design }: CompiledModel): string[] =>
  design.random.filter(({ levels }) => levels.length === design.n).map(({ group }) => group);

/** √(Σ(Δη)²/Ση²). */
function relativeChange(eta: Float64Array, before: Float64Array): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < eta.length; i++) {
    difference += (eta[i]! - before[i]!) ** 2;
    size += eta[i]! ** 2;
  }
  return Math.sqrt(difference / Math.max(size, Number.MIN_VALUE));
}

/** Whether a working model has no residual variance left beside its random effects. */
function hasVanished({ layout }: CompiledModel, x: Float64Array): boolean {
  const from = layout.terms[0]?.offset ?? layout.phi.offset;
  const last = x.length - 1;
  const effects = x.subarray(from, last);
  return x[last]! < VANISHED * Math.max(0, ...effects.map(Math.abs));
}

function reasonOfFailure(model: CompiledModel, iterations: number, change: number): string {
  const reason = messages.notConverged("Penalised quasi-likelihood", iterations, change);
  const factors = factorsOfRows(model);
  return factors.length > 0 ? `${reason} ${messages.effectOfEachRow(factors)}` : reason;
}

/**
 * Fits by penalised quasi-likelihood.
 *
 * @throws DeclarationError for families whose variance has parameters of its own, and for nonlinear means
 */
export function* fitPql(model: CompiledModel, method: PqlMethod): Pausable<Omit<Estimate, "refit" | "unrestricted">> {
  const { design, family, layout } = model;
  refuseParts(model, {
    "nonlinear mean": () => issue("pql-nonlinear", ["method"], messages.pqlNonlinear()),
    "known variances": pqlWithKnownVariances,
    "given sigma": pqlWithSigma,
    "residual structure": () => issue("pql-residual", ["method"], messages.noResidualStructure("pql()")),
    "several predictors": () => issue("pql-dispersion", ["method"], messages.pqlDispersion()),
  });
  const quasi = quasiLikelihood(family);
  if (!quasi) throw refusal("pql-family", ["method"], messages.pqlFamily(family.name));
  const { n } = design;
  const { y, prior } = unitResponse(design);
  const eta = Float64Array.from({ length: n }, (_, i) => family.startEta(design.y[i]!, design.trials?.[i] ?? 1));
  const before = new Float64Array(n);
  const columns = { y: new Float64Array(n), weights: new Float64Array(n) };
  const base = workingRows(design, columns);
  const ofRows = factorsOfRows(model).length > 0;
  const iterate = function* (random: WorkingData["random"], most: number, tolerance: number) {
    let fit: (WorkingFit & { readonly standardisation: Standardisation }) | undefined;
    let change = Number.POSITIVE_INFINITY;
    let iteration = 0;
    let spent = 0;
    let withoutMaximum = 0;
    while (iteration < most && !(change < tolerance)) {
      iteration++;
      quasi.linearise(eta, y, prior, columns.y, columns.weights);
      tell({ iteration });
      const next: typeof fit = yield* fitWorkingModel(
        { ...base, random },
        fit && { standardised: fit.standardisation, from: fit.x },
      );
      // iterations that run away, as under separation, end at the last of them that is numbers
      if (fit && !next.x.every(Number.isFinite)) {
        change = Number.NaN;
        break;
      }
      fit = next;
      spent += next.maximum.evaluations;
      before.set(eta);
      linearPredictor(model, fit.x, random.length > 0 ? fit.conditional.modes : [], eta);
      change = relativeChange(eta, before);
      if (pauseDue()) yield;
      withoutMaximum = fit.maximum.converged ? 0 : withoutMaximum + 1;
      const isHopeless =
        (iteration >= PATIENCE && (ofRows || hasVanished(model, fit.x))) ||
        withoutMaximum > MOST_WITHOUT_MAXIMUM ||
        spent > MOST_EVALUATIONS;
      if (Number.isNaN(change) || (isHopeless && change > SETTLING)) break;
    }
    return { fit: fit!, change, iteration };
  };
  // the generalised linear model first, as glmmPQL does
  tell({ phase: "starting values", likelihood: null });
  yield* iterate([], 25, 1e-6);
  tell({ phase: "working models" });
  const { fit, change, iteration } = yield* iterate(design.random, method.iterations, method.tolerance);
  return estimateOf(model, method, fit, change, iteration, layout.phi.size);
}

function estimateOf(
  model: CompiledModel,
  method: PqlMethod,
  fit: WorkingFit,
  change: number,
  iterations: number,
  globals: number,
): Omit<Estimate, "refit" | "unrestricted"> {
  const { layout, family, design } = model;
  const head = layout.phi.offset;
  const sigma = fit.x[head]!;
  const x = new Float64Array(layout.size);
  x.set(fit.x.subarray(0, head));
  // the family's own dispersion, where it has one: sigma, or the shape 1/σ² of a gamma response
  const dispersion = dispersionParameter(family);
  const slope = globals === 0 ? 0 : dispersion.slope(sigma);
  if (globals > 0) x[head] = dispersion.of(sigma);
  const size = layout.size;
  let working: Float64Array | undefined;
  const workingCovariance = () => (working ??= fit.maximum.covariance());
  /** Of the model's own parameters, from that of the working model's. */
  const ofModel = (V: Float64Array) => {
    const full = new Float64Array(size * size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++)
        full[i * size + j] = V[i * (head + 1) + j]! * (i < head ? 1 : slope) * (j < head ? 1 : slope);
    return full;
  };
  const recession = recessionOf(model);
  const { flat } = fit.maximum;
  const undetermined = flat ? flatLabels(model, flat) : [];
  const degenerate = degenerateTerms(model);
  const converged = change < method.tolerance && fit.maximum.converged;
  const exact = sigma < EXACT;
  const reasons = [
    ...(exact
      ? [isSaturated(model) ? saturated(ofMean(layout.beta).size, model.design.n, false) : zeroResidual(sigma)]
      : []),
    ...boundaryReasons(model, x),
  ];
  const verdict: VerdictWithReason = recession
    ? separationVerdict(model, recession)
    : degenerate.length > 0
      ? degenerateVerdict(model, degenerate)
      : undetermined.length > 0
        ? flatVerdict(undetermined)
        : !converged && !exact
          ? { code: "failed", reason: reasonOfFailure(model, iterations, change) }
          : reasons.length > 0
            ? { code: "boundary", reason: reasons.join(" ") }
            : { code: "converged", reason: messages.convergedIterations(iterations, change) };
  const gaussian = isGaussian(family);
  const binary = family.response === "trials" && (design.trials?.every((count) => count === 1) ?? true);
  return {
    model,
    requested: method,
    label: "PQL",
    integral: chooseIntegral(model).integral,
    x,
    covariance: () => ofModel(workingCovariance()),
    standardisedCovariance: () => ofModel(fit.maximum.standardisedCovariance()),
    logLik: Number.NaN,
    restricted: false,
    verdict,
    undetermined: [
      ...new Set([
        ...(recession ? infiniteLabels(model, recession) : []),
        ...degenerateLabels(model, degenerate),
        ...undetermined,
      ]),
    ],
    warnings: gaussian ? [] : [messages.pqlBias(binary)],
    evaluations: iterations,
    working: {
      likelihood: false,
      ...fit.conditional,
      linearised: linearisedPredictor(model, x, fit.conditional.modes, sigma),
      // a Gaussian family reports sigma itself
      ...(!family.normal && {
        sigma: { estimate: sigma, error: () => Math.sqrt(workingCovariance()[(head + 1) ** 2 - 1]!) },
      }),
    },
  };
}
