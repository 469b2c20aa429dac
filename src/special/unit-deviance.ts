/** Unit deviances 2(ℓ(y) − ℓ(μ)), ℓ(y) the log-likelihood of a mean equal to the response (McCullagh & Nelder 1989, §2.3). */
import { devianceStep } from "./deviance.ts";

/** x log(x/m) − x + m, its limit m at x = 0. */
const step = (x: number, m: number): number => (x === 0 ? m : devianceStep(m, x - m));

export const poissonDeviance = (y: number, mu: number): number => 2 * step(y, mu);

/** Of y successes out of n trials with probability p. */
export const binomialDeviance = (y: number, n: number, p: number): number =>
  2 * (step(y, n * p) + step(n - y, n * (1 - p)));

/** Per unit of the shape. */
export function gammaDeviance(y: number, mu: number): number {
  const k = (y - mu) / mu;
  return 2 * (k - Math.log1p(k));
}

/** With variance μ + μ²/θ: 2(y log(y/μ) − (y + θ) log((y + θ)/(μ + θ))), whose linear parts cancel. */
export const negativeBinomialDeviance = (y: number, mu: number, theta: number): number =>
  2 * (step(y, mu) - step(y + theta, mu + theta));
