/** Standard deviations of coefficients as functions of a few hyperparameters, with the hyperparameters' own chart and density. */
export interface CoefficientScales {
  /** Number m of coefficients. */
  readonly count: number;
  /** Number of unconstrained coordinates of the hyperparameters. */
  readonly size: number;
  /** Number of natural hyperparameters. */
  readonly naturalSize: number;
  /**
   * Overwrites `out` (length m) with log s_j, the coordinates being z[at …].
   *
   * @param logSigma log of the residual sd where the scales are in its units, else 0
   */
  logScales(z: Float64Array, at: number, logSigma: number, out: Float64Array): void;
  /** Adds Σ_j d_j ∂(log s_j)/∂z to dz[at …]; returns the same for log σ. */
  pullback(z: Float64Array, at: number, logSigma: number, d: Float64Array, dz: Float64Array): number;
  /** Log density of the coordinates, Jacobian included, normalised; adds its gradient to dz[at …] when given. */
  logDensity(z: Float64Array, at: number, dz?: Float64Array): number;
  /** Natural hyperparameters into `out`, from its beginning. */
  toNatural(z: Float64Array, at: number, logSigma: number, out: Float64Array): void;
  /** Their coordinates into z[at …]. */
  toUnconstrained(natural: ArrayLike<number>, logSigma: number, z: Float64Array, at: number): void;
}
