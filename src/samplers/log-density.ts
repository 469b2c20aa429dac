/** A differentiable log density on R^dim, the only thing a gradient-based sampler knows of a model. */
export interface LogDensity {
  readonly dim: number;
  /** Log density at z up to a constant that does not depend on z; overwrites `gradient`. −Infinity outside the support, never NaN, never throws. */
  evaluate(z: Float64Array, gradient: Float64Array): number;
}
