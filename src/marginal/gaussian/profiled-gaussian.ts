/**
 * The Gaussian likelihood with β and σ profiled out, the objective of maximum likelihood and of restricted maximum likelihood
 * (Bates et al. 2015, J. Stat. Softw. 67(1), eqs. 35 and 42), and its exact gradient.
 * β alone is profiled out where σ is known, as with known variances, and where random terms have given standard deviations: then Λ/σ is no
 * function of θ alone, and log σ is the last entry of θ.
 */

import { choleskyFactor } from "../../linalg/dense-cholesky.ts";
import { invertLower } from "../../linalg/triangular.ts";
import type { IntegralData } from "../integral-data.ts";
import { areGroupsBalanced } from "./balanced-groups.ts";
import { generalisedLeastSquares } from "./generalised-least-squares.ts";
import { type PenalisedLeastSquares, penalisedLeastSquares } from "./penalised-least-squares.ts";
import { roundingOf } from "./rounding.ts";
import { largestWeight } from "./unit-of-weights.ts";

export interface ProfiledGaussian {
  /** Length of θ: the free entries of Λ, then the parameters ψ of the residual structure where there is one, then log σ where it is an entry. */
  readonly size: number;
  /** Whether log σ is the last entry of θ. */
  readonly withSigma: boolean;
  /** Whether Λ is in θ in a fixed unit, and not relative to σ. */
  readonly absolute: boolean;
  /** What entries of Λ are relative to in θ: σ̂ of the last evaluation; where σ is known the geometric mean of the rows' errors. */
  readonly unit: number;
  /** Number of observations, Σ frequency weights over rows of positive weight. */
  readonly observations: number;
  readonly fixedEffects: number;
  /**
   * −2 log profiled likelihood, or restricted likelihood, with all constants; +Infinity where it cannot be computed, never NaN.
   *
   * @param theta free entries of Λ/unit in the layout's order (those of correlations have no unit), ψ, log σ
   * @param gradient overwritten with the derivative with respect to θ when given
   */
  evaluate(theta: Float64Array, options: { readonly reml: boolean }, gradient?: Float64Array): number;
  /** β̂(θ) of the last evaluation. */
  readonly betaHat: Float64Array;
  /** σ of the last evaluation: √(r²/(n − p)) for REML, √(r²/n) for ML, where it is not known or an entry of θ. */
  readonly sigma: number;
  /**
   * Whether evaluations met a residual so small beside the random effects that doubles lose its digits, and the last one is no better, or the known σ
   * leaves none from the first; see `extendedProfile`.
   */
  lostDigits(): boolean;
  /** Whether the last evaluation itself was such: a search that is there stays there, and doubles have nothing more to tell it. */
  withoutDigits(): boolean;
  /** Whether a stationary point with a covariance of full rank is the highest, were all covariances free; see `areGroupsBalanced`. */
  isBalanced?(): boolean;
  /** What rounding alone makes of σ̂; 0 where σ is no free parameter. */
  readonly roundingSigma: number;
  /** Penalised residual sum of squares r² of the last evaluation. */
  readonly penalisedResidualSumOfSquares: number;
  /** log|H| of the last evaluation. */
  readonly logDetH: number;
  /** (X'V⁻¹X)⁻¹/σ², p × p: multiply by σ² for the covariance of β̂. */
  readonly covarianceBeta: Float64Array;
}

/** A residual sum of squares that is less than this share of what it is a difference of has lost half of its digits. */
const DIGITS_LOST = 1e-7;
/** A point with a share above this has digits enough, whatever was met on the way to it. */
const FEW_DIGITS = 1e-4;

/** What the criterion is made of, and what its last evaluation left. */
interface Profiled {
  readonly pls: PenalisedLeastSquares;
  readonly size: number;
  readonly solved: Float64Array;
  readonly effects: Float64Array;
  readonly residual: Float64Array;
  readonly root: Float64Array;
  readonly inverseRoot: Float64Array;
  readonly weight: Float64Array;
  readonly withSigma: boolean;
  readonly profiled: boolean;
  /** What an entry of θ is times σ in Λ. */
  readonly relative: number;
  readonly sigmaAt: number;
  readonly least: number;
  lost: boolean;
  share: number;
  degrees: number;
  squares: number;
  /** σ, or 1 where it is profiled out: r² is then in units of σ². */
  sigma: number;
}

