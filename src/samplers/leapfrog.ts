/** Hamiltonian dynamics of H(q, p) = −log π(q) + ½ p'Σp by the leapfrog integrator (Neal 2011, "MCMC using Hamiltonian dynamics", §2.3). */
import type { LogDensity } from "./log-density.ts";
import type { Metric } from "./metric.ts";

/** A point of phase space with the log density and its gradient at q. */
export interface PhasePoint {
  readonly q: Float64Array;
  readonly p: Float64Array;
  readonly gradient: Float64Array;
  logDensity: number;
}

export function phasePoint(dim: number): PhasePoint {
  return { q: new Float64Array(dim), p: new Float64Array(dim), gradient: new Float64Array(dim), logDensity: 0 };
}

/** Below this length a loop is faster than a call of `set`. */
const SHORT = 48;

/** to ← from, of the same length. */
export function copyVector(from: Float64Array, to: Float64Array): void {
  if (from.length > SHORT) to.set(from);
  else for (let i = 0; i < from.length; i++) to[i] = from[i]!;
}

export function copyPoint(from: PhasePoint, to: PhasePoint): void {
  copyVector(from.q, to.q);
  copyVector(from.p, to.p);
  copyVector(from.gradient, to.gradient);
  to.logDensity = from.logDensity;
}

/**
 * One leapfrog step of size ε (negative: backwards in time), in place. One gradient. Reversible and volume-preserving; error of the energy O(ε²).
 *
 * @param velocity overwritten: Σp at the new point
 */
export function leapfrog(
  density: LogDensity,
  metric: Metric,
  point: PhasePoint,
  epsilon: number,
  velocity: Float64Array,
): void {
  const { q, p, gradient } = point;
  const dim = q.length;
  const half = 0.5 * epsilon;
  for (let i = 0; i < dim; i++) p[i]! += half * gradient[i]!;
  metric.velocity(p, velocity);
  for (let i = 0; i < dim; i++) q[i]! += epsilon * velocity[i]!;
  point.logDensity = density.evaluate(q, gradient);
  for (let i = 0; i < dim; i++) p[i]! += half * gradient[i]!;
  metric.velocity(p, velocity);
}

/** a'b. */
function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** H = −log π + ½ p'v with v = Σp; +Infinity where the density is not defined. */
export function energy(point: PhasePoint, velocity: Float64Array): number {
  const value = 0.5 * dot(point.p, velocity) - point.logDensity;
  return Number.isNaN(value) ? Infinity : value;
}
