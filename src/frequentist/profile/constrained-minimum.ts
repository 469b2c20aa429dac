/**
 * Minimises f where a quantity g has a given value. The points with g(w) = c near a base point on it are w = base + Nz + td, d the direction in which
 * g rises at least cost and N a basis of what g does not see to first order, both orthonormal in the metric of f; t(z) brings g back to c. What is left
 * is a search without constraint in z, with the exact gradient N'(∇f − μ∇g), where μ = d'∇f / d'∇g is at the minimum the slope df/dc of the profile.
 */
import { semidefiniteCholesky } from "../../linalg/semidefinite-cholesky.ts";
import { minimise } from "../../optimise/bfgs.ts";
import type { Objective } from "../../optimise/objective.ts";
import type { Pausable } from "../../optimise/pausable.ts";

/** A scalar function of the search's coordinates. */
export interface Quantity {
  value(w: Float64Array): number;
  /** Overwrites `out`; NaN where there is none. */
  gradient(w: Float64Array, out: Float64Array): void;
}

export interface ConstrainedMinimum {
  readonly w: Float64Array;
  /** f there. */
  readonly value: number;
  /** df/dc. */
  readonly slope: number;
  /** The inverse Hessian of f as far as the search has learnt it. */
  readonly metric: Float64Array;
  readonly evaluations: number;
  readonly converged: boolean;
}

/** Predicted further decrease that ends the search: a log-likelihood this near leaves ζ right to 1e-8. */
const TOLERANCE = 1e-9;
const MOST_ITERATIONS = 100;
/** Iterations that together gain less than this end the search. */
const CREEP = 4;
const LITTLE = 1e-7;
/** How near to c the quantity is brought, relative to its size and step. */
const ON_CONSTRAINT = 1e-12;
const MOST_STEPS = 40;

/**
 * @param base where g may be near c only: it is moved along the direction of the metric first
 * @param metric an inverse Hessian of f, d × d
 * @returns null where no point near the base has the value, or f has none there
 */
export function* constrainedMinimum(
  f: Objective,
  g: Quantity,
  c: number,
  base: Float64Array,
  metric: Float64Array,
): Pausable<ConstrainedMinimum | null> {
  const size = base.length;
  const frame = frameOf(g, base, metric);
  if (!frame) return null;
  const { direction, tangents, rise } = frame;
  const unit = Math.max(Math.abs(c), rise);
  const point = new Float64Array(size);
  const start = base.slice();
  const first = reach(g, c, unit, start, direction, rise, point);
  if (first === null) return null;
  start.set(point);
  const dg = new Float64Array(size);
  const df = new Float64Array(size);
  const moved = new Float64Array(size);
  let slope = Number.NaN;
  const reduced: Objective = (z, gradient) => {
    moved.set(start);
    for (let k = 0; k < size - 1; k++)
      if (z[k] !== 0) for (let i = 0; i < size; i++) moved[i]! += tangents[k * size + i]! * z[k]!;
    if (reach(g, c, unit, moved, direction, rise, point) === null) return Number.POSITIVE_INFINITY;
    const value = f(point, df);
    g.gradient(point, dg);
    let along = 0;
    let down = 0;
    for (let i = 0; i < size; i++) {
      along += direction[i]! * dg[i]!;
      down += direction[i]! * df[i]!;
    }
    if (!(along > 0) || !Number.isFinite(value)) return Number.POSITIVE_INFINITY;
    slope = down / along;
    for (let k = 0; k < size - 1; k++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += tangents[k * size + i]! * (df[i]! - slope * dg[i]!);
      gradient[k] = sum;
    }
    return value;
  };
  const identity = new Float64Array((size - 1) ** 2);
  for (let k = 0; k < size - 1; k++) identity[k * size] = 1;
  const found = yield* minimise(reduced, new Float64Array(size - 1), {
    tolerance: TOLERANCE,
    maxIterations: MOST_ITERATIONS,
    onIteration: untilLittleGain(),
    inverseHessian: identity,
  });
  const value = reduced(found.x, found.gradient);
  if (!Number.isFinite(value)) return null;
  return {
    w: point.slice(),
    value,
    slope,
    metric: learntMetric(found.inverseHessian, tangents, direction, size),
    evaluations: found.evaluations + 1,
    converged: found.converged,
  };
}

/**
 * Ends a search that creeps: a quantity with a singular point (a correlation, where its effect's variance is 0) may have its minimum there, and no
 * search arrives at it.
 */
