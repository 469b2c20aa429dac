/**
 * What a covariance structure of a random term is: a family of covariance matrices Σ = ΛΛ' of the q effects of a level, Λ lower triangular,
 * in a few entries of the natural vector. Likelihoods, charts, priors and searches know structures by this interface alone.
 */

/**
 * The structures by name.
 *
 * - `us`: unstructured, q variances and q(q − 1)/2 covariances;
 * - `diag`: independent effects, q variances (lme4's `||`);
 * - `homdiag`: independent effects of one variance;
 * - `cs`: compound symmetry, q variances and one correlation;
 * - `homcs`: compound symmetry of one variance and one correlation.
 *
 * Names as in glmmTMB.
 */
export type CovarianceKind = "us" | "diag" | "homdiag" | "cs" | "homcs";

/** Ways off the boundary of a structure's parameters, at a point on it. */
export interface BoundaryMoves {
  readonly count: number;
  /** Whether moves can be mixed, the change of a function being a quadratic form in the weights to first order in ε². */
  readonly quadratic: boolean;
  /** The term's entries moved off by ε in the direction Σ weights_i move_i, Σ weights² = 1; weights are of one move alone unless `quadratic`. */
  move(weights: readonly number[], epsilon: number): Float64Array;
}

/**
 * One structure. Functions take the term's q, and entries as x[at], x[at + 1], …; matrices are q × q row-major.
 */
export interface CovarianceStructure {
  readonly kind: CovarianceKind;
  /** The pattern of Λ that holds its factors: the full lower triangle or the diagonal. */
  readonly pattern: "us" | "diag";
  /** Whether entries are those of Λ in its pattern, column by column. */
  readonly ofFactor: boolean;
  /** The standard deviations where they are given, one an effect: then entries and coordinates are of correlations alone. Else null. */
  readonly given: readonly number[] | null;
  /** Whether effects share one free standard deviation. */
  readonly homogeneous: boolean;
  /** Free correlations: none, one that all pairs share, or one a pair. */
  readonly correlations: "none" | "common" | "free";
  /** Whether changing the sign of a standard deviation gives a matrix of the structure, so that samplers may pass through 0. */
  readonly signedSds: boolean;
  /** Number of entries. */
  size(q: number): number;
  /**
   * By entry: the row and column of Λ or Σ it is about, [a, a] for a standard deviation, in units of effect `row`; null for one without a unit,
   * which stays as it is when effects are rescaled. Λ is proportional to the entries with a unit.
   */
  entries(q: number): readonly (readonly [row: number, column: number] | null)[];
  /** Overwrites L with Λ. */
  fill(q: number, x: Float64Array, at: number, L: Float64Array): void;
  /** Adds the gradient of a function of Λ, given as dL (its upper triangle is ignored), to that of the entries. */
  addGradient(q: number, x: Float64Array, at: number, dL: Float64Array, gradient: Float64Array): void;
  /** The entries of a lower-triangular factor of a matrix of the structure; of another matrix, those of one near it. */
  fromFactor(q: number, L: Float64Array, x: Float64Array, at: number): void;
  /** Changes signs of entries so that standard deviations are not negative, Σ unchanged. */
  fold(q: number, x: Float64Array, at: number): void;
  /** The entries of the same Σ that are unique: no negative diagonal, a diagonal of size up to `zero` taken as 0. */
  canonicalise(q: number, x: Float64Array, at: number, zero: number): void;
  /** Positions in x of canonical entries at, or idle because of, a boundary. */
  boundaryEntries(q: number, x: Float64Array, at: number): number[];
  /** Canonical entries with what is nearest the boundary, and nearer than `near`, put on it; null where nothing is. */
  snapped(q: number, x: Float64Array, at: number, near: number): Float64Array | null;
  boundaryMoves(q: number, x: Float64Array, at: number): BoundaryMoves;
  /** Writes about the inverse of the curvature of −log L in the entries, for that many levels, into the diagonal block of H at `at`, rows of `stride`. */
  inverseCurvature(q: number, x: Float64Array, at: number, levels: number, H: Float64Array, stride: number): void;
  /** Number of coordinates of the correlations in a posterior. */
  correlationSize(q: number): number;
  /**
   * weight·log det R at correlation coordinates z[from …] plus, when `jacobian`, the logarithm of the Jacobian of z → free correlations; adds the
   * gradient to dz when given.
   */
  correlationLogDensity(
    q: number,
    z: Float64Array,
    from: number,
    weight: number,
    jacobian: boolean,
    dz?: Float64Array,
  ): number;
}

/** The entries of correlation matrices R = CC', and what a structure does with them; the same functions as a structure's, of C for Λ. */
export type CorrelationEntries = Pick<
  CovarianceStructure,
  | "size"
  | "fill"
  | "addGradient"
  | "fromFactor"
  | "canonicalise"
  | "boundaryEntries"
  | "snapped"
  | "boundaryMoves"
  | "inverseCurvature"
>;

/** Number of free standard deviations of a structure. */
export const sdCount = ({ given, homogeneous }: CovarianceStructure, q: number): number =>
  given ? 0 : homogeneous ? 1 : q;
