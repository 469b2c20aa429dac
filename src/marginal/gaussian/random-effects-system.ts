/**
 * The linear system of the random effects u, b = Λu: H = P + Λ'(Z'WZ)Λ = LL', with P their precision before any data: the identity, and
 * A⁻¹ ⊗ I for a factor with known covariance A across levels. It is written with Λ inside, so that it is P at Λ = 0 and never singular.
 *
 * Arrays X are size × columns, row-major, rows in the order of u. Λ is given as one q × q row-major block a factor.
 */
export interface RandomEffectsSystem {
  /** Length of u. */
  readonly size: number;
  /** Factors H at Λ. False where that fails (overflow, NaN). */
  factorise(lambda: readonly Float64Array[]): boolean;
  /** log|H| − log|P|. */
  logDet(): number;
  /** X ← L⁻¹X; the result is in elimination order. */
  halfSolve(x: Float64Array, columns: number): void;
  /** X ← L⁻ᵀX, back to the order of u. */
  halfSolveTransposed(x: Float64Array, columns: number): void;
  /** x'H⁻¹x of the x with value[e] at position[e], e < count, and zeros elsewhere; at the cost of what it touches. */
  quadraticForm(position: Int32Array, value: Float64Array, count: number): number;
  /** out ← out − (Z'WZ) X. */
  subtractCrossproduct(x: Float64Array, out: Float64Array, columns: number): void;
  /**
   * Adds ∂log|H|/∂Λ = 2 Σ over levels of the diagonal blocks of (Z'WZ)ΛH⁻¹ to one q × q block a factor; exact at singular Λ, because
   * it needs H⁻¹ only where Z'WZ has entries.
   */
  addLogDetGradient(gradient: readonly Float64Array[]): void;
  /** Diagonal blocks of H⁻¹ of a factor: levels × q × q row-major. */
  inverseBlocks(factor: number, out: Float64Array): void;
  /** Entries of H⁻¹ on the sparse pattern of Z'WZ, as stored there; absent where that is block-diagonal. */
  inverseEntries?(): Float64Array;
}
