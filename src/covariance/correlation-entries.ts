/** The entries of a correlation matrix as a function of one number a pair of members: a distance, a lag, a pair of occasions. Residuals and random effects have them alike. */
export interface CorrelationEntries {
  /** Number of estimated parameters. */
  readonly size: number;
  /** False where the parameters are out of range. */
  set(psi: Float64Array, at: number): boolean;
  /** The number of the pair of positions i > j. */
  argument(i: number, j: number): number;
  value(argument: number): number;
  /** Adds adjoint · ∂value(argument)/∂ψ to dPsi. */
  pullback(argument: number, adjoint: number, dPsi: Float64Array, at: number): void;
}
