/**
 * Orthogonal polynomials of a column, as R's `poly` and `contr.poly` (Kennedy and Gentle, *Statistical Computing*, 1980,
 * pp. 343-344), by the three-term recurrence p₋₁ = 0, p₀ = 1, p_{k+1}(x) = (x − α_k) p_k(x) − (n_k / n_{k−1}) p_{k−1}(x) with n_k = Σ p_k².
 */
export interface PolynomialBasis {
  readonly degree: number;
  readonly alpha: readonly number[];
  /** n₀ … n_degree. */
  readonly norms: readonly number[];
}

/** The basis over the values (NaN is left out), or null when there are no more distinct values than the degree. */
export function polynomialBasis(x: Float64Array, degree: number): PolynomialBasis | null {
  const values = x.filter((value) => Number.isFinite(value));
  if (new Set(values).size <= degree) return null;
  const n = values.length;
  let previous = new Float64Array(n);
  let current = new Float64Array(n).fill(1);
  const alpha: number[] = [];
  const norms: number[] = [n];
  for (let k = 0; k < degree; k++) {
    // Centred on the mean first, so that a large mean costs no digits.
    let shift = 0;
    if (k === 0) for (let i = 0; i < n; i++) shift += values[i]! / n;
    else shift = alpha[0]!;
    let weighted = 0;
    for (let i = 0; i < n; i++) weighted += (values[i]! - shift) * current[i]! * current[i]!;
    const a = shift + weighted / norms[k]!;
    const ratio = k === 0 ? 0 : norms[k]! / norms[k - 1]!;
    const next = new Float64Array(n);
    let norm = 0;
    for (let i = 0; i < n; i++) {
      next[i] = (values[i]! - a) * current[i]! - ratio * previous[i]!;
      norm += next[i]! * next[i]!;
    }
    alpha.push(a);
    norms.push(norm);
    previous = current;
    current = next;
  }
  return { degree, alpha, norms };
}

/** The polynomials of degree 1 to `degree` at the values, scaled to unit length over the fitted ones: n × degree, row-major. */
export function evaluatePolynomials(basis: PolynomialBasis, x: Float64Array): Float64Array {
  const { degree, alpha, norms } = basis;
  const out = new Float64Array(x.length * degree);
  for (let i = 0; i < x.length; i++) {
    let previous = 0;
    let current = 1;
    for (let k = 0; k < degree; k++) {
      const next = (x[i]! - alpha[k]!) * current - (k === 0 ? 0 : norms[k]! / norms[k - 1]!) * previous;
      out[i * degree + k] = next / Math.sqrt(norms[k + 1]!);
      previous = current;
      current = next;
    }
  }
  return out;
}
