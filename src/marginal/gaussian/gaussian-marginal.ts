/**
 * The exact marginal likelihood of a Gaussian model in its natural parameters x = [β | Λ | σ, ψ], Λ absolute, ψ those of a residual
 * structure where there is one (x = [β | Λ | ψ] where σ is known, as with known variances, σ = 1): the reading that posteriors
 * need, where priors stand on β and σ and nothing can be profiled out.
 *
 * −2ℓ = n log 2πσ² − Σ log w + log|H| + r²/σ², r² = min_u |y − Xβ − ZΛu/σ|²_W + |u|², cost independent of n.
 */
import { ofMean } from "../../families/of-mean.ts";
import type { Rng } from "../../random/rng.ts";
import type { IntegralData } from "../integral-data.ts";
import type { ConditionalModes, MarginalLikelihood } from "../marginal-likelihood.ts";
import {
  conditionalCovariances,
  effectsCovarianceOf,
  scatterCovariances,
  scatterEffects,
} from "./conditional-effects.ts";
import { type ExtendedModes, extendedModes, STIFF } from "./extended-modes.ts";
import { groupLikelihoods } from "./group-likelihood.ts";
import { type PenalisedLeastSquares, penalisedLeastSquares } from "./penalised-least-squares.ts";
import { inOwnOrder, predictedVariance } from "./predicted-variance.ts";

/** The largest Λ/σ of a joint covariance of effects that only their prior tells apart: its condition is the square. */
const MOST_STIFF = 1e5;

/**
 * @throws DeclarationError for weights that are negative or not finite, dependent columns, more than one predictor
 * @example
 * const marginal = gaussianMarginal(data);
 * const gradient = new Float64Array(marginal.layout.size);
 * marginal.evaluate(Float64Array.of(251, 10, 24, 0.4, 5.7, 25), gradient); // sleepstudy: log-likelihood
 */
export function gaussianMarginal(data: IntegralData): MarginalLikelihood {
  const predicted = predictedVariance(data);
  return predicted ? inOwnOrder(exactMarginal(predicted.data), predicted, data.layout) : exactMarginal(data);
}

/** What the likelihood is made of, and room for its parts. */
interface Exact {
  readonly data: IntegralData;
  readonly pls: PenalisedLeastSquares;
  readonly size: number;
  readonly betaAt: number;
  readonly lambdaAt: number;
  readonly sigmaAt: number;
  readonly sigmaOf: (x: Float64Array) => number;
  readonly psiAt: number;
  readonly trace: { evaluations: number; gradients: number; innerIterations: number; failures: number };
  readonly extended: ExtendedModes;
  readonly v: Float64Array;
  readonly effects: Float64Array;
  readonly randomEffects: Float64Array;
  readonly residual: Float64Array;
  readonly dDelta: Float64Array;
  readonly unit: Float64Array;
}

/** v = (γ − L'β, 1): E v is the residual y − offset − Xβ. */
function residualCombination(s: Exact, x: Float64Array): void {
  const { pls, betaAt, v } = s;
  const { design } = pls;
  const { p, transform, removed } = design;
  for (let a = 0; a < p; a++) {
    let sum = removed[a]!;
    for (let b = a; b < p; b++) sum -= transform[b * p + a]! * x[betaAt + b]!;
    v[a] = sum;
  }
  v[p] = 1;
}

/** Factors H at x and leaves Z'W(y − offset − Xβ) in `residual` and c = L⁻¹Λ' of it in `effects`. */
function solve(s: Exact, x: Float64Array, sigma = s.sigmaOf(x)): boolean {
  const { pls, size, lambdaAt, psiAt, v, effects, residual } = s;
  const { statistics, system, residual: structure } = pls;
  const { k, ZE } = statistics;
  if (!(sigma > 0) || sigma === Number.POSITIVE_INFINITY) return false;
  if (structure && !structure.update(x, psiAt)) return false;
  if (!pls.setFactor(x, lambdaAt, 1 / sigma)) return false;
  residualCombination(s, x);
  for (let row = 0; row < size; row++) {
    let sum = 0;
    for (let a = 0; a < k; a++) sum += ZE[row * k + a]! * v[a]!;
    effects[row] = residual[row] = sum;
  }
  pls.multiplyFactorTransposed(effects, 1);
  system.halfSolve(effects, 1);
  return true;
}

