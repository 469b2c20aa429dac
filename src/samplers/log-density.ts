/** A differentiable log density on R^dim, the only thing a gradient-based sampler knows of a model. */
export interface LogDensity {
  readonly dim: number;
  /** Log density at z up to a constant that does not depend on z; overwrites `gradient`. −Infinity outside the support, never NaN, never throws. */
  evaluate(z: Float64Array, gradient: Float64Array): number;
  /**
   * Where the density has a symmetry: moves z (and the gradient there) to its representative, in place. A chain starts there, where the
   * mode's metric describes the density. It must not be folded after transitions: with a metric that lacks the symmetry (a covariance
   * between a signed standard deviation and anything else) folded transitions do not leave the density invariant.
   */
  fold?(z: Float64Array, gradient: Float64Array): void;
}
