/** Exact random variates of the common distributions, by inversion or rejection from uniforms and normals. */
import { lgamma, lgammaCorrection } from "../special/gamma.ts";
import type { Rng } from "./rng.ts";

/**
 * Gamma(shape, rate 1). Marsaglia & Tsang (2000), "A simple method for generating gamma variables"; shapes below 1 by
 * their boost Gamma(a) = Gamma(a + 1)·U^(1/a), which underflows to 0 only where the variate itself does.
 */
export function gammaVariate(rng: Rng, shape: number): number {
  if (shape < 1) return gammaVariate(rng, shape + 1) * rng.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = rng.normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    const u = rng.uniform();
    if (u < 1 - 0.0331 * x * x * x * x) return d * v;
    if (Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}

/** log of a Gamma(shape, 1) variate; does not underflow at small shapes. */
export function logGammaVariate(rng: Rng, shape: number): number {
  if (shape < 1) return Math.log(gammaVariate(rng, shape + 1)) + Math.log(rng.uniform()) / shape;
  return Math.log(gammaVariate(rng, shape));
}

/** Inverse gamma: scale / Gamma(shape, 1), density ∝ x^(−shape−1) exp(−scale/x). */
export function inverseGammaVariate(rng: Rng, shape: number, scale: number): number {
  return scale / gammaVariate(rng, shape);
}

/** Beta(a, b) as a ratio of gammas, taken in logs so that small shapes keep both ends. */
export function betaVariate(rng: Rng, a: number, b: number): number {
  const x = logGammaVariate(rng, a);
  const y = logGammaVariate(rng, b);
  return 1 / (1 + Math.exp(y - x));
}

/** Student's t with `df` degrees of freedom, location 0 and scale 1; normal for df = Infinity. */
export function studentTVariate(rng: Rng, df: number): number {
  const z = rng.normal();
  return df === Infinity ? z : z / Math.sqrt((2 * gammaVariate(rng, df / 2)) / df);
}

/**
 * Poisson(mean): by counting exponentials below 10, else the transformed rejection PTRS of Hörmann (1993), "The
 * transformed rejection method for generating Poisson random variables".
 */
export function poissonVariate(rng: Rng, mean: number): number {
  if (!(mean >= 0)) return Number.NaN;
  if (mean === Infinity) return Infinity;
  if (mean < 10) {
    const limit = Math.exp(-mean);
    let product = rng.uniform();
    let k = 0;
    while (product > limit) {
      product *= rng.uniform();
      k++;
    }
    return k;
  }
  const logMean = Math.log(mean);
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = rng.uniform() - 0.5;
    const v = rng.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= k * logMean - mean - lgamma(k + 1)) return k;
  }
}

/**
 * Binomial(n, p): by inversion while n·min(p, 1 − p) < 10, else BTRS of Hörmann (1993), "The generation of binomial
 * random variates".
 */
export function binomialVariate(rng: Rng, n: number, p: number): number {
  if (!(p >= 0 && p <= 1) || !(n >= 0)) return Number.NaN;
  if (p > 0.5) return n - binomialVariate(rng, n, 1 - p);
  if (n === 0 || p === 0) return 0;
  return n * p < 10 ? binomialByInversion(rng, n, p) : binomialByRejection(rng, n, p);
}

function binomialByInversion(rng: Rng, n: number, p: number): number {
  const odds = p / (1 - p);
  const start = Math.exp(n * Math.log1p(-p));
  let u = rng.uniform();
  let mass = start;
  let k = 0;
  while (u > mass) {
    u -= mass;
    k++;
    // Rounding can leave a little of u beyond the last mass: begin again rather than return an impossible count.
    if (k > n) {
      u = rng.uniform();
      mass = start;
      k = 0;
      continue;
    }
    mass *= ((n - k + 1) / k) * odds;
  }
  return k;
}

function binomialByRejection(rng: Rng, n: number, p: number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const c = n * p + 0.5;
  const squeeze = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * spread;
  const odds = p / (1 - p);
  const mode = Math.floor((n + 1) * p);
  for (;;) {
    const u = rng.uniform() - 0.5;
    const v = rng.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + c);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || k > n) continue;
    const bound =
      (mode + 0.5) * Math.log((mode + 1) / (odds * (n - mode + 1))) +
      (n + 1) * Math.log((n - mode + 1) / (n - k + 1)) +
      (k + 0.5) * Math.log((odds * (n - k + 1)) / (k + 1)) +
      lgammaCorrection(0, mode + 1) +
      lgammaCorrection(0, n - mode + 1) -
      lgammaCorrection(0, k + 1) -
      lgammaCorrection(0, n - k + 1);
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= bound) return k;
  }
}

/** Negative binomial with the given mean and variance mean + mean²/theta, as a Poisson of a gamma; Poisson for theta = Infinity. */
export function negativeBinomialVariate(rng: Rng, mean: number, theta: number): number {
  if (theta === Infinity) return poissonVariate(rng, mean);
  return poissonVariate(rng, (gammaVariate(rng, theta) / theta) * mean);
}

/** N(mean, LL') into `out`; `factor` is L, d × d row-major lower triangular. */
export function multivariateNormal(rng: Rng, mean: Float64Array, factor: Float64Array, out: Float64Array): void {
  const d = mean.length;
  for (let i = 0; i < d; i++) out[i] = rng.normal();
  // From the last row up, so that the standard normals still needed are not yet overwritten.
  for (let i = d - 1; i >= 0; i--) {
    let sum = mean[i]!;
    for (let j = 0; j <= i; j++) sum += factor[i * d + j]! * out[j]!;
    out[i] = sum;
  }
}