function untilLittleGain(): (iteration: number, value: number) => boolean {
  const values: number[] = [];
  return (_, value) => {
    values.push(value);
    const before = values[values.length - 1 - CREEP];
    return before === undefined || before - value > LITTLE;
  };
}

interface Frame {
  /** Of length 1 in the metric, uphill in g. */
  readonly direction: Float64Array;
  /** (d − 1) × d, rows orthonormal in the metric. */
  readonly tangents: Float64Array;
  /** Rise of g along the direction. */
  readonly rise: number;
}

/** Directions by a Householder reflection of the metric's root. */
function frameOf(g: Quantity, w: Float64Array, metric: Float64Array): Frame | null {
  const d = w.length;
  const root = metric.slice();
  semidefiniteCholesky(root, d);
  const dg = new Float64Array(d);
  g.gradient(w, dg);
  const a = new Float64Array(d);
  for (let j = 0; j < d; j++) for (let i = j; i < d; i++) a[j]! += root[i * d + j]! * dg[i]!;
  const rise = Math.hypot(...a);
  if (!(rise > 0 && rise < Number.POSITIVE_INFINITY)) return null;
  // the reflection that takes e₁ to a: columns of I − 2vv'/v'v, v = a/|a| − e₁, or + e₁ with the sign turned where that is shorter
  const sign = a[0]! > 0 ? -1 : 1;
  const v = a.map((value) => value / rise);
  v[0]! -= sign;
  const square = v.reduce((sum, value) => sum + value * value, 0);
  const column = (k: number): Float64Array => {
    const out = v.map((value) => (-2 * value * v[k]!) / square);
    out[k]! += 1;
    return out;
  };
  const mapped = (u: Float64Array): Float64Array => {
    const out = new Float64Array(d);
    for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) out[i]! += root[i * d + j]! * u[j]!;
    return out;
  };
  const direction = mapped(column(0).map((value) => sign * value));
  const tangents = new Float64Array((d - 1) * d);
  for (let k = 1; k < d; k++) tangents.set(mapped(column(k)), (k - 1) * d);
  return { direction, tangents, rise };
}

/** Moves from w along the direction to where g is c, by secants. @returns how far, null where there is no such point near */
function reach(
  g: Quantity,
  c: number,
  unit: number,
  w: Float64Array,
  direction: Float64Array,
  rise: number,
  point: Float64Array,
): number | null {
  const at = (t: number): number => {
    for (let i = 0; i < w.length; i++) point[i] = w[i]! + t * direction[i]!;
    return g.value(point) - c;
  };
  let t = 0;
  let gap = at(0);
  if (!Number.isFinite(gap)) return null;
  if (Math.abs(gap) <= ON_CONSTRAINT * unit) return 0;
  let slope = rise;
  let best = Math.abs(gap);
  let stalled = 0;
  for (let step = 0; step < MOST_STEPS; step++) {
    let next = t - gap / slope;
    let gapThere = at(next);
    for (let half = 0; half < 12 && !(Math.abs(gapThere) < 2 * Math.abs(gap)); half++) {
      next = t + 0.5 * (next - t);
      gapThere = at(next);
    }
    if (!Number.isFinite(gapThere)) return null;
    const secant = (gapThere - gap) / (next - t);
    t = next;
    gap = gapThere;
    if (Math.abs(gap) <= ON_CONSTRAINT * unit) return t;
    // rounding of g ends the search before that
    if (Math.abs(gap) < 0.5 * best) {
      best = Math.abs(gap);
      stalled = 0;
    } else if (++stalled > 3) return best < 1e-9 * unit ? t : null;
    if (Number.isFinite(secant) && secant > 1e-3 * rise) slope = secant;
  }
  return Math.abs(gap) < 1e-9 * unit ? t : null;
}

/** N H⁻¹ N' + dd'. */
function learntMetric(inverse: Float64Array, tangents: Float64Array, direction: Float64Array, d: number): Float64Array {
  const m = d - 1;
  const half = new Float64Array(m * d);
  for (let a = 0; a < m; a++)
    for (let b = 0; b < m; b++)
      for (let i = 0; i < d; i++) half[a * d + i]! += inverse[a * m + b]! * tangents[b * d + i]!;
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) {
      let sum = direction[i]! * direction[j]!;
      for (let a = 0; a < m; a++) sum += tangents[a * d + i]! * half[a * d + j]!;
      out[i * d + j] = sum;
    }
  return out;
}
