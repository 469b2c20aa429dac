/** Normal variates held within bounds, exact far out in the tails. */
import type { Rng } from "./rng.ts";

/** Above this bound the exponential proposal wastes less than the normal one (Robert 1995, section 2.1). */
const TAIL = 0.45;

/**
 * Z given Z > bound for Z ~ N(0, 1). Plain rejection below 0.45; above it rejection from a shifted exponential, accepted with
 * probability above 0.76 however far out.
 * Robert (1995), "Simulation of truncated normal variables", Stat. Comput. 5, 121–125.
 *
 * @example normalAbove(rng, 8); // about 8.12
 */
export function normalAbove(rng: Rng, bound: number): number {
  if (bound < TAIL) {
    for (;;) {
      const z = rng.normal();
      if (z > bound) return z;
    }
  }
  const rate = 0.5 * (bound + Math.sqrt(bound * bound + 4));
  for (;;) {
    const z = bound - Math.log(rng.uniform()) / rate;
    const d = z - rate;
    if (rng.uniform() <= Math.exp(-0.5 * d * d)) return z;
  }
}

/**
 * Z given lower < Z < upper for Z ~ N(mean, sd²); either bound may be infinite.
 * A narrow window is met by a uniform, a wide one by the normal or its tail (Robert 1995, section 2.2).
 *
 * @returns NaN unless lower < upper and sd > 0
 */
export function truncatedNormalVariate(rng: Rng, mean: number, sd: number, lower: number, upper: number): number {
  const a = (lower - mean) / sd;
  const b = (upper - mean) / sd;
  if (!(a < b && sd > 0)) return Number.NaN;
  return mean + sd * standardBetween(rng, a, b);
}

function standardBetween(rng: Rng, a: number, b: number): number {
  if (b === Number.POSITIVE_INFINITY) return normalAbove(rng, a);
  if (a === Number.NEGATIVE_INFINITY) return -normalAbove(rng, -b);
  if (b <= 0) return -standardBetween(rng, -b, -a);
  const width = b - a;
  if (a < 0 && width > 2.5) {
    for (;;) {
      const z = rng.normal();
      if (z > a && z < b) return z;
    }
  }
  // The density is highest at the bound nearest to 0 (or at 0): a uniform is accepted with probability of order 1 / (nearest · width).
  const nearest = Math.max(a, 0);
  if (nearest * width > 2) {
    for (;;) {
      const z = normalAbove(rng, a);
      if (z < b) return z;
    }
  }
  for (;;) {
    const z = a + width * rng.uniform();
    if (rng.uniform() <= Math.exp(0.5 * (nearest - z) * (nearest + z))) return z;
  }
}
