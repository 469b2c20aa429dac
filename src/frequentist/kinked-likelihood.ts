/**
 * Maxima of likelihoods with kinks: where the range of a correlation of bounded reach (linear, spherical) meets the distance of a pair, the slope
 * jumps. A maximum is then often a kink itself, where quasi-Newton steps only shrink, and second derivatives say nothing of the curvature.
 */
import type { MinimiseOptions, Objective } from "../optimise/objective.ts";

/** An iteration that gains less ends a search. */
const LEAST_GAIN = 1e-7;
/** Distance, on the working scale, at which both sides of a kink are looked at; and the rise that rounding may hide. */
const BESIDE = 1e-5;
const ROUNDING = 1e-9;

/** Ends a search of a kinked criterion where it no longer gains: for `MinimiseOptions.onIteration`. */
export function untilNoGain(): NonNullable<MinimiseOptions["onIteration"]> {
  let before = Number.POSITIVE_INFINITY;
  return (iteration, value) => {
    const gain = iteration === 1 ? Number.POSITIVE_INFINITY : before - value;
    before = value;
    return gain < LEAST_GAIN ? false : undefined;
  };
}

/** Whether x is a minimum in one coordinate with slopes of different sign on its sides. */
export function isKink(objective: Objective, x: Float64Array, value: number, position: number): boolean {
  const point = x.slice();
  const gradient = new Float64Array(x.length);
  return [-1, 1].every((side) => {
    point[position] = x[position]! + side * BESIDE;
    return objective(point, gradient) >= value - ROUNDING && side * gradient[position]! > 0;
  });
}

/**
 * The step at which the criterion has risen by ½ on average over both sides, about a standard error: differences over it see the curvature and not the
 * kinks.
 */
export function standardErrorStep(objective: Objective, x: Float64Array, position: number): number {
  const point = x.slice();
  const gradient = new Float64Array(x.length);
  const centre = objective(x, gradient);
  let step = 0.01;
  for (let round = 0; round < 6; round++) {
    point[position] = x[position]! + step;
    const up = objective(point, gradient);
    point[position] = x[position]! - step;
    const rise = 0.5 * (up + objective(point, gradient)) - centre;
    if (!(rise > 0 && rise < Number.POSITIVE_INFINITY)) return step;
    const next = Math.min(0.5, step * Math.sqrt(0.5 / rise));
    const settled = Math.abs(next / step - 1) < 0.1;
    step = next;
    if (settled) break;
  }
  return step;
}
