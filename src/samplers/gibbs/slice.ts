/** Slice sampling of one coordinate: exact for any density that can be evaluated, without tuning that could bias it. */
import type { Rng } from "../../random/rng.ts";

/** Most widths the interval is stepped out by, both sides together. */
const MOST_STEPS = 40;

/**
 * One update of x under the log density f: a level under the density, an interval stepped out around x, shrunk on rejections
 * (Neal 2003, "Slice sampling", figures 3 and 5).
 *
 * @param width about the scale of the conditional distribution; being off costs evaluations only
 * @returns the new x; the caller's state must be set to it, because the last point evaluated is the new x
 */
export function sliceUpdate(rng: Rng, x: number, width: number, f: (x: number) => number): number {
  const level = f(x) + Math.log(rng.uniform());
  let left = x - width * rng.uniform();
  let right = left + width;
  let before = Math.floor(MOST_STEPS * rng.uniform());
  let after = MOST_STEPS - 1 - before;
  while (before-- > 0 && f(left) > level) left -= width;
  while (after-- > 0 && f(right) > level) right += width;
  for (;;) {
    const proposal = left + (right - left) * rng.uniform();
    // The interval has shrunk to rounding: stay.
    if (proposal === x || right - left < 1e-14 * (1 + Math.abs(x))) {
      f(x);
      return x;
    }
    if (f(proposal) > level) return proposal;
    if (proposal < x) left = proposal;
    else right = proposal;
  }
}
