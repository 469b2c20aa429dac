/** Gradients of quantities that have no simpler ones than central differences. */
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { Estimator } from "./estimator.ts";

/** Step in standard errors of each parameter: quantities are smooth on that scale. */
const STEP = 1e-3;

/**
 * Adds ∂/∂x of every quantity of an estimator to `into`, parameter by parameter. Parameters without an error are held.
 *
 * @param errors standard errors of x
 */
export function* addNumericGradient(
  estimator: Estimator,
  x: Float64Array,
  errors: Float64Array,
  into: readonly Float64Array[],
): Pausable<void> {
  const count = estimator.rows.length;
  const upper = new Float64Array(count);
  const lower = new Float64Array(count);
  const moved = x.slice();
  for (let j = 0; j < x.length; j++) {
    const h = STEP * errors[j]!;
    if (!(h > 0)) continue;
    moved[j] = x[j]! + h;
    estimator.value(moved, null, upper);
    moved[j] = x[j]! - h;
    estimator.value(moved, null, lower);
    moved[j] = x[j]!;
    for (let k = 0; k < count; k++) into[k]![j]! += (upper[k]! - lower[k]!) / (2 * h);
    if (pauseDue()) yield;
  }
}
