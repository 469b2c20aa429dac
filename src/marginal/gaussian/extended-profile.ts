/**
 * The Gaussian likelihood with β alone profiled out, in twice the precision of a double, for responses that are nearly free of noise: Λ is
 * absolute and log σ an entry of θ, since Λ/σ has no scale there. Its gradient is by central differences, which values of this precision bear.
 */

import type { IntegralData } from "../integral-data.ts";
import { extendedSystem } from "./extended-system.ts";
import { generalisedLeastSquares } from "./generalised-least-squares.ts";
import { groupTerms } from "./grouping.ts";
import { type OrthogonalDesign, orthogonalDesign } from "./orthogonal-design.ts";
import { rowsOf } from "./paired-rows.ts";
import type { ProfiledGaussian } from "./profiled-gaussian.ts";
import { residualGram } from "./residual-gram.ts";
import { roundingOf } from "./rounding.ts";

/** Step of differences relative to an entry, and the entry it is taken of at least. */
const STEP = 1e-4;
const LEAST = 1e-6;

/** Least share of the spread of the response that σ has in the linear algebra. */
const LEAST_SIGMA = 1e-10;
/** The share of a residual sum of squares that is left of its digits. */
const LEFT = 1e-30;

/** Σ w r² of ordinary least squares, r = y − offset − Xβ̂. */
function residualSquares(design: OrthogonalDesign): number {
  const row = new Float64Array(design.p + 1);
  let sum = 0;
  for (let i = 0; i < design.weight.length; i++) {
    if (design.weight[i] === 0) continue;
    design.row(i, row);
    sum += design.weight[i]! * row[design.p]! ** 2;
  }
  return sum;
}

/** @throws DeclarationError as `profiledGaussian` */
export function extendedProfile(data: IntegralData): ProfiledGaussian {
  const design = orthogonalDesign(data);
  const grouping = groupTerms(data.random, data.layout);
  const residual = data.residual ? residualGram(data.random, design, grouping, data.residual) : null;
  const { p, observations, logWeights } = design;
  const k = p + 1;
  const { entries } = grouping.lambda;
  const blocks = grouping.factors.map(({ q }) => new Float64Array(q * q));
  const { sigma: known } = data;
  const withSigma = known === undefined;
  const sizeOfPsi = residual?.size ?? 0;
  const size = entries + sizeOfPsi + (withSigma ? 1 : 0);
  const spread = residualSquares(design);
  const unit = Math.sqrt(spread / observations) || 1;
  const rounding = roundingOf(data, design.weight) + LEFT * spread;
  const lastPsi = new Float64Array(sizeOfPsi).fill(Number.NaN);
  const system = extendedSystem(grouping, rowsOf(data, grouping, design, residual), k);
  if (!residual) system.renew();
  const least = LEAST_SIGMA * unit;
  const last = new Float64Array(size);
  let squares = Number.NaN;
  let sigma = known ?? 1;
  /** Residual sums of squares of least squares on [X ZΛ], by the dimension of what it leaves. */
  const exactSquares = new Map<number, number>();

  /** The criterion without r²/σ² at σ = `at`; NaN where it cannot be computed. */
  function determinants(theta: Float64Array, degrees: number, reml: boolean, at: number): number {
    grouping.lambda.fill(theta, 0, unit / at, blocks, 1 / at);
    if (!system.factorise(blocks, rounding)) return Number.NaN;
    let total = system.logDet() - logWeights + degrees * Math.log(2 * Math.PI) + 2 * degrees * Math.log(at);
    if (residual) total += residual.logDet();
    if (reml) {
      let logs = design.logDet;
      for (let a = 0; a < p; a++) logs += Math.log(system.root[a * k + a]!);
      total += 2 * logs;
    }
    return total;
  }

  function value(theta: Float64Array, reml: boolean): number {
    last.set(theta);
    squares = Number.NaN;
    const degrees = observations - (reml ? p : 0);
    if (!(degrees > 0)) return Number.POSITIVE_INFINITY;
    if (residual && lastPsi.some((psi, g) => psi !== theta[entries + g])) {
      exactSquares.clear();
      lastPsi.fill(Number.NaN);
      if (!residual.update(theta, entries)) return Number.POSITIVE_INFINITY;
      system.renew();
      lastPsi.set(theta.subarray(entries, entries + sizeOfPsi));
    }
    if (withSigma) sigma = Math.exp(theta[size - 1]!);
    if (!(sigma > 0 && sigma < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
    const total = sigma < least ? belowLeast(theta, degrees, reml) : determinants(theta, degrees, reml, sigma);
    if (!(sigma < least)) squares = system.root[k * k - 1]! ** 2;
    return Number.isNaN(total) ? Number.POSITIVE_INFINITY : total + squares / (sigma * sigma);
  }

  /**
   * With so little noise the likelihood falls into two parts: what random effects and coefficients leave, N numbers of variance σ², and what they
   * fit, on which σ has no influence. log|V| is linear in log σ² with slope N, and r² is a constant and a multiple of σ².
   */
  function belowLeast(theta: Float64Array, degrees: number, reml: boolean): number {
    const twice = determinants(theta, degrees, reml, 2 * least);
    const once = determinants(theta, degrees, reml, least);
    const left = (twice - once) / (2 * Math.LN2);
    const key = Math.round(left);
    if (!exactSquares.has(key)) exactSquares.set(key, system.residualSquares() + rounding);
    const exact = exactSquares.get(key)!;
    const fitted = Math.max(0, (system.root[k * k - 1]! ** 2 - exact) / (least * least));
    squares = exact + fitted * sigma * sigma;
    return once + 2 * left * Math.log(sigma / least);
  }

  const point = new Float64Array(size);

  function evaluate(theta: Float64Array, { reml }: { readonly reml: boolean }, gradient?: Float64Array): number {
    if (gradient) {
      point.set(theta);
      for (let i = 0; i < size; i++) {
        const h = i === size - 1 && withSigma ? STEP : STEP * Math.max(LEAST, Math.abs(theta[i]!));
        point[i] = theta[i]! + h;
        const up = value(point, reml);
        point[i] = theta[i]! - h;
        gradient[i] = (up - value(point, reml)) / (2 * h);
        point[i] = theta[i]!;
      }
    }
    return value(theta, reml);
  }

  const coefficients = generalisedLeastSquares(system.root, design);
  return {
    size,
    withSigma,
    absolute: true,
    unit,
    observations,
    fixedEffects: p,
    evaluate,
    lostDigits: () => false,
    withoutDigits: () => false,
    roundingSigma: withSigma ? Math.sqrt(rounding / observations) : 0,
    get betaHat() {
      return coefficients.betaHat();
    },
    get covarianceBeta() {
      if (!(sigma < least)) return coefficients.covarianceBeta();
      // σ²(X'V⁻¹X)⁻¹ is A + σ²B, A what the random effects leave uncertain
      determinants(last, 0, false, 2 * least);
      const twice = coefficients.covarianceBeta();
      determinants(last, 0, false, least);
      return coefficients.covarianceBeta().map((once, cell) => {
        const B = (4 * twice[cell]! - once) / 3;
        return ((once - B) * least * least) / (sigma * sigma) + B;
      });
    },
    get sigma() {
      return sigma;
    },
    get penalisedResidualSumOfSquares() {
      return squares;
    },
    get logDetH() {
      return system.logDet();
    },
  };
}
