/**
 * Coordinates of coefficients β_j ~ N(0, s_j²) whose scales s depend on hyperparameters. Neither the centred form (a funnel where s is small)
 * nor the non-centred one β = s·w (a ridge where the data know β) samples well for all of them, so each is standardised by an
 * approximation of what it is given its scale: with a likelihood of precision P and shift g = P·estimate,
 *
 *   β | s ≈ N(s²g/D, s²/D),  D = 1 + s²P,   β = s·t,  t = s·g/D + w/√D,
 *
 * which is the non-centred form for s → 0 (or P = 0) and the standardised centred one for s → ∞. P and g are constants: they change how well
 * the posterior is sampled, never the posterior. The one-parameter family of such forms: Papaspiliopoulos, Roberts & Sköld (2007), "A
 * general framework for the parametrization of hierarchical models", Statistical Science 22(1).
 *
 * Coefficients without such a prior keep their orthogonalised coordinate β̃_k, so that the map z → β is triangular.
 */
import type { CoefficientScales } from "./coefficient-scales.ts";

/** What the data say of each shrunken coefficient in the user's units, roughly: precision P ≥ 0, and P times the estimate. Plain data. */
export interface Centring {
  readonly precision: readonly number[];
  readonly shift: readonly number[];
}

export interface ShrinkageBlock {
  readonly scales: CoefficientScales;
  /** The coefficients with scales, as positions in β, ascending. */
  readonly positions: readonly number[];
  /** The family's parameter σ in whose units scales are, as a position in φ; null where they are in those of the coefficients. */
  readonly sigma: number | null;
  /** R of β̃ = Rβ, coefficients × coefficients, upper triangular, row-major. */
  readonly standardising: Float64Array;
  readonly centring: Centring;
}

export interface ShrunkenCoefficients {
  readonly block: ShrinkageBlock;
  /** First coordinate of the hyperparameters. */
  readonly offset: number;
  /** log|∂β/∂z| less what the scales contribute, which is part of `logDensity`. */
  readonly logDeterminant: number;
  /** By coefficient: whether it has a scale. */
  readonly isShrunken: readonly boolean[];
  /** log σ at z, 0 where the scales do not depend on it. */
  logSigma(z: Float64Array): number;
  /** Overwrites the first coefficients of x with β̃. */
  toNatural(z: Float64Array, x: Float64Array): void;
  /** Overwrites the coefficients' coordinates, given those of φ and of the hyperparameters. */
  toUnconstrained(x: Float64Array, z: Float64Array): void;
  /** β in the user's units: a view, good until the next call. */
  coefficients(z: Float64Array): Float64Array;
  /** Adds to dz the gradient of a function of β̃ with gradient dx, or of β (user's units) with gradient dBeta; either may be null. */
  pullback(z: Float64Array, dx: Float64Array | null, dBeta: Float64Array | null, dz: Float64Array): void;
  /** Log density of the shrunken coefficients' coordinates and of the hyperparameters, normalised; adds its gradient to dz. */
  logDensity(z: Float64Array, dz: Float64Array): number;
}

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/** The map's constants, and its values and slopes at the last point. */
interface Shrunken {
  readonly block: ShrinkageBlock;
  readonly offset: number;
  readonly sigmaAt: number;
  readonly m: number;
  readonly p: number;
  readonly place: Int32Array;
  readonly precision: Float64Array;
  readonly shift: Float64Array;
  readonly logScale: Float64Array;
  /** t_j = β_j/s_j and its derivatives by w_j and log s_j. */
  readonly t: Float64Array;
  readonly byW: Float64Array;
  readonly byLogScale: Float64Array;
  readonly beta: Float64Array;
  readonly standardised: Float64Array;
  readonly adjoint: Float64Array;
  readonly dLogScale: Float64Array;
}

const logSigma = (s: Shrunken, z: Float64Array): number => (s.sigmaAt < 0 ? 0 : z[s.sigmaAt]!);

function fillScaled(s: Shrunken, z: Float64Array): void {
  const { block, offset, m, precision, shift, logScale, t, byW, byLogScale } = s;
  const { scales, positions } = block;
  scales.logScales(z, offset, logSigma(s, z), logScale);
  for (let j = 0; j < m; j++) {
    const s = Math.exp(logScale[j]!);
    const w = z[positions[j]!]!;
    const informed = s * s * precision[j]!;
    const root = 1 / Math.sqrt(1 + informed);
    const mean = (s * shift[j]!) / (1 + informed);
    t[j] = mean + w * root;
    byW[j] = root;
    byLogScale[j] = (mean * (1 - informed)) / (1 + informed) - (w * informed * root) / (1 + informed);
  }
}

/** β and β̃ at z, from the last coefficient up. */
function fill(s: Shrunken, z: Float64Array): void {
  const { block, p, place, logScale, t, beta, standardised } = s;
  const { standardising: R } = block;
  fillScaled(s, z);
  for (let k = p - 1; k >= 0; k--) {
    let above = 0;
    for (let l = k + 1; l < p; l++) above += R[k * p + l]! * beta[l]!;
    const j = place[k]!;
    if (j >= 0) {
      beta[k] = Math.exp(logScale[j]!) * t[j]!;
      standardised[k] = above + R[k * p + k]! * beta[k]!;
    } else {
      standardised[k] = z[k]!;
      beta[k] = (z[k]! - above) / R[k * p + k]!;
    }
  }
}

