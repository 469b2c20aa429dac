/**
 * The correlation matrix of a first-order autoregression, R_ab = φ^|a − b| with −1 ≤ φ ≤ 1, by an angle ω: φ = cos ω.
 *
 * Its lower-triangular factor has φ^a in the first column and φ^(a − b) sin ω in column b > 0: smooth in ω for every ω. Both ends, φ = 1 at ω = 0 and
 * φ = −1 at ω = π, are ordinary points, about which R is even.
 */
import { betaVariate } from "../random/variates.ts";
import { lgamma } from "../special/gamma.ts";
import type { Correlations } from "./correlations.ts";
import { oneAngle } from "./one-angle.ts";
import { emptySequence, expandSequence, type Sequence } from "./sequence.ts";

// exact at φ = ±1 and 0, so that singular factors have true zeros
const sine = (omega: number): number => (omega === 0 || omega === Math.PI ? 0 : Math.sin(omega));
const cosine = (omega: number): number => (omega === Math.PI / 2 ? 0 : Math.cos(omega));

/** Overwrites the sequence with that of q members at ω, derivatives in ω. */
function sequenceOfAngle(q: number, omega: number, { own, below, decay, dOwn, dBelow, dDecay }: Sequence): void {
  const s = sine(omega);
  const phi = cosine(omega);
  below[0] = own[0] = 1;
  for (let k = 1; k < q; k++) {
    below[k] = own[k] = s;
    dBelow[k] = dOwn[k] = phi;
    decay[k] = phi;
    dDecay[k] = -s;
  }
}

/**
 * Overwrites the sequence with that of members at the given distances from the ones before them, correlated φ^distance, derivatives in φ; false where
 * two members are one.
 *
 * @param lag by member; NaN of one that begins a series
 */
export function autoregressionSequence(
  lag: Float64Array,
  phi: number,
  { own, below, decay, dOwn, dBelow, dDecay }: Sequence,
): boolean {
  for (let t = 0; t < lag.length; t++) {
    const d = lag[t]!;
    below[t] = own[t] = 1;
    if (Number.isNaN(d)) continue;
    const r = d === 1 ? phi : phi ** d;
    const rest = 1 - r * r;
    if (!(rest > 0)) return false;
    below[t] = own[t] = Math.sqrt(rest);
    decay[t] = r;
    dDecay[t] = d === 1 ? 1 : d * phi ** (d - 1);
    dBelow[t] = dOwn[t] = (-r * dDecay[t]!) / own[t]!;
  }
  return true;
}

/** log(1 − tanh²t), without cancellation. */
const logSech2 = (t: number): number => 2 * (Math.LN2 - Math.abs(t) - Math.log1p(Math.exp(-2 * Math.abs(t))));

/**
 * The autoregression of q ≥ 2 effects by its angle. A posterior's coordinate is t = atanh φ; |R| = (1 − φ²)^(q−1), so that under the LKJ
 * distribution on such matrices (1 + φ)/2 is Beta(a, a) with a = (q − 1)(η − 1) + 1: φ is uniform where η = 1.
 */
export const autoregression = (q: number): Correlations => {
  const shape = (eta: number) => (q - 1) * (eta - 1) + 1;
  const sequence = emptySequence(q);
  return oneAngle(q, {
    end: Math.PI,
    fold: (omega) => Math.atan2(Math.abs(sine(omega)), cosine(omega)),
    factor(omega, C, dC) {
      sequenceOfAngle(q, omega, sequence);
      expandSequence(q, sequence, C, dC);
    },
    // the mean correlation of neighbours, and what they leave of each other
    ofFactor(L, scale) {
      let along = 0;
      let across = 0;
      for (let a = 1; a < q; a++) {
        const unit = scale(a, a - 1);
        if (!(unit > 0)) continue;
        for (let c = 0; c < a; c++) along += (L[a * q + c]! * L[(a - 1) * q + c]!) / unit;
        across += Math.abs(L[a * q + a]!) / Math.sqrt(scale(a, a));
      }
      return along === 0 ? Math.PI / 2 : Math.atan2(across, along);
    },
    // a slope in R is a polynomial in φ
    corners: [1, 0.8, 0.4, 0, -0.4, -0.8, -1].map(Math.acos),
    // at most a hundredth of what it is at φ = 0, since it is 0 at the ends
    inverseCurvature: (omega, levels) =>
      Math.max(sine(omega) ** 2, 0.01) / ((1 + cosine(omega) ** 2) * levels * (q - 1)),
    coordinate: {
      toAngle: (t) => 2 * Math.atan(Math.exp(-t)),
      // at ±14 φ is ±1 up to 1e-12
      of: (omega) => Math.max(-14, Math.min(14, Math.atanh(cosine(omega)))),
      pullback: (t, d) => -d / Math.cosh(t),
    },
    logDeterminant: (t) => (q - 1) * logSech2(t),
    dLogDeterminant: (t) => -2 * (q - 1) * Math.tanh(t),
    logSlope: logSech2,
    dLogSlope: (t) => -2 * Math.tanh(t),
    logNormaliser(eta) {
      const a = shape(eta);
      return lgamma(2 * a) - 2 * lgamma(a) - (2 * a - 1) * Math.LN2;
    },
    draw: (rng, eta) => Math.atanh(2 * betaVariate(rng, shape(eta), shape(eta)) - 1),
  });
};
