/**
 * What a covariance structure is: a family of covariance matrices Σ = ΛΛ' of q effects, Λ lower triangular, in a few entries of the natural
 * vector. Likelihoods, priors, samplers and searches know structures by these interfaces alone.
 */
import type { CorrelationPrior } from "./correlations.ts";
import type { SdCoordinate } from "./standard-deviation.ts";
import type { TermTransform } from "./term-transform.ts";

/** What an entry of a structure is. */
export interface ParameterLabel {
  /** A standard deviation, an entry of Λ below its diagonal, what correlations are made of, or the logarithm of a parameter with a name. */
  readonly kind: "sd" | "cov" | "cor" | "parameter";
  /** Of a parameter: `range`. */
  readonly name?: string;
  /** The effects it is about, of a covariance the row and the column; empty where it is about all. */
  readonly of: readonly number[];
  /** The effect in whose units it is; null for one without a unit, which stays as it is when effects are rescaled. Λ is proportional to the others. */
  readonly unit: number | null;
}

/** Ways off the boundary of a structure's parameters, at a point on it. */
export interface BoundaryMoves {
  readonly count: number;
  /** Whether moves can be mixed, the change of a function being a quadratic form in the weights to first order in ε². */
  readonly quadratic: boolean;
  /** The term's entries moved off by ε in the direction Σ weights_i move_i, Σ weights² = 1; weights are of one move alone unless `quadratic`. */
  move(weights: readonly number[], epsilon: number): Float64Array;
}

/** A structure's boundary, where variances are 0 or Σ is singular otherwise. */
export interface Boundary {
  /** Positions in x of canonical entries at, or idle because of, a boundary. */
  entries(x: Float64Array, at: number): number[];
  /** Canonical entries with what is nearest the boundary, and nearer than `near`, put on it; null where nothing is. */
  snapped(x: Float64Array, at: number, near: number): Float64Array | null;
  moves(x: Float64Array, at: number): BoundaryMoves;
}

/**
 * A structure of q effects. Entries are x[at], x[at + 1], …; matrices are q × q row-major.
 */
export interface BoundStructure {
  readonly name: string;
  readonly q: number;
  /** Number of entries. */
  readonly size: number;
  /** By entry. */
  readonly labels: readonly ParameterLabel[];
  /** Whether effects are independent: Λ is diagonal. */
  readonly diagonal: boolean;
  /** Whether every covariance matrix is one of the structure's. */
  readonly unstructured: boolean;
  /** Whether entries are those of Λ, column by column. */
  readonly ofFactor: boolean;
  /**
   * Whether tables report one standard deviation, of all effects, and the parameters with names, exp of their entries; else all standard deviations and
   * correlations.
   */
  readonly summarised: boolean;
  /** The standard deviations where they are given, one an effect: then entries and coordinates are of correlations alone. Else null. */
  readonly given: readonly number[] | null;
  /** Number of free standard deviations: q, 1 where effects share one, 0 where they are given. */
  readonly sds: number;
  /** Whether effects share one free standard deviation. */
  readonly homogeneous: boolean;
  /** Whether changing the sign of a standard deviation gives a matrix of the structure, so that samplers may pass through 0. */
  readonly signedSds: boolean;
  /** Whether Σ + cI is one of the structure's matrices: then a residual variance is not told from it where each row has effects of its own. */
  readonly absorbsResidual: boolean;
  /**
   * The entries of Σ, row ≥ column, that stand for all of it where the structure's matrices are a linear space; else empty. Where effects share one standard
   * deviation an entry stands for its diagonal, or for all beside it.
   */
  readonly linear: readonly (readonly [row: number, column: number])[];
  /** Overwrites `factor` with Λ. */
  fill(x: Float64Array, at: number, factor: Float64Array): void;
  /** Adds the gradient of a function of Λ, given as dFactor (its upper triangle is ignored), to that of the entries. */
  pullback(x: Float64Array, at: number, dFactor: Float64Array, gradient: Float64Array): void;
  /** The entries of a lower-triangular factor of a matrix of the structure; of another matrix, those of one near it. */
  fromFactor(factor: Float64Array, x: Float64Array, at: number): void;
  /** Changes signs of entries so that standard deviations are not negative, Σ unchanged. */
  fold(x: Float64Array, at: number): void;
  /** The entries of the same Σ that are unique: no negative diagonal, a diagonal of size up to `zero` taken as 0. */
  canonicalise(x: Float64Array, at: number, zero: number): void;
  /** Writes about the inverse of the curvature of −log L in the entries, for that many levels, into the diagonal block of H at `at`, rows of `stride`. */
  inverseCurvature(x: Float64Array, at: number, levels: number, H: Float64Array, stride: number): void;
  readonly boundary: Boundary;
  /** A posterior's coordinates of the entries. @param coordinates by free standard deviation */
  transform(coordinates: readonly SdCoordinate[]): TermTransform;
  /** Of the correlations in a posterior's coordinates; null where effects are independent. */
  readonly prior: CorrelationPrior | null;
}

/** Coordinates of places, one list an effect. */
export type Places = readonly (readonly number[])[];

/** What a structure is bound to. */
export interface StructureTerm {
  readonly q: number;
  /** Given standard deviations, one an effect; absent: they are free. */
  readonly sd?: readonly number[];
  /** Where the effects are, of a structure of places. */
  readonly places?: Places;
}

/** A structure before it knows the number of its effects. */
export interface CovarianceStructure {
  /** What it is called in messages: `compound symmetry`. */
  readonly meaning: string;
  /** What is said of Σ where the model is stated: ` with one correlation`. */
  readonly statement: string;
  /** Whether effects are independent. */
  readonly diagonal: boolean;
  /** Whether its effects are the levels of one factor, in their order. */
  readonly ofLevels?: boolean;
  /** Of effects at places: the least and the largest number of coordinates. Tables then report the standard deviation and the parameters alone. */
  readonly places?: readonly [least: number, most: number];
  bind(name: string, term: StructureTerm): BoundStructure;
}