function pullScales(s: Shrunken, z: Float64Array, dz: Float64Array): void {
  const { block, offset, sigmaAt, dLogScale } = s;
  const { scales } = block;
  const d = scales.pullback(z, offset, logSigma(s, z), dLogScale, dz);
  if (sigmaAt >= 0) dz[sigmaAt]! += d;
}

function toUnconstrained(s: Shrunken, x: Float64Array, z: Float64Array): void {
  const { block, offset, p, place, precision, shift, logScale, beta } = s;
  const { scales, standardising: R } = block;
  scales.logScales(z, offset, logSigma(s, z), logScale);
  for (let k = p - 1; k >= 0; k--) {
    let value = x[k]!;
    for (let l = k + 1; l < p; l++) value -= R[k * p + l]! * beta[l]!;
    beta[k] = value / R[k * p + k]!;
    const j = place[k]!;
    if (j < 0) {
      z[k] = x[k]!;
      continue;
    }
    const s = Math.exp(logScale[j]!);
    const informed = s * s * precision[j]!;
    z[k] = (beta[k]! / s - (s * shift[j]!) / (1 + informed)) * Math.sqrt(1 + informed);
  }
}

function pullback(
  s: Shrunken,
  z: Float64Array,
  dx: Float64Array | null,
  dBeta: Float64Array | null,
  dz: Float64Array,
): void {
  const { block, p, place, logScale, byW, byLogScale, beta, adjoint, dLogScale } = s;
  const { standardising: R } = block;
  fill(s, z);
  for (let k = 0; k < p; k++) adjoint[k] = dBeta ? dBeta[k]! : 0;
  // Forwards: a coefficient's adjoint is complete once the rows before its own are done.
  for (let k = 0; k < p; k++) {
    const d = dx ? dx[k]! : 0;
    const j = place[k]!;
    if (j >= 0) {
      for (let l = k; l < p; l++) adjoint[l]! += R[k * p + l]! * d;
      const own = adjoint[k]!;
      const byT = own * Math.exp(logScale[j]!);
      dz[k]! += byT * byW[j]!;
      dLogScale[j] = own * beta[k]! + byT * byLogScale[j]!;
    } else {
      const own = adjoint[k]! / R[k * p + k]!;
      dz[k]! += d + own;
      for (let l = k + 1; l < p; l++) adjoint[l]! -= R[k * p + l]! * own;
    }
  }
  pullScales(s, z, dz);
}

function logDensity(s: Shrunken, z: Float64Array, dz: Float64Array): number {
  const { block, offset, m, t, byW, byLogScale, dLogScale } = s;
  const { scales, positions } = block;
  fillScaled(s, z);
  // β = s·t, so that N(β; 0, s²)|∂β/∂w| = φ(t)/√D.
  let sum = scales.logDensity(z, offset, dz) - m * HALF_LOG_2PI;
  for (let j = 0; j < m; j++) {
    sum += Math.log(byW[j]!) - 0.5 * t[j]! * t[j]!;
    dz[positions[j]!]! -= t[j]! * byW[j]!;
    dLogScale[j] = -t[j]! * byLogScale[j]! - (1 - byW[j]! * byW[j]!);
  }
  pullScales(s, z, dz);
  return sum;
}

/**
 * @param offset first coordinate of the hyperparameters
 * @param sigmaAt the coordinate that is log σ; −1 where there is none
 */
export function shrunkenCoefficients(block: ShrinkageBlock, offset: number, sigmaAt: number): ShrunkenCoefficients {
  const { positions, standardising: R, centring } = block;
  const m = positions.length;
  const p = Math.sqrt(R.length);
  const place = new Int32Array(p).fill(-1);
  positions.forEach((position, j) => {
    place[position] = j;
  });
  const precision = Float64Array.from(centring.precision);
  const shift = Float64Array.from(centring.shift);
  const logScale = new Float64Array(m);
  /** t_j = β_j/s_j and its derivatives by w_j and log s_j. */
  const t = new Float64Array(m);
  const byW = new Float64Array(m);
  const byLogScale = new Float64Array(m);
  const beta = new Float64Array(p);
  const standardised = new Float64Array(p);
  const adjoint = new Float64Array(p);
  const dLogScale = new Float64Array(m);
  const s: Shrunken = {
    block,
    offset,
    sigmaAt,
    m,
    p,
    place,
    precision,
    shift,
    logScale,
    t,
    byW,
    byLogScale,
    beta,
    standardised,
    adjoint,
    dLogScale,
  };

  let logDeterminant = 0;
  for (let k = 0; k < p; k++) if (place[k]! < 0) logDeterminant -= Math.log(R[k * p + k]!);

  return {
    block,
    offset,
    logDeterminant,
    isShrunken: Array.from(place, (j) => j >= 0),
    logSigma: (z) => logSigma(s, z),
    toNatural(z, x) {
      fill(s, z);
      for (let k = 0; k < p; k++) x[k] = standardised[k]!;
    },
    toUnconstrained: (x, z) => toUnconstrained(s, x, z),
    coefficients(z) {
      fill(s, z);
      return beta;
    },
    pullback: (z, dx, dBeta, dz) => pullback(s, z, dx, dBeta, dz),
    logDensity: (z, dz) => logDensity(s, z, dz),
  };
}
