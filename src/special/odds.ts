/**
 * The deviance of y successes beside s failures, neither of them whole, where the log odds are d off log(y/s), the observed ones, and its
 * derivatives in s and d. Of large y and s no difference of large numbers is taken, whatever y/s; all vanish at d = 0 as they should.
 *
 * With μ = y e^d, w = s + μ and n = s + y: shares u = μ/w and v = s/w.
 */
import { exp, expm1, log1p } from "./exponential.ts";

/** Beyond it e^d is no number. */
const LARGEST_EXPONENT = 700;

/** n log(w/n) − y d: what the log-likelihood loses against the saturated one. y and s above 0. */
export function oddsDeviance(y: number, s: number, d: number): number {
  const n = y + s;
  let share = y;
  // by the rarer of the two there is nothing to cancel
  if (y > s) {
    share = s;
    d = -d;
  }
  if (d > LARGEST_EXPONENT) return n * Math.log(share / n) + (n - share) * d;
  return n * log1p((share * expm1(d)) / n) - share * d;
}

/** Its derivative in d: s (μ − y)/w. */
export function oddsScore(y: number, s: number, d: number): number {
  const e = expm1(-Math.abs(d));
  const r = exp(-Math.abs(d));
  return d >= 0 ? -(s * e * y) / (y + s * r) : (y * e * s) / (s + y * r);
}

/** Its derivative in s: log(w/n) − (μ − y)/w. */
export function oddsSizeScore(y: number, s: number, d: number): number {
  return (oddsDeviance(y, s, d) + y * d) / (y + s) - oddsScore(y, s, d) / s;
}

/** Its second derivative in d: n u v. */
export function oddsCurvature(y: number, s: number, d: number): number {
  const r = exp(-Math.abs(d));
  const w = d >= 0 ? y + s * r : s + y * r;
  return (y + s) * (y / w) * ((s * r) / w);
}

/** u, the share of y where the log odds are d off. */
export function oddsShare(y: number, s: number, d: number): number {
  const r = exp(-Math.abs(d));
  return d >= 0 ? y / (y + s * r) : (y * r) / (s + y * r);
}

/** v, the share of s. */
export function oddsRest(y: number, s: number, d: number): number {
  return oddsShare(s, y, -d);
}