function evaluate(
  s: Profiled,
  theta: Float64Array,
  { reml }: { readonly reml: boolean },
  gradient?: Float64Array,
): number {
  const { pls, size, solved, root, withSigma, profiled, relative, sigmaAt, least } = s;
  const { design, statistics, system, grouping, residual: structure } = pls;
  const { p, observations, logWeights } = design;
  const { k, EE, ZE } = statistics;
  gradient?.fill(0);
  s.degrees = reml ? observations - p : observations;
  s.squares = Number.NaN;
  if (!(s.degrees > 0)) return Number.POSITIVE_INFINITY;
  if (structure && !structure.update(theta, grouping.lambda.entries)) return Number.POSITIVE_INFINITY;
  if (withSigma) s.sigma = Math.exp(theta[sigmaAt]!);
  if (!(s.sigma > 0 && s.sigma < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
  s.share = 0;
  if (!pls.setFactor(theta, 0, relative, 1 / s.sigma)) return Number.POSITIVE_INFINITY;
  solved.set(ZE);
  pls.multiplyFactorTransposed(solved, k);
  system.halfSolve(solved, k);
  // E'V⁻¹E (σ = 1) = E'WE − C'C = RR', with R lower triangular; its last diagonal entry is r.
  for (let cell = 0; cell < k * k; cell++) root[cell] = EE[cell]!;
  root[k * k - 1]! += least;
  for (let row = 0; row < size; row++) {
    const from = row * k;
    for (let a = 0; a < k; a++) {
      const value = solved[from + a]!;
      for (let b = 0; b <= a; b++) root[a * k + b]! -= value * solved[from + b]!;
    }
  }
  const factored = choleskyFactor(root, k);
  s.share = factored ? root[k * k - 1]! ** 2 / EE[k * k - 1]! : 0;
  if (size > 0 && !(s.share > DIGITS_LOST)) s.lost = true;
  if (!factored) return Number.POSITIVE_INFINITY;
  s.squares = root[k * k - 1]! ** 2;
  let value = system.logDet() - logWeights + s.degrees * Math.log(2 * Math.PI);
  value += profiled
    ? s.degrees * (1 + Math.log(s.squares / s.degrees))
    : s.squares / (s.sigma * s.sigma) + 2 * s.degrees * Math.log(s.sigma);
  if (structure) value += structure.logDet();
  if (reml) {
    let logs = design.logDet;
    for (let a = 0; a < p; a++) logs += Math.log(root[a * k + a]!);
    value += 2 * logs;
  }
  if (Number.isNaN(value)) return Number.POSITIVE_INFINITY;
  if (gradient) differentiate(s, theta, reml, gradient);
  return value;
}

/** With W = R⁻ᵀ: ∂/∂Λ = ∂log|H|/∂Λ − 2 Σ_j c_j (Z'W(E − ZΛU) w_j)(U w_j)', U = H⁻¹Λ'Z'WE, c = 1 (REML) or 0 for X and d (r²/σ² where σ is not profiled out) for y. */
function differentiate(s: Profiled, theta: Float64Array, reml: boolean, gradient: Float64Array): void {
  const {
    pls,
    solved,
    effects,
    residual,
    inverseRoot,
    weight,
    withSigma,
    profiled,
    relative,
    sigmaAt,
    degrees,
    squares,
    sigma,
  } = s;
  const { design, statistics, system, grouping, residual: structure } = pls;
  const { p } = design;
  const { k } = statistics;
  if (grouping.lambda.entries === 0 && !structure && !withSigma) return;
  const first = reml ? 0 : p;
  const columns = k - first;
  solveColumns(s, first);
  for (let c = 0; c < columns - 1; c++) weight[c] = 1;
  weight[columns - 1] = profiled ? degrees : squares / (sigma * sigma);
  // `solved` holds ΛU w_j, the rows of `inverseRoot` are w_j
  if (structure)
    structure.pullback(
      inverseRoot.subarray(first * k),
      solved,
      columns,
      weight,
      pls.lambda,
      1,
      gradient,
      grouping.lambda.entries,
    );
  system.addLogDetGradient(pls.clearGradient());
  pls.addOuterProducts(residual, effects, columns, weight, -2);
  pls.addGradient(theta, gradient, 0, relative, 1 / sigma);
  if (withSigma) gradient[sigmaAt] = 2 * degrees - (2 * squares) / (sigma * sigma) - pls.slopeOfGiven();
}

/**
 * From the state an evaluation leaves: U w_j in `effects` and Z'W(E − ZΛU) w_j in `residual` for j ≥ first, with W = R⁻ᵀ. The last
 * column is that of the residual: û/r and Z'W(y − Xβ̂ − Zb̂)/r. Uses up `solved`.
 */
function solveColumns(s: Profiled, first: number): void {
  const { pls, size, solved, effects, residual, root, inverseRoot } = s;
  const { statistics, system } = pls;
  const { k, ZE } = statistics;
  const columns = k - first;
  for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) inverseRoot[a * k + b] = b <= a ? root[a * k + b]! : 0;
  invertLower(inverseRoot, k);
  for (let row = 0; row < size; row++)
    for (let c = 0; c < columns; c++) {
      let u = 0;
      let f = 0;
      const source = (first + c) * k;
      for (let a = 0; a <= first + c; a++) {
        const entry = inverseRoot[source + a]!;
        u += solved[row * k + a]! * entry;
        f += ZE[row * k + a]! * entry;
      }
      effects[row * columns + c] = u;
      residual[row * columns + c] = f;
    }
  system.halfSolveTransposed(effects, columns);
  // `solved` is free from here on: it takes ΛU.
  pls.multiplyFactor(effects, solved, columns);
  system.subtractCrossproduct(solved, residual, columns);
}

/**
 * @param freeSigma true: σ is an entry of θ whatever the model
 * @throws DeclarationError for weights that are negative or not finite, dependent columns, more than one predictor
 * @example
 * const profile = profiledGaussian(data);
 * const gradient = new Float64Array(profile.size);
 * profile.evaluate(Float64Array.of(1, 0, 1), { reml: true }, gradient);
 */
export function profiledGaussian(data: IntegralData, freeSigma = false): ProfiledGaussian {
  const pls = penalisedLeastSquares(data);
  const { design, statistics, system, grouping, residual: structure } = pls;
  const { p, observations, logWeights } = design;
  const { k, EE } = statistics;
  const size = system.size;

  const solved = new Float64Array(size * k);
  const effects = new Float64Array(size * k);
  const residual = new Float64Array(size * k);
  const root = new Float64Array(k * k);
  const inverseRoot = new Float64Array(k * k);
  const weight = new Float64Array(k);
  const coefficients = generalisedLeastSquares(root, design);
  const { sigma: knownSigma } = data;
  const withSigma = knownSigma === undefined && (freeSigma || data.layout.terms.some(({ sd }) => sd));
  const profiled = knownSigma === undefined && !withSigma;
  /** What an entry of θ is times σ in Λ. */
  const relative = knownSigma === undefined ? 1 : Math.exp((-0.5 * logWeights) / observations);
  const sizeOfPsi = structure?.size ?? 0;
  const sigmaAt = grouping.lambda.entries + sizeOfPsi;
  // keeps the residual's pivot above rounding where the response is fitted exactly
  const least = !profiled
    ? 1e-24 * data.columns["y"]!.reduce((sum, y, i) => sum + design.weight[i]! * y * y, 0) + 1e-200
    : roundingOf(data, design.weight);
  // a known σ this small beside the response: all digits are lost where the random effects explain it
  const stiff =
    knownSigma !== undefined && size > 0 && !structure && knownSigma ** 2 * observations < DIGITS_LOST * EE[k * k - 1]!;
  // a row that is next to exact: what the others say is lost beside it
  const uneven = size > 0 && !structure && largestWeight(data.columns["weights"]) < Number.POSITIVE_INFINITY;
  const s: Profiled = {
    pls,
    size,
    solved,
    effects,
    residual,
    root,
    inverseRoot,
    weight,
    withSigma,
    profiled,
    relative,
    sigmaAt,
    least,
    lost: false,
    share: 1,
    degrees: observations,
    squares: Number.NaN,
    sigma: knownSigma ?? 1,
  };

  return {
    size: sigmaAt + (withSigma ? 1 : 0),
    withSigma,
    absolute: false,
    observations,
    fixedEffects: p,
    evaluate: (theta, { reml }, gradient) => evaluate(s, theta, { reml }, gradient),
    get betaHat() {
      return coefficients.betaHat();
    },
    get sigma() {
      return profiled ? Math.sqrt(s.squares / s.degrees) : s.sigma;
    },
    get unit() {
      return relative * (profiled ? Math.sqrt(s.squares / s.degrees) : s.sigma);
    },
    get penalisedResidualSumOfSquares() {
      return s.squares;
    },
    get logDetH() {
      return system.logDet();
    },
    get covarianceBeta() {
      return coefficients.covarianceBeta();
    },
    lostDigits: () => stiff || uneven || (s.lost && !(s.share > FEW_DIGITS)),
    withoutDigits: () => size > 0 && !(s.share > DIGITS_LOST),
    isBalanced: () => profiled && !structure && areGroupsBalanced(design, grouping, statistics),
    roundingSigma: profiled ? Math.sqrt(least / observations) : 0,
  };
}
