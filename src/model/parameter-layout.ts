/**
 * The natural parameter vector, one flat Float64Array `x = [β | Λ | φ]`, and where everything is in it.
 *
 * - β: the coefficients of every predictor in turn.
 * - Λ: term by term the entries of the covariance structure of its lower-triangular factor, so that b = Λu, u ~ N(0, I), Σ = ΛΛ'. On the
 *   scale of the linear predictor (absolute, not relative to sigma). `us`: the lower triangle column by column, q(q+1)/2 entries; `diag`: the
 *   diagonal, q entries; others: see `covariance/structures.ts`.
 * - φ: the family's global parameters on their natural scale (`sigma` for gaussian, `theta` for nbinom2 …).
 */
import { boundStructure } from "../covariance/structures.ts";
import type { TermLayout } from "../covariance/term-factor.ts";

// the entries of a term are read and written by what lies beneath a model too
export {
  addFactorGradient,
  boundaryEntries,
  canonicaliseTerm,
  fillFactor,
  scaledEntries,
  type TermLayout,
  writeFactor,
} from "../covariance/term-factor.ts";

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
  terms: readonly Pick<TermLayout, "q" | "covariance" | "sd" | "places">[],
  globals: number,
): ParameterLayout {
  let offset = 0;
  const beta = betaSizes.map((size) => {
    const slice = { offset, size };
    offset += size;
    return slice;
  });
  const laidTerms = terms.map(({ q, covariance, sd, places }) => {
    const term = { q, covariance, ...(sd && { sd }), ...(places && { places }) };
    const { size } = boundStructure(term);
    const slice = { offset, size, ...term };
    offset += size;
    return slice;
  });
  const phi = { offset, size: globals };
  return { size: offset + globals, beta, terms: laidTerms, phi };
}
