/** A differentiable log density on R^dim, the only thing a gradient-based sampler knows of a model. */
export interface LogDensity {
  readonly dim: number;
  /** Log density at z up to a constant that does not depend on z; overwrites `gradient`. −Infinity outside the support, never NaN, never throws. */
  evaluate(z: Float64Array, gradient: Float64Array): number;
  /**
   * Where the density has a symmetry: moves z (and the gradient there) to its representative, in place. The density is the same, so a
   * chain may be folded after every transition; its metric then describes one of the mirrored modes, not all of them.
   */
  fold?(z: Float64Array, gradient: Float64Array): void;
}
