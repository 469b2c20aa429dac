/** The factor Λ of a random term from its entries in the natural parameter vector, and back for gradients. */
import type { Places } from "./covariance-structure.ts";
import { boundStructure, type CovarianceKind } from "./structures.ts";

export interface TermLayout {
  /** Position of the term's first entry in x. */
  readonly offset: number;
  /** Number of free entries. */
  readonly size: number;
  readonly q: number;
  readonly covariance: CovarianceKind;
  /** Given standard deviations of the effects; absent: they are free. */
  readonly sd?: readonly number[];
  /** Where the effects are, of a structure of places. */
  readonly places?: Places;
}

/** Writes the q × q lower-triangular Λ of a term (row-major, zeros above the diagonal) into `out` from the flat vector. */
export function fillFactor(term: TermLayout, x: Float64Array, out: Float64Array): void {
  boundStructure(term).fill(x, term.offset, out);
}

/** Adds the gradient with respect to Λ at x (q × q row-major; entries off the pattern are ignored) to the flat gradient. */
export function addFactorGradient(
  term: TermLayout,
  x: Float64Array,
  dFactor: Float64Array,
  gradient: Float64Array,
): void {
  boundStructure(term).pullback(x, term.offset, dFactor, gradient);
}

/**
 * Writes the gradient of Σ[a, b], b ≤ a, of Σ = ΛΛ' into the flat gradient, which holds it alone then.
 *
 * @param L Λ at x, q × q
 * @param scratch q × q numbers, overwritten
 */
export function covarianceEntrySlope(
  term: TermLayout,
  x: Float64Array,
  L: Float64Array,
  [a, b]: readonly [a: number, b: number],
  scratch: Float64Array,
  gradient: Float64Array,
): void {
  const { q } = term;
  scratch.fill(0);
  gradient.fill(0);
  for (let k = 0; k <= b; k++) {
    scratch[a * q + k]! += L[b * q + k]!;
    scratch[b * q + k]! += L[a * q + k]!;
  }
  addFactorGradient(term, x, scratch, gradient);
}

/** Writes a q × q lower-triangular factor into the flat vector. */
export function writeFactor(term: TermLayout, L: Float64Array, x: Float64Array): void {
  boundStructure(term).fromFactor(L, x, term.offset);
}

/** Makes the entries of a term the unique ones of their Σ: standard deviations not negative, those up to `zero` taken as 0. */
export function canonicaliseTerm(term: TermLayout, x: Float64Array, zero = 0): void {
  boundStructure(term).canonicalise(x, term.offset, zero);
}

/** Positions in the flat vector of a term's canonical entries at the boundary, or idle because of it: those of a zero column of Λ. */
export function boundaryEntries(term: TermLayout, x: Float64Array): number[] {
  return boundStructure(term).boundary.entries(x, term.offset);
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
  for (const term of terms)
    boundStructure(term).labels.forEach(({ unit }, i) => {
      scaled[term.offset + i] = unit !== null;
    });
  return scaled;
}
