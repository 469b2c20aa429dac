/** The fully iterated jackknife of Yan & Fine 2004 (Statistics in Medicine 23, 859–874): all equations solved again without each cluster. */
import { symmetrise } from "../../linalg/dense-cholesky.ts";
import { atOnce } from "../../optimise/pausable.ts";
import { jackknifeFactor } from "./covariance.ts";
import type { Equations } from "./equations.ts";
import { type Solution, solveEquations } from "./solve.ts";

export interface Jackknife {
  /** Of the standardised coefficients, p × p. */
  readonly coefficients: Float64Array;
  /** Of [φ, α], (1 + k) × (1 + k). */
  readonly nuisance: Float64Array;
}

/**
 * (K − r)/K · Σ_i (θ_(−i) − θ)(θ_(−i) − θ)' over K clusters, with r parameters in all; not a number where a fit without some cluster fails.
 * Leaves the equations at the last of those fits.
 */
export function iteratedJackknife(equations: Equations, solution: Solution, maxIterations: number): Jackknife {
  const { p, clusters } = equations;
  const { count, copies } = clusters;
  const factor = jackknifeFactor(equations);
  const size = 1 + solution.alpha.length;
  const coefficients = new Float64Array(p * p);
  const nuisance = new Float64Array(size * size);
  const moved = new Float64Array(p);
  const shifted = new Float64Array(size);
  const addOuter = (x: Float64Array, times: number, into: Float64Array) => {
    const n = x.length;
    for (let j = 0; j < n; j++) for (let k = 0; k <= j; k++) into[j * n + k]! += times * x[j]! * x[k]!;
  };
  for (let c = 0; c < count; c++) {
    const times = factor * (copies === null ? 1 : copies[c]!);
    if (times === 0) continue;
    const { state, beta, scale, alpha } = atOnce(solveEquations(equations, maxIterations, solution, c));
    const found = state === "converged";
    for (let j = 0; j < p; j++) moved[j] = found ? beta[j]! - solution.beta[j]! : Number.NaN;
    shifted[0] = found ? scale - solution.scale : Number.NaN;
    for (let j = 1; j < size; j++) shifted[j] = found ? alpha[j - 1]! - solution.alpha[j - 1]! : Number.NaN;
    addOuter(moved, times, coefficients);
    addOuter(shifted, times, nuisance);
  }
  symmetrise(coefficients, p);
  symmetrise(nuisance, size);
  return { coefficients, nuisance };
}
