/**
 * Pólya-Gamma variates, exact for every real b > 0.
 *
 * PG(b, z) is J*(b, z/2)/4, and J*(b, 0), the law with Laplace transform cosh(√2s)^(−b), has the density
 * f(x) = Σ (−1)ⁿ aₙ(x), aₙ(x) = 2^b Γ(n+b)(2n+b) / (Γ(b) n! √2πx³) · exp(−(2n+b)²/2x); a tilt by exp(−z²x/2) makes J*(b, z).
 * Rejection: below t from a₀ (a tilted Lévy law, i.e. inverse Gaussian), above t from the gamma kernel
 * r(x) = (π/2)^b x^(b−1) e^(−π²x/8)/Γ(b), which meets a₀ at t, so t is best for every z. Acceptance needs no exact f: once the
 * terms fall, partial sums bracket it (Devroye 2009).
 *
 * f ≤ a₀ on (0, t), because there the terms fall from the first on, t < 2(1+b)/log(2+b). f ≤ r everywhere for b ≥ 1, because J*(b, 0)
 * is a Gamma(b, π²/8) plus an independent R ≥ 0 and (x − R)^(b−1) ≤ x^(b−1). For b < 1 f/r falls to 1 from at most 1.06 at x = 1.
 *
 * Polson, Scott & Windle (2013), "Bayesian inference for logistic models using Pólya-Gamma latent variables", JASA 108; the series for
 * real b and the meeting point: Windle, Polson & Scott (2014), "Sampling Pólya-Gamma random variates: alternate and approximate techniques".
 */
import { gammaQ } from "../special/distributions.ts";
import { lgamma } from "../special/gamma.ts";
import { erfc, erfcx } from "../special/normal.ts";
import { inverseGaussianVariate } from "./inverse-gaussian.ts";
import type { Rng } from "./rng.ts";
import { gammaAbove } from "./truncated-gamma.ts";
import { normalAbove } from "./truncated-normal.ts";

/** PG(b, z) is a sum of PG(b/k, z): up to this b one rejection costs at most 1.45 proposals. */
const LARGEST = 4;
/** Bound of f/r above x = 1 for b < 1. */
const MARGIN = 1.08;
const TILT = Math.PI ** 2 / 8;

/** Where a₀ and r meet, at b = 1, 1.1 … 2; beyond, 1.056 b − 0.092 is within 0.02. Being off costs proposals, not exactness. */
const MEETING = [0.637, 0.87, 1.04, 1.19, 1.33, 1.456, 1.57, 1.69, 1.8, 1.91, 2.017];

function meetingPoint(b: number): number {
  if (b < 1) return 1;
  if (b >= 2) return 1.056 * b - 0.092;
  const position = (b - 1) * 10;
  const i = Math.min(9, Math.floor(position));
  return MEETING[i]! + (position - i) * (MEETING[i + 1]! - MEETING[i]!);
}

/** How many rejections a variate with this b takes: the cost of `polyaGammaVariate`. */
export const polyaGammaParts = (b: number): number => Math.max(1, Math.ceil(b / LARGEST));

/**
 * ω ~ PG(b, z), with mean b·tanh(z/2)/(2z). Time grows like b/4 where b is large.
 *
 * @param b above 0, not necessarily whole; 0 gives 0
 * @example polyaGammaVariate(rng, 1, 0.3);
 */
export function polyaGammaVariate(rng: Rng, b: number, z: number): number {
  if (!(b > 0)) return b === 0 ? 0 : Number.NaN;
  if (!Number.isFinite(z)) return Number.NaN;
  const half = 0.5 * Math.abs(z);
  if (b <= LARGEST) return 0.25 * jacobiSum(rng, b, half, 1);
  const whole = Math.ceil(b / LARGEST) - 1;
  const rest = b - whole * LARGEST;
  // A rest below 1 would need the dearer proposal: halve it with one of the whole parts instead.
  const sum =
    rest >= 1
      ? jacobiSum(rng, LARGEST, half, whole) + jacobiSum(rng, rest, half, 1)
      : jacobiSum(rng, LARGEST, half, whole - 1) + jacobiSum(rng, 0.5 * (LARGEST + rest), half, 2);
  return 0.25 * sum;
}

/** Sum of `count` variates J*(b, z). */
function jacobiSum(rng: Rng, b: number, z: number, count: number): number {
  if (count === 0) return 0;
  const law = lawOf(b);
  const rate = TILT + 0.5 * z * z;
  const below = probabilityBelow(law, z, rate);
  let sum = 0;
  for (let k = 0; k < count; k++) sum += jacobiVariate(rng, law, z, rate, below);
  return sum;
}

