/** The mode of a posterior density and the curvature there: where chains start and their first metric. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { positiveInverse } from "../linalg/positive-inverse.ts";
import { minimise } from "../optimise/bfgs.ts";
import { forwardHessian, hessian } from "../optimise/hessian.ts";
import type { Objective } from "../optimise/objective.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { LogDensity } from "./log-density.ts";

export interface Mode {
  /** With non-negative signed standard deviations: of equivalent modes the one that charts with logarithms have too. */
  readonly z: Float64Array;
  /** Inverse Hessian of −log density at z, positive definite, dim × dim row-major. */
  readonly covariance: Float64Array;
  readonly logDensity: number;
  readonly converged: boolean;
  /** Whether the Hessian is well positive definite there, so that `covariance` is its inverse and not a repaired one. */
  readonly definite: boolean;
  /** Gradients spent. */
  readonly gradients: number;
}

/** Smallest eigenvalue kept of the Hessian scaled to unit diagonal: at a standard deviation of 0 it may be indefinite. */
const FLOOR = 0.02;

/**
 * The inverse of a symmetric matrix with unit-scaled eigenvalues floored, so that it is positive definite.
 *
 * @param fallback positive scale of each coordinate's curvature, used where the diagonal is not positive
 * @returns the inverse, and whether nothing had to be floored
 */
export function flooredInverse(
  H: Float64Array,
  d: number,
  fallback: Float64Array,
): { readonly inverse: Float64Array; readonly definite: boolean } {
  const scale = Float64Array.from({ length: d }, (_, i) => {
    const diagonal = H[i * d + i]!;
    return Math.sqrt(diagonal > 1e-3 * fallback[i]! ? diagonal : fallback[i]!);
  });
  const unit = new Matrix(d, d);
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) unit.set(i, j, H[i * d + j]! / (scale[i]! * scale[j]!));
  const decomposition = new EigenvalueDecomposition(unit, { assumeSymmetric: true });
  const values = decomposition.realEigenvalues;
  const vectors = decomposition.eigenvectorMatrix;
  const inverse = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += (vectors.get(i, k) * vectors.get(j, k)) / Math.max(values[k]!, FLOOR);
      inverse[i * d + j] = sum / (scale[i]! * scale[j]!);
      inverse[j * d + i] = inverse[i * d + j]!;
    }
  const kept = scale.every((unit, i) => Math.abs(unit * unit - H[i * d + i]!) < 1e-9 * unit * unit);
  return { inverse, definite: kept && values.every((value) => value >= FLOOR) };
}

/** A slope, or a curvature, so steep that counts of thousands or more say it: groups say a millionth of that. */
const STEEP = 1e7;

/**
 * A first metric for a density with such slopes, else null: a search that learns its metric from the steepest coordinate believes that it has
 * arrived in all others.
 *
 * @param slope of the log density at `start`
 */
function* informativeMetric(
  objective: Objective,
  start: Float64Array,
  slope: Float64Array,
): Pausable<Float64Array | null> {
  if (!slope.some((value) => Math.abs(value) > STEEP)) return null;
  const d = start.length;
  const gradient = slope.map((value) => -value);
  const H = yield* forwardHessian(objective, start, gradient, [...gradient.keys()]);
  return H.every(Number.isFinite) ? positiveInverse(H, d) : null;
}

/** Whether some coordinate is known so much better than 1 that a search which starts from the identity sees no other. */
function isSteep(covariance: Float64Array, d: number): boolean {
  for (let i = 0; i < d; i++) if (covariance[i * d + i]! * STEEP < 1) return true;
  return false;
}

/**
 * Climbs from `start` to a mode. Returns null when the density is not finite at the start.
 *
 * @param known inverse of the curvature near the start, dim × dim, as of the mode of a density that this one differs little from: beside a coordinate that
 *   is known to 1e-4 the slopes of all others look like none
 */
export function* findMode(density: LogDensity, start: Float64Array, known?: Float64Array): Pausable<Mode | null> {
  const d = density.dim;
  const check = new Float64Array(d);
  if (!Number.isFinite(density.evaluate(start, check))) return null;
  if (pauseDue()) yield;
  const objective: Objective = (z, gradient) => {
    const value = density.evaluate(z, gradient);
    for (let i = 0; i < d; i++) gradient[i] = -gradient[i]!;
    return value === -Infinity ? Infinity : -value;
  };
  const metric = known && isSteep(known, d) ? known.slice() : yield* informativeMetric(objective, start, check);
  const found = yield* minimise(objective, start, { tolerance: 1e-6, ...(metric && { inverseHessian: metric }) });
  const curvature = Float64Array.from({ length: d }, (_, i) => {
    const variance = found.inverseHessian[i * d + i]!;
    return variance > 0 && Number.isFinite(variance) ? 1 / variance : 1;
  });
  density.fold?.(found.x, found.gradient);
  // The density of 0 beyond a bounded prior has no slope: a difference across the bound says nothing of the curvature.
  const within: Objective = (z, gradient) => {
    const value = objective(z, gradient);
    if (!Number.isFinite(value)) gradient.fill(Number.NaN);
    return value;
  };
  // A hundredth of a standard deviation: far below the curvature's own scale, far above rounding.
  const H = yield* hessian(
    within,
    found.x,
    [...curvature.keys()],
    curvature.map((c) => 0.01 / Math.sqrt(c)),
  );
  const { inverse: covariance, definite } = H.every(Number.isFinite)
    ? flooredInverse(H, d, curvature)
    : { inverse: diagonal(curvature), definite: false };
  return {
    z: found.x,
    covariance,
    logDensity: -found.value,
    converged: found.converged,
    definite,
    gradients: found.evaluations + 2 * d + 1 + (metric && !known ? d : 0),
  };
}

function diagonal(curvature: Float64Array): Float64Array {
  const d = curvature.length;
  const matrix = new Float64Array(d * d);
  for (let i = 0; i < d; i++) matrix[i * d + i] = 1 / curvature[i]!;
  return matrix;
}
