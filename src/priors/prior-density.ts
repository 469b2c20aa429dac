/** A prior as a density of the posterior's coordinates, and the units it is stated in. */

/** The linear maps from standardised to the user's units that priors are stated in. */
export interface PriorUnits {
  /** β = T β̃, coefficients × coefficients, row-major. */
  readonly coefficientMap: Float64Array;
  /** log|det T|. */
  readonly logDeterminant: number;
  /** m of τ = τ̃ + m'β̃, how thresholds move along with the coefficients: an entry a coefficient; zeros without thresholds. */
  readonly thresholdLevel: Float64Array;
  /** By term and effect: sd = s̃d / scale. */
  readonly scales: readonly Float64Array[];
}

export interface LogPrior {
  /** log p(z) of the coordinates of `chart` (β̃, signed or log sds, partial correlations, φ, hyperparameters); adds its gradient to dz. */
  evaluate(z: Float64Array, dz: Float64Array): number;
}