/** What a proposal needs to know of b. */
interface JacobiLaw {
  readonly b: number;
  readonly t: number;
  /** log of the mass of r·margin over that of its gamma, but for the rate. */
  readonly logRight: number;
  /** log of r(x)/a₀(x) without its powers of x and exponentials. */
  readonly logRatio: number;
}

function jacobiLaw(b: number): JacobiLaw {
  const logRight = (b < 1 ? Math.log(MARGIN) : 0) + b * Math.log(Math.PI / 2);
  return {
    b,
    t: meetingPoint(b),
    logRight,
    logRatio: logRight - b * Math.LN2 - lgamma(b) - Math.log(b) + 0.5 * Math.log(2 * Math.PI),
  };
}

/** Whole b, as trials have, and the last other one, as the zeros of a negative binomial have. */
const wholeLaws = [1, 2, 3, 4].map(jacobiLaw);
let lastLaw = wholeLaws[0]!;

function lawOf(b: number): JacobiLaw {
  if (Number.isInteger(b)) return wholeLaws[b - 1]!;
  if (lastLaw.b !== b) lastLaw = jacobiLaw(b);
  return lastLaw;
}

/** Q(b, x), the upper incomplete gamma ratio, by its finite sum where b is a small whole number. */
function upperGamma(b: number, x: number): number {
  if (b === 1) return Math.exp(-x);
  if (b === 2) return Math.exp(-x) * (1 + x);
  if (b === 3) return Math.exp(-x) * (1 + x * (1 + 0.5 * x));
  if (b === 4) return Math.exp(-x) * (1 + x * (1 + x * (0.5 + x / 6)));
  return gammaQ(b, x);
}

/** Probability that a proposal lies below t. */
function probabilityBelow({ b, t, logRight }: JacobiLaw, z: number, rate: number): number {
  // Below: ∫₀ᵗ a₀ e^(−z²x/2) = 2^b (e^(−bz) Φ((zt − b)/√t) + e^(bz) Φ(−(zt + b)/√t)); the second by erfcx, whose exponents combine.
  const root = Math.sqrt(2 * t);
  const left =
    0.5 *
    2 ** b *
    (Math.exp(-b * z) * erfc((b - z * t) / root) +
      Math.exp(-0.5 * (z * z * t + (b * b) / t)) * erfcx((b + z * t) / root));
  const right = Math.exp(logRight - b * Math.log(rate)) * upperGamma(b, rate * t);
  return left / (left + right);
}

function jacobiVariate(rng: Rng, { b, t, logRatio }: JacobiLaw, z: number, rate: number, below: number): number {
  for (;;) {
    const isBelow = rng.uniform() < below;
    const x = isBelow ? tiltedLevyBelow(rng, b, z, t) : gammaAbove(rng, b, rate, t);
    let level = rng.uniform();
    // All relative to a₀(x).
    if (!isBelow) level *= Math.exp(logRatio + (b + 0.5) * Math.log(x) - TILT * x + (b * b) / (2 * x));
    let sum = 1;
    let term = 1;
    for (let n = 0; ; n++) {
      const ratio = (((n + b) * (2 * n + 2 + b)) / ((n + 1) * (2 * n + b))) * Math.exp((-2 * (2 * n + 1 + b)) / x);
      term *= ratio;
      const odd = n % 2 === 0;
      sum += odd ? -term : term;
      if (ratio >= 1) continue;
      if (odd ? level <= sum : level > sum) {
        if (odd) return x;
        break;
      }
      if (term < 1e-18) {
        if (level <= sum) return x;
        break;
      }
    }
  }
}

/** The law ∝ x^(−3/2) exp(−b²/2x − z²x/2) on (0, t). */
function tiltedLevyBelow(rng: Rng, b: number, z: number, t: number): number {
  if (z * t < b) {
    // The untilted law b²/Z² given |Z| > b/√t, thinned.
    for (;;) {
      const normal = normalAbove(rng, b / Math.sqrt(t));
      const x = (b * b) / (normal * normal);
      if (rng.uniform() <= Math.exp(-0.5 * z * z * x)) return x;
    }
  }
  for (;;) {
    const x = inverseGaussianVariate(rng, b / z, b * b);
    if (x < t) return x;
  }
}
