/** A function to minimise: returns f(x) and overwrites `gradient`. +Infinity (never NaN) where f cannot be computed. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface MinimiseOptions {
  /** Most iterations; default 200. */
  readonly maxIterations?: number;
  /**
   * Stops when the predicted further decrease ½ g'H⁻¹g, in the units of f, is below this; default 1e-10. For a log-likelihood
   * a decrease of ε is √(2ε) standard errors.
   */
  readonly tolerance?: number;
  /** Starting inverse Hessian, row-major d × d; default a multiple of the identity chosen from the first step. */
  readonly inverseHessian?: Float64Array;
  /** Called after each iteration; return false to stop. */
  readonly onIteration?: (iteration: number, value: number) => boolean | undefined;
}

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  readonly iterations: number;
  /** Evaluations of f with gradient. */
  readonly evaluations: number;
  /** Whether the stopping rule was met (not the iteration limit or a failed line search). */
  readonly converged: boolean;
  /** The final approximation of the inverse Hessian, row-major. */
  readonly inverseHessian: Float64Array;
}
