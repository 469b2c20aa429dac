/** Families of correlation matrices R = CC', C lower triangular with rows of length 1, in a few entries: what structures are made of beside standard deviations. */
import type { Rng } from "../random/rng.ts";
import type { Boundary, ParameterLabel } from "./covariance-structure.ts";

/**
 * The LKJ distribution, density ∝ det(R)^(η−1) (Lewandowski, Kurowicka & Joe 2009), on the correlation matrices of a family: in the coordinates z that
 * a posterior has for them.
 */
export interface CorrelationPrior {
  /** Number of coordinates. */
  readonly size: number;
  /** The η of default priors; absent: 2. */
  readonly usualShape?: number;
  /**
   * weight·log det R at z[from …] plus, when `jacobian`, the logarithm of the Jacobian of z → free correlations; adds the gradient to dz when given.
   */
  logDensity(z: Float64Array, from: number, weight: number, jacobian: boolean, dz?: Float64Array): number;
  /** What makes det(R)^(η−1) integrate to 1 over the family. */
  logNormaliser(eta: number): number;
  /** Draws the coordinates into out[from …]. */
  draw(rng: Rng, eta: number, out: Float64Array, from: number): void;
}

/** The entries of correlation matrices of q effects, x[at], x[at + 1], …, and their coordinates in a posterior, z[from], z[from + 1], …. */
export interface Correlations {
  /** Number of entries, and of coordinates. */
  readonly size: number;
  /** What the entries are; absent: what correlations are made of. */
  readonly labels?: readonly ParameterLabel[];
  /** Overwrites C (q × q row-major). */
  fill(x: Float64Array, at: number, C: Float64Array): void;
  /** Adds the gradient of a function of C to that of the entries. */
  pullback(x: Float64Array, at: number, dC: Float64Array, gradient: Float64Array): void;
  /**
   * The entries of the correlations L_a·L_b/scale(a, b), of a matrix that is not of the family those of one near it.
   *
   * @param scale 0 for a pair that has no correlation
   */
  fromFactor(L: Float64Array, scale: (a: number, b: number) => number, x: Float64Array, at: number): void;
  canonicalise(x: Float64Array, at: number, zero: number): void;
  inverseCurvature(x: Float64Array, at: number, levels: number, H: Float64Array, stride: number): void;
  readonly boundary: Boundary;
  /** How far entries are from the boundary. */
  distance(x: Float64Array, at: number): number;
  /** Entries from which every direction of R can be seen where all variances are 0. */
  readonly corners: readonly Float64Array[];
  toEntries(z: Float64Array, from: number, x: Float64Array, at: number): void;
  toCoordinates(x: Float64Array, at: number, z: Float64Array, from: number): void;
  /** dz += (∂x/∂z)' dx. */
  pullbackCoordinates(z: Float64Array, from: number, dx: Float64Array, at: number, dz: Float64Array): void;
  /** Null where effects are independent. */
  readonly prior: CorrelationPrior | null;
}

/** No correlations: C = I. */
export function independent(q: number): Correlations {
  const nothing = () => undefined;
  return {
    size: 0,
    fill(_x, _at, C) {
      C.fill(0, 0, q * q);
      for (let a = 0; a < q; a++) C[a * q + a] = 1;
    },
    pullback: nothing,
    fromFactor: nothing,
    canonicalise: nothing,
    inverseCurvature: nothing,
    boundary: {
      entries: () => [],
      snapped: () => null,
      moves: () => ({ count: 0, quadratic: false, move: () => new Float64Array(0) }),
    },
    distance: () => Number.POSITIVE_INFINITY,
    corners: [],
    toEntries: nothing,
    toCoordinates: nothing,
    pullbackCoordinates: nothing,
    prior: null,
  };
}
