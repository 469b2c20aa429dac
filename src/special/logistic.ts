/** Logistic and exponential functions written so that no tail overflows or cancels. */

import { exp, log1pUnit } from "./exponential.ts";

/** log(1 + e^x). */
export function softplus(x: number): number {
  return Math.max(x, 0) + log1pUnit(exp(-Math.abs(x)));
}

/** 1 / (1 + e^−x). */
export function sigmoid(x: number): number {
  const e = exp(-Math.abs(x));
  const r = 1 / (1 + e);
  return x >= 0 ? r : e * r;
}

/** log(1 − e^−a), a ≥ 0. Source: Mächler (2012), "Accurately computing log(1 − exp(−|a|))". */
export function log1mExp(a: number): number {
  return a > Math.LN2 ? Math.log1p(-Math.exp(-a)) : Math.log(-Math.expm1(-a));
}

/** Where the first eight terms of the series below are good to a double. */
const NEAR = 0.01;

/** e^d − 1; the last argument's is kept, as the excess of a row and its derivative ask for the same. */
function expm1Of(d: number): number {
  if (d === lastArgument) return lastValue;
  lastArgument = d;
  lastValue =
    Math.abs(d) < NEAR
      ? d * (1 + (d / 2) * (1 + (d / 3) * (1 + (d / 4) * (1 + (d / 5) * (1 + (d / 6) * (1 + d / 7))))))
      : Math.expm1(d);
  return lastValue;
}

let lastArgument = Number.NaN;
let lastValue = Number.NaN;

/** log(1 + z). */
function log1pOf(z: number): number {
  if (Math.abs(z) >= NEAR) return Math.log1p(z);
  return z * (1 - z * (1 / 2 - z * (1 / 3 - z * (1 / 4 - z * (1 / 5 - z * (1 / 6 - z * (1 / 7 - z / 8)))))));
}

/** Beyond it e^d is no number. */
const LARGEST_EXPONENT = 700;

/**
 * softplus(c + d) − softplus(c) − p d with p = sigmoid(c) and q = 1 − p: what a binomial log-likelihood of one trial loses where its log odds are
 * d off those of the observed share p. No difference of large numbers, whatever p; 0 at d = 0.
 */
export function softplusExcess(p: number, q: number, d: number): number {
  if (p > 0.5) return softplusExcess(q, p, -d);
  if (d > LARGEST_EXPONENT) return Math.log(p) + q * d;
  return log1pOf(p * expm1Of(d)) - p * d;
}

/** sigmoid(c + d) − sigmoid(c) with p = sigmoid(c) and q = 1 − p, to full relative accuracy: the derivative of `softplusExcess` in d. */
export function sigmoidDelta(p: number, q: number, d: number): number {
  if (p > 0.5) return -sigmoidDelta(q, p, -d);
  if (d > LARGEST_EXPONENT) return q;
  const t = expm1Of(d);
  return (p * q * t) / (1 + p * t);
}

/**
 * log(a/b) from both logarithms and from t = a/b − 1, which has the digits where a and b are close. Both are needed: in a far tail a may
 * vanish while its logarithm does not.
 */
export function logRatio(logA: number, logB: number, t: number): number {
  return Math.abs(t) < 0.5 ? Math.log1p(t) : logA - logB;
}

/** 1 / (e^a − 1), a > 0: the derivative of log1mExp; its own derivative is −q(1 + q). */
export function reciprocalExpm1(a: number): number {
  return 1 / Math.expm1(a);
}
