/** The factor Λ of a random term from its entries in the natural parameter vector, and back for gradients. */
import type { CovarianceKind } from "./covariance-structure.ts";
import { structureOf } from "./structures.ts";

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
export function scaledEntries({
  size,
  terms,
}: {
  readonly size: number;
  readonly terms: readonly TermLayout[];
}): boolean[] {
  const scaled = new Array<boolean>(size).fill(false);
  for (const { covariance, sd, q, offset } of terms)
    structureOf(covariance, sd)
      .entries(q)
      .forEach((entry, i) => {
        scaled[offset + i] = entry !== null;
      });
  return scaled;
}