function evaluate(s: Exact, x: Float64Array, gradient?: Float64Array): number {
  const { pls, size, sigmaOf, trace, v, effects } = s;
  const { design, statistics, system, residual: structure } = pls;
  const { observations, logWeights } = design;
  const { k, EE } = statistics;
  trace.evaluations++;
  if (gradient) {
    trace.gradients++;
    gradient.fill(0);
  }
  if (!solve(s, x)) return failed(s);
  const sigma = sigmaOf(x);
  let squares = 0;
  for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) squares += v[a]! * EE[a * k + b]! * v[b]!;
  for (let row = 0; row < size; row++) squares -= effects[row]! ** 2;
  const precision = 1 / (sigma * sigma);
  const value =
    -0.5 *
    (observations * (Math.log(2 * Math.PI) + 2 * Math.log(sigma)) -
      logWeights +
      system.logDet() +
      (structure?.logDet() ?? 0) +
      squares * precision);
  if (!Number.isFinite(value)) return failed(s);
  if (gradient) differentiate(s, x, sigma, squares, gradient);
  return value;
}

function failed(s: Exact): number {
  const { trace } = s;
  trace.failures++;
  return Number.NEGATIVE_INFINITY;
}

function differentiate(s: Exact, x: Float64Array, sigma: number, squares: number, gradient: Float64Array): void {
  const { data, pls, size, betaAt, lambdaAt, sigmaAt, psiAt, v, effects, randomEffects, residual, dDelta, unit } = s;
  const { design, statistics, system, grouping, residual: structure } = pls;
  const { p, transform, observations } = design;
  const { k, EE, ZE } = statistics;
  const { lambda } = grouping;
  const { sigma: knownSigma } = data;
  const precision = 1 / (sigma * sigma);
  system.halfSolveTransposed(effects, 1);
  pls.multiplyFactor(effects, randomEffects, 1);
  // ∂(−r²/2)/∂δ = E_x'W(residual − Zb̂), where δ = L'β − γ.
  for (let a = 0; a < p; a++) {
    let sum = 0;
    for (let b = 0; b < k; b++) sum += EE[a * k + b]! * v[b]!;
    dDelta[a] = sum;
  }
  for (let row = 0; row < size; row++) {
    const b = randomEffects[row]!;
    if (b !== 0) for (let a = 0; a < p; a++) dDelta[a]! -= ZE[row * k + a]! * b;
  }
  for (let a = 0; a < p; a++) {
    let sum = 0;
    for (let b = 0; b <= a; b++) sum += transform[a * p + b]! * dDelta[b]!;
    gradient[betaAt + a] = sum * precision;
  }
  if (structure) {
    unit[0] = precision;
    structure.pullback(v, randomEffects, 1, unit, pls.lambda, -0.5, gradient, psiAt);
    unit[0] = 1;
  }
  system.subtractCrossproduct(randomEffects, residual, 1);
  system.addLogDetGradient(pls.clearGradient());
  pls.addOuterProducts(residual, effects, 1, unit, -2 * precision);
  pls.addGradient(x, gradient, lambdaAt, -0.5 / sigma);
  if (knownSigma !== undefined) return;
  // Λ/σ depends on σ: ∂(Λ/σ)/∂σ = −Λ/σ².
  const slope = lambda.slopeOfScale(x, lambdaAt, gradient, lambdaAt) - 0.5 * pls.slopeOfGiven();
  gradient[sigmaAt] = (-observations + squares * precision - slope) / sigma;
}

/** Whether there is so little noise that doubles lose half of their digits; leaves the residual in `v`. */
function isStiff(s: Exact, x: Float64Array): boolean {
  const { pls, size, sigmaOf, psiAt } = s;
  const { residual: structure } = pls;
  if (size === 0) return false;
  if (structure && !structure.update(x, psiAt)) return false;
  residualCombination(s, x);
  return largestFactor(s, x) > STIFF * sigmaOf(x);
}

function largestFactor(s: Exact, x: Float64Array): number {
  const { pls, lambdaAt } = s;
  pls.fill(x, lambdaAt, 1);
  return pls.lambda.reduce((most, block) => block.reduce((m, value) => Math.max(m, Math.abs(value)), most), 0);
}

