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
