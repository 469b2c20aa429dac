/**
 * The Gaussian likelihood with β alone profiled out, in twice the precision of a double, for responses that are nearly free of noise: Λ is
 * absolute and log σ an entry of θ, since Λ/σ has no scale there. Its gradient is by central differences, which values of this precision bear.
 */

import type { IntegralData } from "../integral-data.ts";
import { type ExtendedSystem, extendedSystem } from "./extended-system.ts";
import { generalisedLeastSquares } from "./generalised-least-squares.ts";
import { type Grouping, groupTerms } from "./grouping.ts";
import { type OrthogonalDesign, orthogonalDesign } from "./orthogonal-design.ts";
import { rowsOf } from "./paired-rows.ts";
import type { ProfiledGaussian } from "./profiled-gaussian.ts";
import { type ResidualGram, residualGram } from "./residual-gram.ts";
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

/** What the criterion is made of, and where it was last evaluated. */
interface Criterion {
  readonly design: OrthogonalDesign;
  readonly grouping: Grouping;
  readonly residual: ResidualGram | null;
  readonly k: number;
  readonly blocks: Float64Array[];
  readonly withSigma: boolean;
  readonly sizeOfPsi: number;
  readonly size: number;
  readonly unit: number;
  readonly rounding: number;
  readonly lastPsi: Float64Array;
  readonly system: ExtendedSystem;
  readonly least: number;
  readonly last: Float64Array;
  squares: number;
  sigma: number;
  /** Residual sums of squares of least squares on [X ZΛ], by the dimension of what it leaves. */
  readonly exactSquares: Map<number, number>;
  readonly point: Float64Array;
}

/** The criterion without r²/σ² at σ = `at`; NaN where it cannot be computed. */
function determinants(s: Criterion, theta: Float64Array, degrees: number, reml: boolean, at: number): number {
  const { design, grouping, residual, k, blocks, unit, rounding, system } = s;
  const { p, logWeights } = design;
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

function value(s: Criterion, theta: Float64Array, reml: boolean): number {
  const { design, grouping, residual, k, withSigma, sizeOfPsi, size, lastPsi, system, least, last, exactSquares } = s;
  const { p, observations } = design;
  const { entries } = grouping.lambda;
  last.set(theta);
  s.squares = Number.NaN;
  const degrees = observations - (reml ? p : 0);
  if (!(degrees > 0)) return Number.POSITIVE_INFINITY;
  if (residual && lastPsi.some((psi, g) => psi !== theta[entries + g])) {
    exactSquares.clear();
    lastPsi.fill(Number.NaN);
    if (!residual.update(theta, entries)) return Number.POSITIVE_INFINITY;
    system.renew();
    lastPsi.set(theta.subarray(entries, entries + sizeOfPsi));
  }
  if (withSigma) s.sigma = Math.exp(theta[size - 1]!);
  if (!(s.sigma > 0 && s.sigma < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
  const total = s.sigma < least ? belowLeast(s, theta, degrees, reml) : determinants(s, theta, degrees, reml, s.sigma);
  if (!(s.sigma < least)) s.squares = system.root[k * k - 1]! ** 2;
  return Number.isNaN(total) ? Number.POSITIVE_INFINITY : total + s.squares / (s.sigma * s.sigma);
}

/**
 * With so little noise the likelihood falls into two parts: what random effects and coefficients leave, N numbers of variance σ², and what they
 * fit, on which σ has no influence. log|V| is linear in log σ² with slope N, and r² is a constant and a multiple of σ².
 */
function belowLeast(s: Criterion, theta: Float64Array, degrees: number, reml: boolean): number {
  const { k, rounding, system, least, sigma, exactSquares } = s;
  const twice = determinants(s, theta, degrees, reml, 2 * least);
  const once = determinants(s, theta, degrees, reml, least);
  const left = (twice - once) / (2 * Math.LN2);
  const key = Math.round(left);
  if (!exactSquares.has(key)) exactSquares.set(key, system.residualSquares() + rounding);
  const exact = exactSquares.get(key)!;
  const fitted = Math.max(0, (system.root[k * k - 1]! ** 2 - exact) / (least * least));
  s.squares = exact + fitted * sigma * sigma;
  return once + 2 * left * Math.log(sigma / least);
}

function evaluate(
  s: Criterion,
  theta: Float64Array,
  { reml }: { readonly reml: boolean },
  gradient?: Float64Array,
): number {
  const { withSigma, size, point } = s;
  if (gradient) {
    point.set(theta);
    for (let i = 0; i < size; i++) {
      const h = i === size - 1 && withSigma ? STEP : STEP * Math.max(LEAST, Math.abs(theta[i]!));
      point[i] = theta[i]! + h;
      const up = value(s, point, reml);
      point[i] = theta[i]! - h;
      gradient[i] = (up - value(s, point, reml)) / (2 * h);
      point[i] = theta[i]!;
    }
  }
  return value(s, theta, reml);
}

/** @throws DeclarationError as `profiledGaussian` */
export function extendedProfile(data: IntegralData): ProfiledGaussian {
  const design = orthogonalDesign(data);
  const grouping = groupTerms(data.random, data.layout);
  const residual = data.residual ? residualGram(data.random, design, grouping, data.residual) : null;
  const { p, observations } = design;
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
  /** Residual sums of squares of least squares on [X ZΛ], by the dimension of what it leaves. */
  const exactSquares = new Map<number, number>();

  const point = new Float64Array(size);
  const s: Criterion = {
    design,
    grouping,
    residual,
    k,
    blocks,
    withSigma,
    sizeOfPsi,
    size,
    unit,
    rounding,
    lastPsi,
    system,
    least,
    last,
    squares: Number.NaN,
    sigma: known ?? 1,
    exactSquares,
    point,
  };

  const coefficients = generalisedLeastSquares(system.root, design);
  return {
    size,
    withSigma,
    absolute: true,
    unit,
    observations,
    fixedEffects: p,
    evaluate: (theta, { reml }, gradient) => evaluate(s, theta, { reml }, gradient),
    lostDigits: () => false,
    withoutDigits: () => false,
    roundingSigma: withSigma ? Math.sqrt(rounding / observations) : 0,
    get betaHat() {
      return coefficients.betaHat();
    },
    get covarianceBeta() {
      if (!(s.sigma < least)) return coefficients.covarianceBeta();
      // σ²(X'V⁻¹X)⁻¹ is A + σ²B, A what the random effects leave uncertain
      determinants(s, last, 0, false, 2 * least);
      const twice = coefficients.covarianceBeta();
      determinants(s, last, 0, false, least);
      return coefficients.covarianceBeta().map((once, cell) => {
        const B = (4 * twice[cell]! - once) / 3;
        return ((once - B) * least * least) / (s.sigma * s.sigma) + B;
      });
    },
    get sigma() {
      return s.sigma;
    },
    get penalisedResidualSumOfSquares() {
      return s.squares;
    },
    get logDetH() {
      return system.logDet();
    },
  };
}
