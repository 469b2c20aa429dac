/** Quasi-Newton minimisation by BFGS with exact gradients (Nocedal & Wright 2006, algorithm 6.1). */
import { lineSearch } from "./line-search.ts";
import type { MinimiseOptions, Minimum, Objective } from "./objective.ts";
import { type Pausable, pauseDue } from "./pausable.ts";

/** Line searches on end that were given up at a point which is no higher but meets no condition. */
const MOST_GIVEN_UP = 4;

/**
 * Minimises f from `start`.
 *
 * @param objective f with gradient; +Infinity where f cannot be computed
 * @param start where to begin; f must be finite there
 * @returns the best point found; `converged` false when the iteration limit was reached or no descent was possible
 *
 * @example
 * const { x } = atOnce(minimise((x, g) => { g[0] = 2 * (x[0]! - 3); return (x[0]! - 3) ** 2 }, new Float64Array([0])));
 */
export function* minimise(objective: Objective, start: Float64Array, options: MinimiseOptions = {}): Pausable<Minimum> {
  const { maxIterations = 200, tolerance = 1e-10, onIteration } = options;
  const d = start.length;
  const x = start.slice();
  const gradient = new Float64Array(d);
  let value = objective(x, gradient);
  if (pauseDue()) yield;
  let evaluations = 1;
  const H = new Float64Array(d * d);
  const reset = () => {
    H.fill(0);
    for (let i = 0; i < d; i++) H[i * d + i] = 1;
  };
  let scaled = false;
  if (options.inverseHessian) {
    H.set(options.inverseHessian);
    scaled = true;
  } else reset();
  const direction = new Float64Array(d);
  const work = { x: new Float64Array(d), gradient: new Float64Array(d) };
  const Hy = new Float64Array(d);
  let iterations = 0;
  let converged = d === 0;
  let resets = 0;
  let small = 0;
  let givenUp = 0;
  while (!converged && iterations < maxIterations && Number.isFinite(value)) {
    let slope = 0;
    for (let i = 0; i < d; i++) {
      let s = 0;
      for (let j = 0; j < d; j++) s -= H[i * d + j]! * gradient[j]!;
      direction[i] = s;
      slope += s * gradient[i]!;
    }
    if (!(slope < 0)) {
      if (slope === 0 || resets++ > 2) {
        converged = slope === 0;
        break;
      }
      reset();
      scaled = false;
      continue;
    }
    if (scaled && -0.5 * slope < tolerance) {
      // one extra step confirms that the metric, not luck, says so
      if (++small > 1 || -0.5 * slope < 1e-2 * tolerance) {
        converged = true;
        break;
      }
    } else small = 0;
    const first = scaled ? 1 : firstStep(direction);
    // so near the optimum the rounding of a sum of terms larger than itself may hide the decrease: the slopes decide
    const noise = (-slope < 1e-6 ? 2e-12 : 4e-15) * Math.max(1, Math.abs(value));
    const search = yield* lineSearch(objective, x, value, slope, direction, first, noise, work);
    evaluations += search.evaluations;
    if (!search.success) {
      if (small > 0) {
        converged = true;
        break;
      }
      // along the gradient itself another search would be the same
      if (!scaled || resets++ > 2) break;
      reset();
      scaled = false;
      continue;
    }
    iterations++;
    let sy = 0;
    let yy = 0;
    let ss = 0;
    for (let i = 0; i < d; i++) {
      const s = work.x[i]! - x[i]!;
      const y = work.gradient[i]! - gradient[i]!;
      sy += s * y;
      yy += y * y;
      ss += s * s;
      direction[i] = s;
      Hy[i] = y;
    }
    x.set(work.x);
    value = search.value;
    if (sy > 1e-12 * Math.sqrt(yy * ss)) {
      if (!scaled) {
        for (let i = 0; i < d; i++) H[i * d + i] = sy / yy;
        scaled = true;
      }
      update(H, direction, Hy, sy, d);
    }
    gradient.set(work.gradient);
    // where values and slopes do not belong together step after step, there is no telling what the next would find
    givenUp = search.met ? 0 : givenUp + 1;
    if (givenUp > MOST_GIVEN_UP) break;
    if (onIteration?.(iterations, value) === false) break;
  }
  return { x, value, gradient, iterations, evaluations, converged, inverseHessian: H };
}

/** A step along a direction whose length means nothing yet. */
function firstStep(direction: Float64Array): number {
  let norm = 0;
  for (let i = 0; i < direction.length; i++) norm += direction[i]! * direction[i]!;
  return Math.min(1, 0.5 / Math.sqrt(norm));
}

/** H ← (I − ρ s y')H(I − ρ y s') + ρ s s', ρ = 1/s'y (Nocedal & Wright, eq. 6.17), in O(d²). */
function update(H: Float64Array, s: Float64Array, y: Float64Array, sy: number, d: number): void {
  const Hy = new Float64Array(d);
  let yHy = 0;
  for (let i = 0; i < d; i++) {
    let t = 0;
    for (let j = 0; j < d; j++) t += H[i * d + j]! * y[j]!;
    Hy[i] = t;
    yHy += t * y[i]!;
  }
  const c = (1 + yHy / sy) / sy;
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) {
      const h = H[i * d + j]! + c * s[i]! * s[j]! - (Hy[i]! * s[j]! + s[i]! * Hy[j]!) / sy;
      H[i * d + j] = h;
      H[j * d + i] = h;
    }
}
