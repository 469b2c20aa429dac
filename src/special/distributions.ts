/**
 * Distribution functions and quantiles: normal, Student t, F, chi-square, gamma, beta, and the discrete ones of the families.
 *
 * Sources: Abramowitz & Stegun (1964), 6.5 and 26.5, for series and continued fractions; Loader (2000), "Fast and accurate computation of
 * binomial probabilities", for prefactors that do not cancel when the shapes are large.
 */

import { devianceStep } from "./deviance.ts";
import { lgamma, lgammaCorrection } from "./gamma.ts";
import { erfc, ndtr } from "./normal.ts";
import { HALF_LOG_2PI, stirlingSeries } from "./stirling.ts";

const TINY = 1e-300;
const EPSILON = 1e-16;

/** log(x^a e^−x / Γ(a + 1)), a > 0. */
function logGammaPrefactor(a: number, x: number): number {
  if (a < 1) return a * Math.log(x) - x - lgamma(a + 1);
  const correction = a >= 12 ? stirlingSeries(0, a) : lgammaCorrection(0, a);
  return -devianceStep(x, a - x) - HALF_LOG_2PI - 0.5 * Math.log(a) - correction;
}

/** Regularised incomplete gamma functions P(a, x) and Q(a, x) = 1 − P. */
function incompleteGamma(a: number, x: number, upper: boolean): number {
  if (!(a > 0) || !(x >= 0)) return Number.NaN;
  if (x === 0) return upper ? 1 : 0;
  if (x === Infinity) return upper ? 0 : 1;
  const prefactor = Math.exp(logGammaPrefactor(a, x));
  if (x < a + 1) {
    let term = 1;
    let sum = 1;
    for (let n = 1; n < 1e6; n++) {
      term *= x / (a + n);
      sum += term;
      if (term < sum * EPSILON) break;
    }
    const p = prefactor * sum;
    return upper ? 1 - p : p;
  }
  // Lentz's evaluation of the continued fraction of Γ(a, x)
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < 1e6; n++) {
    const an = -n * (n - a);
    b += 2;
    d = an * d + b;
    if (Math.abs(d) < TINY) d = TINY;
    c = b + an / c;
    if (Math.abs(c) < TINY) c = TINY;
    d = 1 / d;
    const delta = d * c;
    h *= delta;
    if (Math.abs(delta - 1) < EPSILON * 4) break;
  }
  const q = prefactor * a * h;
  return upper ? q : 1 - q;
}

/** P(a, x) = γ(a, x)/Γ(a). */
export function gammaP(a: number, x: number): number {
  return incompleteGamma(a, x, false);
}

/** Q(a, x) = Γ(a, x)/Γ(a). */
export function gammaQ(a: number, x: number): number {
  return incompleteGamma(a, x, true);
}

/** log(x^a (1 − x)^b / B(a, b)); y = 1 − x is given so as not to be rounded. */
function logBetaPrefactor(a: number, b: number, x: number, y: number): number {
  if (a < 1 || b < 1) return a * Math.log(x) + b * Math.log(y) - (lgamma(a) + lgamma(b) - lgamma(a + b));
  const n = a + b;
  const j = (z: number) => (z >= 12 ? stirlingSeries(0, z) : lgammaCorrection(0, z));
  return (
    -devianceStep(n * x, a - n * x) -
    devianceStep(n * y, b - n * y) +
    0.5 * (Math.log(a) + Math.log(b / n)) -
    HALF_LOG_2PI +
    (j(n) - j(a) - j(b))
  );
}

/** Continued fraction of the incomplete beta function. */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  if (Math.abs(d) < TINY) d = TINY;
  d = 1 / d;
  let h = d;
  for (let m = 1; m < 1e6; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 + even * d;
    if (Math.abs(d) < TINY) d = TINY;
    c = 1 + even / c;
    if (Math.abs(c) < TINY) c = TINY;
    d = 1 / d;
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 + odd * d;
    if (Math.abs(d) < TINY) d = TINY;
    c = 1 + odd / c;
    if (Math.abs(c) < TINY) c = TINY;
    d = 1 / d;
    const delta = d * c;
    h *= delta;
    if (Math.abs(delta - 1) < EPSILON * 4) break;
  }
  return h;
}

/** Regularised incomplete beta function I_x(a, b). `y` = 1 − x may be given where it is known more exactly. */
export function betaInc(a: number, b: number, x: number, y = 1 - x): number {
  if (!(a > 0) || !(b > 0) || !(x >= 0) || !(y >= 0)) return Number.NaN;
  if (x === 0) return 0;
  if (y === 0) return 1;
  const prefactor = Math.exp(logBetaPrefactor(a, b, x, y));
  if (x < (a + 1) / (a + b + 2)) return (prefactor * betaFraction(a, b, x)) / a;
  return 1 - (prefactor * betaFraction(b, a, y)) / b;
}

