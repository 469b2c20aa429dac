/**
 * The natural parameter vector, one flat Float64Array `x = [β | Λ | φ]`, and where everything is in it.
 *
 * - β: the coefficients of every predictor in turn.
 * - Λ: term by term the entries of the covariance structure of its lower-triangular factor, so that b = Λu, u ~ N(0, I), Σ = ΛΛ'. On the
 *   scale of the linear predictor (absolute, not relative to sigma). `us`: the lower triangle column by column, q(q+1)/2 entries; `diag`: the
 *   diagonal, q entries; others: see `covariance/structures.ts`.
 * - φ: the family's global parameters on their natural scale (`sigma` for gaussian, `theta` for nbinom2 …).
 */
import type { CovarianceKind } from "../covariance/covariance-structure.ts";
import { structureOf } from "../covariance/structures.ts";

export interface TermLayout {
  /** Position of the term's first entry in x. */
  readonly offset: number;
  /** Number of free entries. */
  readonly size: number;
  readonly q: number;
  readonly covariance: CovarianceKind;
  /** Given standard deviations of the effects; absent: they are free. */
  readonly sd?: readonly number[];
}

export interface ParameterLayout {
  readonly size: number;
  /** A slice of x for the coefficients of each predictor. */
  readonly beta: readonly { readonly offset: number; readonly size: number }[];
  readonly terms: readonly TermLayout[];
  readonly phi: { readonly offset: number; readonly size: number };
}

/** Lays out β for predictors of the given sizes, Λ for the terms, φ for `globals` parameters. */
export function parameterLayout(
  betaSizes: readonly number[],
  terms: readonly Pick<TermLayout, "q" | "covariance" | "sd">[],
  globals: number,
): ParameterLayout {
  let offset = 0;
  const beta = betaSizes.map((size) => {
    const slice = { offset, size };
    offset += size;
    return slice;
  });
  const laidTerms = terms.map(({ q, covariance, sd }) => {
    const size = structureOf(covariance, sd).size(q);
    const slice = { offset, size, q, covariance, ...(sd && { sd }) };
    offset += size;
    return slice;
  });
  const phi = { offset, size: globals };
  return { size: offset + globals, beta, terms: laidTerms, phi };
}

/** Writes the q × q lower-triangular Λ of a term (row-major, zeros above the diagonal) into `out` from the flat vector. */
export function fillFactor({ covariance, sd, q, offset }: TermLayout, x: Float64Array, out: Float64Array): void {
  structureOf(covariance, sd).fill(q, x, offset, out);
}

/** Adds the gradient with respect to Λ at x (q × q row-major; entries off the pattern are ignored) to the flat gradient. */
export function addFactorGradient(
  { covariance, sd, q, offset }: TermLayout,
  x: Float64Array,
  dFactor: Float64Array,
  gradient: Float64Array,
): void {
  structureOf(covariance, sd).addGradient(q, x, offset, dFactor, gradient);
}

/** Writes a q × q lower-triangular factor into the flat vector. */
export function writeFactor({ covariance, sd, q, offset }: TermLayout, L: Float64Array, x: Float64Array): void {
  structureOf(covariance, sd).fromFactor(q, L, x, offset);
}

/** Makes the entries of a term the unique ones of their Σ: standard deviations not negative, those up to `zero` taken as 0. */
export function canonicaliseTerm({ covariance, sd, q, offset }: TermLayout, x: Float64Array, zero = 0): void {
  structureOf(covariance, sd).canonicalise(q, x, offset, zero);
}

/** Positions in the flat vector of a term's canonical entries at the boundary, or idle because of it: those of a zero column of Λ. */
export function boundaryEntries({ covariance, sd, q, offset }: TermLayout, x: Float64Array): number[] {
  return structureOf(covariance, sd).boundaryEntries(q, x, offset);
}

/** By entry of x: whether it is proportional to Λ, as a standard deviation is and a correlation is not. False outside the terms. */
export function scaledEntries({ size, terms }: Pick<ParameterLayout, "size" | "terms">): boolean[] {
  const scaled = new Array<boolean>(size).fill(false);
  for (const { covariance, sd, q, offset } of terms)
    structureOf(covariance, sd)
      .entries(q)
      .forEach((entry, i) => {
        scaled[offset + i] = entry !== null;
      });
  return scaled;
}
