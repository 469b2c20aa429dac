/**
 * The correlation matrix of compound symmetry, R = (1 − ρ)I + ρJ with −1/(q − 1) ≤ ρ ≤ 1, by an angle ω: ρ = 1 − q/(q − 1) sin²ω.
 *
 * R has the eigenvalues α² = 1 + (q − 1)ρ = q cos²ω (once) and τ² = 1 − ρ = q/(q − 1) sin²ω (q − 1 times). Its lower-triangular factor, with
 * m_k = τ² + kρ, is C_kk = τ √(m_{k+1}/m_k), C_ik = ρτ/√(m_k m_{k+1}) for i > k ≥ 1, C_00 = 1, C_i0 = ρ, and C_kk = τα/√m_k in the last
 * column: smooth in ω for every ω, for the m_k between the first and the last are never 0. Both ends, ρ = 1 at ω = 0 and ρ = −1/(q − 1)
 * at ω = π/2, are ordinary points, about which R is even.
 */

import { betaVariate } from "../random/variates.ts";
import { lgamma } from "../special/gamma.ts";
import { sigmoid, softplus } from "../special/logistic.ts";
import type { Correlations } from "./correlations.ts";
import { oneAngle } from "./one-angle.ts";
import { emptySequence, expandSequence, type Sequence } from "./sequence.ts";

/** The angle at which ρ = −1/(q − 1). */
export const RIGHT_ANGLE = Math.PI / 2;

/** The angle in [0, π/2] of a correlation; one out of its range is moved to the nearer end. */
export function angleOf(q: number, rho: number): number {
  const square = Math.min(1, Math.max(0, ((1 - rho) * (q - 1)) / q));
  return Math.atan2(Math.sqrt(square), Math.sqrt(1 - square));
}

/** What the factor is made of, with derivatives in the parameter. */
interface Parts {
  readonly rho: number;
  readonly dRho: number;
  readonly tau: number;
  readonly dTau: number;
  m(k: number): number;
  dM(k: number): number;
}

/** Writes the first `length` columns but the first, whose entry is 1. */
function fillColumns(length: number, { rho, dRho, tau, dTau, m, dM }: Parts, out: Sequence): void {
  out.own[0] = 1;
  out.below[0] = rho;
  out.dBelow[0] = dRho;
  for (let k = 1; k < length; k++) {
    const mk = m(k);
    const next = m(k + 1);
    const below = (rho * tau) / Math.sqrt(mk * next);
    out.own[k] = tau * Math.sqrt(next / mk);
    out.dOwn[k] = dTau * Math.sqrt(next / mk) + 0.5 * out.own[k]! * (dM(k + 1) / next - dM(k) / mk);
    out.below[k] = below;
    out.dBelow[k] = (dRho * tau + rho * dTau) / Math.sqrt(mk * next) - 0.5 * below * (dM(k) / mk + dM(k + 1) / next);
  }
}

/** Overwrites the sequence with that of q ≥ 2 members at ω, derivatives in ω. */
function sequenceOfAngle(q: number, omega: number, out: Sequence): void {
  const sine = Math.sin(omega);
  const cosine = omega === RIGHT_ANGLE ? 0 : Math.cos(omega);
  const tau = Math.sqrt(q / (q - 1)) * sine;
  const dTau = Math.sqrt(q / (q - 1)) * cosine;
  const alpha = Math.sqrt(q) * cosine;
  const dAlpha = -Math.sqrt(q) * sine;
  // m_k = ((q − k)τ² + kα²)/q, a mean of the two eigenvalues
  const m = (k: number) => ((q - k) * tau * tau + k * alpha * alpha) / q;
  const dM = (k: number) => (2 * ((q - k) * tau * dTau + k * alpha * dAlpha)) / q;
  fillColumns(q - 1, { rho: 1 - tau * tau, dRho: -2 * tau * dTau, tau, dTau, m, dM }, out);
  // m_q = α², the root of which is smooth where it is 0
  const last = m(q - 1);
  const root = Math.sqrt(last);
  out.own[q - 1] = (tau * alpha) / root;
  out.dOwn[q - 1] = (dTau * alpha + tau * dAlpha) / root - (0.5 * out.own[q - 1]! * dM(q - 1)) / last;
}

