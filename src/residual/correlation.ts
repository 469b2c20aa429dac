/**
 * What the Gaussian integral needs of a residual correlation structure: the block-diagonal correlation matrix C(ψ), one block a group,
 * through solves, its determinant and their derivatives. Vectors are in the structure's order of the rows (see `CorrelationPart`).
 */

/**
 * Entries of C⁻¹ by pairs of rows, each unordered pair once: row[k] ≥ partner[k]. Pairs of several groups may share one stored value.
 */
export interface PairList {
  readonly row: Int32Array;
  readonly partner: Int32Array;
  /** Where the pair's entry of C⁻¹ is stored in `precision`. */
  readonly stored: Int32Array;
  /** Entries of C⁻¹, as of the last `set`. */
  readonly precision: Float64Array;
}

export interface Correlation {
  /** Number of estimated parameters. */
  readonly size: number;
  /** Takes ψ[at …]; false where C is not positive definite. */
  set(psi: Float64Array, at: number): boolean;
  /** log|C|. */
  logDet(): number;
  /** out ← C⁻¹x; n × columns, row-major. */
  multiplyPrecision(x: Float64Array, columns: number, out: Float64Array): void;
  /** Adds ∂/∂ψ of log|C| + Σ_c weight_c f_c'C⁻¹f_c, f held, to dPsi[at …]. */
  pullbackColumns(f: Float64Array, columns: number, weight: Float64Array, dPsi: Float64Array, at: number): void;
  /** x ← L⁻¹x, C = LL': uncorrelated with variance 1 where x has correlation C. One column. */
  whiten(x: Float64Array): void;
  /** x ← Lx. One column. */
  colour(x: Float64Array): void;
  /** x ← Cx. One column. */
  multiply(x: Float64Array): void;
  /** C⁻¹ by pairs, for models with random effects; absent where it would be full although solves are cheap. */
  readonly pairs?: PairList;
  /** Adds ∂/∂ψ of log|C| + Σ over ordered pairs K_ij (C⁻¹)_ij to dPsi; `adjoint` sums K over the pairs that share a stored entry. */
  pullbackPairs?(adjoint: Float64Array, dPsi: Float64Array, at: number): void;
}
