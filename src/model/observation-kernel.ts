/**
 * The observation kernel: Σ_i w_i ℓ(η_i1 … η_iK, φ; columns_i) over rows and its derivatives, as compiled from one traced log
 * density. Two phases: `bind` does the work that depends on data only, `setParameters` the work that depends on φ only,
 * and then the row functions run over contiguous rows.
 *
 * Derivative arrays hold w_i × derivative for row i. With several predictors, pairs r ≤ s are numbered
 * (0,0),(0,1)…(0,K−1),(1,1)… and triples r ≤ s ≤ t likewise in lexicographic order.
 */
export interface KernelBuffers {
  /** η of every predictor, K arrays of length n. Written by the caller, read by the kernel. */
  readonly eta: readonly Float64Array[];
  /** ∂ℓ/∂η_r a row. */
  readonly d1: readonly Float64Array[];
  /** ∂²ℓ/∂η_r∂η_s a row, by pair. */
  readonly d2: readonly Float64Array[];
  /** ∂³ℓ/∂η_r∂η_s∂η_t a row, by triple. */
  readonly d3: readonly Float64Array[];
  /** Σ over the rows of the last call of ∂ℓ/∂φ_g; length G. */
  readonly dPhi: Float64Array;
  /** ∂²ℓ/∂η_r∂φ_g a row, by [g][r]. */
  readonly d2Phi: readonly (readonly Float64Array[])[];
  /** ∂³ℓ/∂η_r∂η_s∂φ_g a row, by [g][pair]. */
  readonly d3Phi: readonly (readonly Float64Array[])[];
}

/**
 * A row function over many groups in one call: group g holds the rows start[g] ≤ i < start[g + 1]. Of the groups from ≤ g < to those
 * with mask[g] = wanted are computed (all where mask is null), the others' rows left alone. `out[g·(1 + G)]` receives the group's
 * Σ w ℓ and, where the row function sums them, the G entries after it Σ w ∂ℓ/∂φ.
 */
export type GroupFunction = (
  start: Int32Array,
  from: number,
  to: number,
  mask: Uint8Array | null,
  wanted: number,
  out: Float64Array,
) => void;

/** The row functions by group: the same numbers row by row, without a call for each of many small groups. */
export interface GroupFunctions {
  readonly value: GroupFunction;
  readonly score: GroupFunction;
  readonly curvature: GroupFunction;
  readonly adjoint: GroupFunction;
}

export interface BoundKernel extends KernelBuffers {
  readonly rows: number;
  /** Natural scale. Must be called before the row functions, after every change of φ. */
  setParameters(phi: Float64Array): void;
  /** Σ w ℓ over rows from ≤ i < to. NaN or −Infinity where the density is not defined. */
  value(from: number, to: number): number;
  /** As value; fills d1 and dPhi (overwritten: the sum over this call's rows). */
  score(from: number, to: number): number;
  /** As score (value, d1; dPhi not promised), and fills d2. */
  curvature(from: number, to: number): number;
  /** As curvature with dPhi, and fills d3, d2Phi, d3Phi. */
  adjoint(from: number, to: number): number;
  /** Where it is absent the caller loops over groups. */
  readonly byGroup?: GroupFunctions;
}

/** A compiled log density: source text and constants only, so it can be sent to a worker. */
export interface ObservationKernel {
  /** Number of predictors K. */
  readonly predictors: number;
  /** Number of global parameters G. */
  readonly globals: number;
  /** Names of the data columns it reads, in the order `bind` takes them: `y`, `trials`, `weights`, `offset`… */
  readonly columns: readonly string[];
  /** Generated JavaScript, or null where the interpreter is used. */
  readonly source: string | null;
  /**
   * @param columns data columns by name, each of length n (in the row order the caller will use)
   * @param frequencyWeights multiplies every row's log density; null = 1
   */
  bind(
    columns: Readonly<Record<string, Float64Array>>,
    rows: number,
    frequencyWeights: Float64Array | null,
  ): BoundKernel;
}