function conditionalModes(s: Exact, x: Float64Array): ConditionalModes {
  const { data, pls, lambdaAt, sigmaOf, extended, v, effects, randomEffects } = s;
  const { system, grouping } = pls;
  const { factors } = grouping;
  const modes = data.random.map((term) => new Float64Array(term.levels.length * term.q));
  const covariances = data.random.map((term) => new Float64Array(term.levels.length * term.q * term.q));
  const found = isStiff(s, x) ? extended.at(x, lambdaAt, sigmaOf(x), v) : null;
  if (found) {
    scatterEffects(factors, found.effects, modes);
    const sigma = Math.max(sigmaOf(x), largestFactor(s, x) / MOST_STIFF);
    if (found.covariances) scatterCovariances(factors, found.covariances, covariances);
    else if (solve(s, x, sigma)) conditionalCovariances(factors, pls.lambda, system, sigma ** 2, covariances);
    return { modes, covariances };
  }
  if (!solve(s, x)) {
    for (const array of [...modes, ...covariances]) array.fill(Number.NaN);
    return { modes, covariances };
  }
  system.halfSolveTransposed(effects, 1);
  pls.multiplyFactor(effects, randomEffects, 1);
  scatterEffects(factors, randomEffects, modes);
  conditionalCovariances(factors, pls.lambda, system, sigmaOf(x) ** 2, covariances);
  return { modes, covariances };
}

/** b = Λ(û + σL⁻ᵀz): one back-substitution gives the mode and the deviation together. */
function drawRandomEffects(s: Exact, x: Float64Array, rng: Rng, out: readonly Float64Array[]): void {
  const { pls, size, sigmaOf, effects, randomEffects } = s;
  const { system, grouping } = pls;
  const { factors } = grouping;
  if (!solve(s, x)) {
    for (const array of out) array.fill(Number.NaN);
    return;
  }
  const sigma = sigmaOf(x);
  for (let row = 0; row < size; row++) effects[row]! += sigma * rng.normal();
  system.halfSolveTransposed(effects, 1);
  pls.multiplyFactor(effects, randomEffects, 1);
  scatterEffects(factors, randomEffects, out);
}

function exactMarginal(data: IntegralData): MarginalLikelihood {
  const pls = penalisedLeastSquares(data);
  const { layout } = data;
  const { design, statistics, system, grouping, residual: structure } = pls;
  const { p } = design;
  const { k } = statistics;
  const { factors } = grouping;
  const size = system.size;
  const betaAt = ofMean(layout.beta).offset;
  const lambdaAt = layout.terms[0]?.offset ?? layout.phi.offset;
  const sigmaAt = layout.phi.offset;
  const { sigma: knownSigma } = data;
  const sigmaOf = (x: Float64Array) => knownSigma ?? x[sigmaAt]!;
  const psiAt = knownSigma === undefined ? sigmaAt + 1 : sigmaAt;
  const trace = { evaluations: 0, gradients: 0, innerIterations: 0, failures: 0 };

  const extended = extendedModes(data, pls);
  const v = new Float64Array(k);
  const effects = new Float64Array(size);
  const randomEffects = new Float64Array(size);
  const residual = new Float64Array(size);
  const dDelta = new Float64Array(p);
  const unit = Float64Array.of(1);
  const s: Exact = {
    data,
    pls,
    size,
    betaAt,
    lambdaAt,
    sigmaAt,
    sigmaOf,
    psiAt,
    trace,
    extended,
    v,
    effects,
    randomEffects,
    residual,
    dDelta,
    unit,
  };

  const groups = factors.length === 1 && !factors[0]!.known && !structure ? groupLikelihoods(data, pls) : undefined;
  return {
    layout,
    method: { kind: "exact", nodes: 0 },
    evaluate: (x, gradient) => evaluate(s, x, gradient),
    ...(groups ? { groups } : {}),
    conditionalModes: (x) => conditionalModes(s, x),
    effectsCovariance(x) {
      if (!(sigmaOf(x) > 0)) return null;
      // with several effects a level, or levels, a share of noise that doubles bear stands for less
      const several = factors.length > 1 || factors.some(({ q }) => q > 1);
      const sigma = several ? Math.max(sigmaOf(x), largestFactor(s, x) / MOST_STIFF) : sigmaOf(x);
      return solve(s, x, sigma) ? effectsCovarianceOf(factors, pls.lambda, system, sigma) : null;
    },
    drawRandomEffects: (x, rng, out) => drawRandomEffects(s, x, rng, out),
    trace,
  };
}
