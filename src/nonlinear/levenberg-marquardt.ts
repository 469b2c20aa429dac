/** Nonlinear least squares by the Levenberg-Marquardt method (Marquardt 1963, SIAM J. Appl. Math. 11; Moré 1978), damping scaled by the diagonal. */
import { choleskyFactor, choleskySolve } from "../linalg/dense-cholesky.ts";

/** A sum of squares Σ r_i² as its normal equations. */
export interface LeastSquares {
  /** Number of coefficients. */
  readonly size: number;
  /** Σ r_i² at β; NaN or Infinity where the mean is not finite. */
  value(beta: Float64Array): number;
  /** Σ r_i², and overwrites J'J (size × size) and J'r with J the derivative of the fitted values. */
  normal(beta: Float64Array, JJ: Float64Array, Jr: Float64Array): number;
}

export interface LeastSquaresFit {
  readonly beta: Float64Array;
  readonly value: number;
  readonly converged: boolean;
  readonly iterations: number;
}

const SMALLEST = 1e-300;

/**
 * Minimises from `start`. Converged where the step promises less than `tolerance` of the sum of squares, relatively.
 *
 * @example levenbergMarquardt(problem, Float64Array.of(190, 700, 350)).beta
 */
export function levenbergMarquardt(
  problem: LeastSquares,
  start: Float64Array,
  { iterations = 200, tolerance = 1e-14 }: { readonly iterations?: number; readonly tolerance?: number } = {},
): LeastSquaresFit {
  const p = problem.size;
  const beta = start.slice();
  const JJ = new Float64Array(p * p);
  const Jr = new Float64Array(p);
  const damped = new Float64Array(p * p);
  const step = new Float64Array(p);
  const trial = new Float64Array(p);
  let damping = 1e-3;
  let value = problem.normal(beta, JJ, Jr);
  if (!Number.isFinite(value)) return { beta, value, converged: false, iterations: 0 };
  for (let iteration = 1; iteration <= iterations; iteration++) {
    let accepted = false;
    for (let attempt = 0; attempt < 40; attempt++) {
      damped.set(JJ);
      for (let j = 0; j < p; j++) damped[j * p + j]! += damping * Math.max(JJ[j * p + j]!, SMALLEST);
      step.set(Jr);
      if (choleskyFactor(damped, p)) {
        choleskySolve(damped, p, step);
        let promised = 0;
        for (let j = 0; j < p; j++) {
          promised += step[j]! * Jr[j]!;
          trial[j] = beta[j]! + step[j]!;
        }
        const next = problem.value(trial);
        if (next <= value) {
          const gain = value - next;
          beta.set(trial);
          damping = Math.max(1e-12, damping * (gain > 0.25 * promised ? 0.1 : 1));
          accepted = true;
          const done = promised <= tolerance * (value + SMALLEST);
          value = problem.normal(beta, JJ, Jr);
          if (!Number.isFinite(value)) return { beta, value, converged: false, iterations: iteration };
          if (done) return { beta, value, converged: true, iterations: iteration };
          break;
        }
        if (promised <= tolerance * (value + SMALLEST)) return { beta, value, converged: true, iterations: iteration };
      }
      damping *= 10;
      if (damping > 1e16) break;
    }
    if (!accepted) return { beta, value, converged: false, iterations: iteration };
  }
  return { beta, value, converged: false, iterations };
}
