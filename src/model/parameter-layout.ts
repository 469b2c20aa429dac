/**
 * The natural parameter vector, one flat Float64Array `x = [β | Λ | φ]`, and where everything is in it.
 *
 * - β: the coefficients of every predictor in turn.
 * - Λ: term by term the free entries of the lower-triangular covariance factor, so that b = Λu, u ~ N(0, I), Σ = ΛΛ'. On the scale
 *   of the linear predictor (absolute, not relative to sigma). `us`: the lower triangle column by column, q(q+1)/2 entries;
 *   `diag`: the diagonal, q entries.
 * - φ: the family's global parameters on their natural scale (`sigma` for gaussian, `theta` for nbinom2 …).
 */
export interface TermLayout {
  /** Position of the term's first entry in x. */
  readonly offset: number;
  /** Number of free entries. */
  readonly size: number;
  readonly q: number;
  readonly covariance: "us" | "diag";
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
  terms: readonly { readonly q: number; readonly covariance: "us" | "diag" }[],
  globals: number,
): ParameterLayout {
  let offset = 0;
  const beta = betaSizes.map((size) => {
    const slice = { offset, size };
    offset += size;
    return slice;
  });
  const laidTerms = terms.map(({ q, covariance }) => {
    const size = covariance === "us" ? (q * (q + 1)) / 2 : q;
    const slice = { offset, size, q, covariance };
    offset += size;
    return slice;
  });
  const phi = { offset, size: globals };
  return { size: offset + globals, beta, terms: laidTerms, phi };
}

/** Writes the q × q lower-triangular Λ of a term (row-major, zeros above the diagonal) into `out` from the flat vector. */
export function fillFactor(term: TermLayout, x: Float64Array, out: Float64Array): void {
  const { q, offset } = term;
  out.fill(0, 0, q * q);
  if (term.covariance === "diag") {
    for (let a = 0; a < q; a++) out[a * q + a] = x[offset + a]!;
    return;
  }
  let position = offset;
  for (let column = 0; column < q; column++)
    for (let row = column; row < q; row++) out[row * q + column] = x[position++]!;
}

/** Adds the gradient with respect to Λ (q × q row-major; entries off the pattern are ignored) to the flat gradient. */
export function addFactorGradient(term: TermLayout, dFactor: Float64Array, gradient: Float64Array): void {
  const { q, offset } = term;
  if (term.covariance === "diag") {
    for (let a = 0; a < q; a++) gradient[offset + a]! += dFactor[a * q + a]!;
    return;
  }
  let position = offset;
  for (let column = 0; column < q; column++)
    for (let row = column; row < q; row++) gradient[position++]! += dFactor[row * q + column]!;
}
