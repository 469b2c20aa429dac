/** The Hessian of an objective by central differences of its exact gradient, in the free coordinates only. */
import type { Objective } from "./objective.ts";
import { type Pausable, pauseDue } from "./pausable.ts";

const STEP = 1e-4;

/**
 * Second derivatives at x in the coordinates `free` (m of them): m × m row-major, symmetrised.
 *
 * @param steps by coordinate of x; default 1e-4·max(1, |x|): relative error about 1e-7 on standardised coordinates
 */
export function* hessian(
  objective: Objective,
  x: Float64Array,
  free: readonly number[],
  steps?: Float64Array,
): Pausable<Float64Array> {
  const m = free.length;
  const H = new Float64Array(m * m);
  const point = x.slice();
  const up = new Float64Array(x.length);
  const down = new Float64Array(x.length);
  for (const [i, position] of free.entries()) {
    const h = steps ? steps[position]! : STEP * Math.max(1, Math.abs(x[position]!));
    point[position] = x[position]! + h;
    objective(point, up);
    point[position] = x[position]! - h;
    objective(point, down);
    point[position] = x[position]!;
    free.forEach((other, j) => {
      H[i * m + j] = (up[other]! - down[other]!) / (2 * h);
    });
    if (pauseDue()) yield;
  }
  return symmetrise(H, m);
}

/**
 * As `hessian`, by forward differences from the gradient at x: half the evaluations and half the digits, for the metric of a search.
 */
export function* forwardHessian(
  objective: Objective,
  x: Float64Array,
  gradient: Float64Array,
  free: readonly number[],
): Pausable<Float64Array> {
  const m = free.length;
  const H = new Float64Array(m * m);
  const point = x.slice();
  const up = new Float64Array(x.length);
  for (const [i, position] of free.entries()) {
    const h = STEP * Math.max(1, Math.abs(x[position]!));
    point[position] = x[position]! + h;
    objective(point, up);
    point[position] = x[position]!;
    free.forEach((other, j) => {
      H[i * m + j] = (up[other]! - gradient[other]!) / h;
    });
    if (pauseDue()) yield;
  }
  return symmetrise(H, m);
}

function symmetrise(H: Float64Array, m: number): Float64Array {
  for (let i = 0; i < m; i++)
    for (let j = 0; j < i; j++) {
      const mean = 0.5 * (H[i * m + j]! + H[j * m + i]!);
      H[i * m + j] = mean;
      H[j * m + i] = mean;
    }
  return H;
}