/** Overwrites the sequence with that of −1/(m − 1) < ρ < 1 for m members, derivatives in ρ. */
export function compoundSymmetrySequence(length: number, rho: number, out: Sequence): void {
  const tau = Math.sqrt(1 - rho);
  fillColumns(length, { rho, dRho: 1, tau, dTau: -0.5 / tau, m: (k) => 1 + (k - 1) * rho, dM: (k) => k - 1 }, out);
}

/** Overwrites C (q × q row-major) with the factor at ω and, where given, dC with its derivative in ω. q ≥ 2. */
export function compoundSymmetryFactor(
  q: number,
  omega: number,
  C: Float64Array,
  dC?: Float64Array,
  scratch: Sequence = emptySequence(q),
): void {
  sequenceOfAngle(q, omega, scratch);
  expandSequence(q, scratch, C, dC);
}

/**
 * Compound symmetry of q ≥ 2 effects by its angle. A posterior's coordinate is the logit t of w = sin²ω, logistic where ρ is uniform on its range:
 * 1 − ρ = qw/(q − 1), 1 + (q − 1)ρ = q(1 − w) and |R| = (1 − ρ)^(q−1) (1 + (q − 1)ρ).
 */
export const compoundSymmetry = (q: number): Correlations => {
  const scratch = emptySequence(q);
  return oneAngle(q, {
    end: RIGHT_ANGLE,
    fold: (omega) => Math.atan2(Math.abs(Math.sin(omega)), Math.abs(Math.cos(omega))),
    factor: (omega, C, dC) => compoundSymmetryFactor(q, omega, C, dC, scratch),
    // the mean correlation of the effects that vary
    ofFactor(L, scale) {
      let sum = 0;
      let weight = 0;
      for (let a = 0; a < q; a++)
        for (let b = 0; b < a; b++) {
          const unit = scale(a, b);
          if (!(unit > 0)) continue;
          let product = 0;
          for (let c = 0; c <= b; c++) product += L[a * q + c]! * L[b * q + c]!;
          sum += product / unit;
          weight++;
        }
      return angleOf(q, weight > 0 ? sum / weight : 0);
    },
    // R is a line between the two
    corners: [0, RIGHT_ANGLE],
    inverseCurvature: (_, levels) => 1 / (2 * levels * (q - 1)),
    coordinate: {
      toAngle: (t) => Math.atan(Math.exp(0.5 * t)),
      // within ±40 the ends of the range are met to the last digit
      of: (omega) => Math.max(-40, Math.min(40, 2 * Math.log(Math.abs(Math.sin(omega)) / Math.abs(Math.cos(omega))))),
      // dω/dt = ½ sin ω cos ω
      pullback: (t, d) => (0.25 * d) / Math.cosh(0.5 * t),
    },
    logDeterminant: (t) => (q - 1) * (Math.log(q / (q - 1)) - softplus(-t)) + Math.log(q) - softplus(t),
    dLogDeterminant(t) {
      const w = sigmoid(t);
      return (q - 1) * (1 - w) - w;
    },
    logSlope: (t) => Math.log(q / (q - 1)) - softplus(t) - softplus(-t),
    dLogSlope: (t) => 1 - 2 * sigmoid(t),
    // w is Beta((q − 1)(η − 1) + 1, η)
    logNormaliser(eta) {
      const a = (q - 1) * (eta - 1) + 1;
      const beta = lgamma(a) + lgamma(eta) - lgamma(a + eta);
      return -(a * Math.log(q / (q - 1)) + (eta - 1) * Math.log(q) + beta);
    },
    draw(rng, eta) {
      const w = betaVariate(rng, (q - 1) * (eta - 1) + 1, eta);
      return Math.log(w) - Math.log1p(-w);
    },
  });
};
