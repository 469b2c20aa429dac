/** Gamma variates above a bound. */
import type { Rng } from "./rng.ts";

/**
 * X given X > bound for X ~ Gamma(shape, rate), by rejection from a shifted exponential whose rate makes acceptance most likely
 * (Dagpunar 1978, "Sampling of variates from a truncated gamma distribution"); efficient from about the mode up.
 *
 * @param bound above 0
 */
export function gammaAbove(rng: Rng, shape: number, rate: number, bound: number): number {
  if (shape === 1) return bound - Math.log(rng.uniform()) / rate;
  if (shape < 1) {
    for (;;) {
      const x = bound - Math.log(rng.uniform()) / rate;
      if (rng.uniform() <= (x / bound) ** (shape - 1)) return x;
    }
  }
  const lambda = rate * bound;
  const d = lambda - shape;
  const slower = (d + Math.sqrt(d * d + 4 * lambda)) / (2 * bound);
  const excess = rate - slower;
  // x^(shape−1) e^(−excess·x) is highest at peak (or at the bound, when the peak lies below it).
  const peak = excess > 0 ? Math.max(bound, (shape - 1) / excess) : bound;
  for (;;) {
    const x = bound - Math.log(rng.uniform()) / slower;
    if (rng.uniform() <= Math.exp((shape - 1) * Math.log(x / peak) - excess * (x - peak))) return x;
  }
}