/** Φ(x). */
export function normalCdf(x: number): number {
  return ndtr(x);
}

/** The upper tail of the normal distribution, 1 − Φ(x), without cancellation. */
export function normalUpper(x: number): number {
  return 0.5 * erfc(x * Math.SQRT1_2);
}

/**
 * Φ⁻¹(p), accurate for p down to 1e-300. A rough start (Abramowitz & Stegun 26.2.23) is polished by Halley steps on log Φ.
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return -Infinity;
  if (p === 1) return Infinity;
  if (p > 0.5) return -lowerQuantile(1 - p);
  return lowerQuantile(p);
}

function lowerQuantile(p: number): number {
  if (p === 0.5) return 0;
  const t = Math.sqrt(-2 * Math.log(p));
  let x = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
  for (let step = 0; step < 3; step++) {
    const error = (ndtr(x) - p) / Math.exp(-0.5 * x * x - HALF_LOG_2PI);
    x -= error / (1 + 0.5 * x * error);
  }
  return x;
}

/** P(|T| ≥ |t|): the two-sided p-value of Student's t, without cancellation. */
export function studentTTwoSided(t: number, df: number): number {
  if (df === Infinity) return 2 * normalUpper(Math.abs(t));
  const squared = t * t;
  return betaInc(0.5 * df, 0.5, df / (df + squared), squared / (df + squared));
}

/** P(F ≥ f): the p-value of an F test, without cancellation; df2 may be Infinity. */
export function fUpper(f: number, df1: number, df2: number): number {
  if (!(f > 0)) return Number.isNaN(f) ? f : 1;
  if (df2 === Infinity) return gammaQ(0.5 * df1, 0.5 * df1 * f);
  const d = df1 * f + df2;
  return betaInc(0.5 * df2, 0.5 * df1, df2 / d, (df1 * f) / d);
}

/** P(X ≥ x) for chi-square: the p-value of a likelihood-ratio test. */
export function chiSquareUpper(x: number, df: number): number {
  return x > 0 ? gammaQ(0.5 * df, 0.5 * x) : 1;
}

/** The root of an increasing function on (lower, upper) by bisection; doubles the bracket where a bound is infinite. */
function invert(cdf: (x: number) => number, p: number, lower: number, start: number): number {
  let a = lower;
  let b = start;
  while (cdf(b) < p && b < 1e300) {
    a = b;
    b *= 2;
  }
  for (let i = 0; i < 2000; i++) {
    const middle = a > 0 && b > 4 * a ? Math.sqrt(a) * Math.sqrt(b) : 0.5 * (a + b);
    if (middle === a || middle === b) return middle;
    if (cdf(middle) < p) a = middle;
    else b = middle;
  }
  return 0.5 * (a + b);
}

/** Quantile of F; df2 may be Infinity. */
export const fQuantile = (p: number, df1: number, df2: number): number =>
  invert((x) => -fUpper(x, df1, df2), p - 1, 0, 1);

/** The last quantile of t: the rows of a table, and fits of the same design, ask for one again and again. */
let lastT = { tail: Number.NaN, df: Number.NaN, t: Number.NaN };

/** Quantile of Student's t. */
export function studentTQuantile(p: number, df: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (df === Infinity) return normalQuantile(p);
  if (p === 0.5) return 0;
  const tail = p < 0.5 ? p : 1 - p;
  if (tail === 0) return p === 0 ? -Infinity : Infinity;
  if (tail !== lastT.tail || df !== lastT.df)
    lastT = { tail, df, t: invert((x) => -0.5 * studentTTwoSided(x, df), -tail, 0, 1) };
  return p < 0.5 ? -lastT.t : lastT.t;
}

/** P(X ≤ x) for a gamma distribution with shape and rate. */
export function gammaCdf(x: number, shape: number, rate: number): number {
  return x > 0 ? gammaP(shape, rate * x) : 0;
}

/** P(X ≤ x) for a beta distribution. */
export function betaCdf(x: number, a: number, b: number): number {
  return x <= 0 ? 0 : x >= 1 ? 1 : betaInc(a, b, x);
}

/** P(Y ≤ y) for a Poisson distribution. */
export function poissonCdf(y: number, mean: number): number {
  if (y < 0) return 0;
  return mean === 0 ? 1 : gammaQ(Math.floor(y) + 1, mean);
}

/** P(Y ≤ y) for a binomial distribution. */
export function binomialCdf(y: number, trials: number, p: number): number {
  const k = Math.floor(y);
  if (k < 0) return 0;
  if (k >= trials) return 1;
  return betaInc(trials - k, k + 1, 1 - p, p);
}

/** P(Y ≤ y) for a negative binomial distribution with mean μ and variance μ + μ²/size. */
export function negativeBinomialCdf(y: number, mean: number, size: number): number {
  if (y < 0) return 0;
  if (mean === 0) return 1;
  return betaInc(size, Math.floor(y) + 1, size / (size + mean), mean / (size + mean));
}
