/**
 * Maxima of likelihoods with kinks: where the range of a correlation of bounded reach (linear, spherical) meets the distance of a pair, the slope
 * jumps. A maximum is then often a kink itself, where quasi-Newton steps only shrink, and second derivatives say nothing of the curvature.
 */
import { minimise } from "../optimise/bfgs.ts";
import type { MinimiseOptions, Minimum, Objective } from "../optimise/objective.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";

/** An iteration that gains less ends a search. */
const LEAST_GAIN = 1e-7;
/** A kink this near, on the working scale, to where a search ended is looked at although the search found the slope to vanish. */
const NEAR = 1e-4;
/** Slopes are taken at most this far beside a kink, and are 0 below the second. */
const BESIDE = 1e-6;
const FLAT = 1e-5;
/** A scan of a kinked coordinate: points, and how far they reach on either side, first widely, then closely (the working scale of a range is its logarithm). */
const SCANNED = 60;
const SPANS = [1.2, 0.12];
/** Searches from the best of a scan, and scans where they found something lower. */
const MOST_STARTS = 3;
const MOST_SCANS = 4;
/** The rise that rounding may hide. */
const ROUNDING = 1e-9;
/** Most kinks that are visited. */
const MOST_ROUNDS = 50;

/** Ends a search of a kinked criterion where it no longer gains: for `MinimiseOptions.onIteration`. */
export function untilNoGain(): NonNullable<MinimiseOptions["onIteration"]> {
  let before = Number.POSITIVE_INFINITY;
  return (iteration, value) => {
    const gain = iteration === 1 ? Number.POSITIVE_INFINITY : before - value;
    before = value;
    return gain < LEAST_GAIN ? false : undefined;
  };
}

/** The lowest valleys of a scan along one coordinate through x, but for that of x itself. */
function* valleys(objective: Objective, x: Float64Array, position: number, span: number): Pausable<Float64Array[]> {
  const scratch = new Float64Array(x.length);
  const points: { point: Float64Array; value: number }[] = [];
  for (let k = 0; k <= SCANNED; k++) {
    const point = x.slice();
    point[position] = x[position]! + span * ((2 * k) / SCANNED - 1);
    points.push({ point, value: objective(point, scratch) });
    if (pauseDue()) yield;
  }
  const value = (k: number) => points[k]?.value ?? Number.POSITIVE_INFINITY;
  return points
    .filter((_, k) => value(k) < value(k - 1) && value(k) < value(k + 1) && Math.abs(k - SCANNED / 2) > 1)
    .sort((a, b) => a.value - b.value)
    .slice(0, MOST_STARTS)
    .map(({ point }) => point);
}

/**
 * Goes on from a minimum to lower ones in other valleys of a coordinate with kinks: between kinks there may be many, and a quasi-Newton search stays in
 * one.
 *
 * @param search minimises from a point
 */
export function* searchValleys(
  objective: Objective,
  found: Minimum,
  position: number,
  search: (start: Float64Array) => Pausable<Minimum>,
): Pausable<Minimum> {
  let best = found;
  let evaluations = found.evaluations;
  for (let scan = 0; scan < MOST_SCANS; scan++) {
    const before = best.value;
    for (const span of SPANS) {
      const starts = yield* valleys(objective, best.x, position, span);
      evaluations += SCANNED + 1;
      for (const start of starts) {
        const other = yield* search(start);
        evaluations += other.evaluations;
        if (other.value < best.value - ROUNDING) best = other;
      }
    }
    if (!(best.value < before)) break;
  }
  return { ...best, evaluations };
}

/** The minimum of a criterion with kinks in one coordinate. */
export interface KinkedMinimum extends Minimum {
  /** Whether it is at a kink: slopes of different sign on its two sides, and none in the other coordinates. */
  readonly kink: boolean;
}

/** The minimum with one coordinate held, in which `inverseHessian` of the result is 0. */
function minimiseHeld(
  objective: Objective,
  x: Float64Array,
  position: number,
  inverseHessian: Float64Array,
  options: MinimiseOptions,
): Pausable<Minimum> {
  const d = x.length;
  const held: Objective = (point, gradient) => {
    const value = objective(point, gradient);
    gradient[position] = 0;
    return value;
  };
  const metric = inverseHessian.slice();
  for (let i = 0; i < d; i++) metric[i * d + position] = metric[position * d + i] = 0;
  return minimise(held, x, { ...options, inverseHessian: metric });
}

/**
 * Ends a search at a kink where the minimum is one. Along a kink the criterion is smooth, so it is minimised there in the other coordinates; that is a
 * minimum if zero lies between the slopes on its two sides (in the subdifferential: Clarke 1983, *Optimization and Nonsmooth Analysis*, §2.3), else the
 * search goes on downhill beside it, and so from kink to kink.
 *
 * @param found where a quasi-Newton search ended; it is returned as it is where it ended well and away from kinks
 * @param kinksAround the kinks next to a value of the coordinate, the nearest first
 * @param inverseHessian first metric of searches
 */
export function* settleKink(
  objective: Objective,
  found: Minimum,
  position: number,
  kinksAround: (value: number) => readonly number[],
  inverseHessian: Float64Array,
  options: MinimiseOptions,
): Pausable<KinkedMinimum> {
  let best = found;
  let evaluations = found.evaluations;
  const end = (minimum: Minimum, kink: boolean): KinkedMinimum => ({ ...minimum, evaluations, kink });
  const gradient = new Float64Array(found.x.length);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const kinks = kinksAround(best.x[position]!);
    const nearest = kinks[0];
    if (nearest === undefined) break;
    if (best.converged && Math.abs(nearest - best.x[position]!) > NEAR) break;
    const start = best.x.slice();
    start[position] = nearest;
    const pinned = yield* minimiseHeld(objective, start, position, inverseHessian, options);
    evaluations += pinned.evaluations;
    const gap = kinks.slice(1).reduce((least, other) => Math.min(least, Math.abs(other - nearest)), Infinity);
    const step = Math.min(BESIDE, 0.25 * gap);
    const point = pinned.x.slice();
    const [left, right] = [-1, 1].map((side) => {
      point[position] = nearest + side * step;
      objective(point, gradient);
      return gradient[position]!;
    }) as [number, number];
    evaluations += 2;
    const lower = pinned.value <= best.value + ROUNDING;
    if (left <= FLAT && right >= -FLAT) {
      if (lower) return end(pinned, right - left > FLAT);
      break;
    }
    // downhill beside the kink, on the steeper side of a ridge
    const side = right < -FLAT && !(left > -right) ? 1 : -1;
    const next = (lower ? pinned.x : best.x).slice();
    if (lower) next[position] = nearest + side * step;
    const beside = yield* minimise(objective, next, { ...options, onIteration: untilNoGain(), inverseHessian });
    evaluations += beside.evaluations;
    if (!(beside.value < best.value - ROUNDING)) {
      if (pinned.value < best.value) best = pinned;
      if (beside.value <= best.value) best = beside;
      break;
    }
    best = beside;
  }
  return end(best, false);
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
