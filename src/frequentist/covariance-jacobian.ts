/** The covariance matrix of a random term as a function of its factor. */
import { Matrix } from "ml-matrix";
import { boundStructure } from "../covariance/structures.ts";
import { covarianceEntrySlope } from "../covariance/term-factor.ts";
import { fillFactor, type TermLayout } from "../model/parameter-layout.ts";

/** The diagonal of a factor below this is too near singular to turn a slope in Λ into one in Σ. */
const NEAR_SINGULAR = 1e-2;

/** Places of the entries of Σ that stand for all of a term's. */
export const ownEntries = (term: TermLayout) => boundStructure(term).linear;

/** The entries of Σ that stand for all of a term's. */
export function covarianceEntries(term: TermLayout, x: Float64Array): Float64Array {
  const { q } = term;
  const L = new Float64Array(q * q);
  fillFactor(term, x, L);
  return Float64Array.from(ownEntries(term), ([a, b]) => {
    let sum = 0;
    for (let k = 0; k <= b; k++) sum += L[a * q + k]! * L[b * q + k]!;
    return sum;
  });
}

/** The slopes of those entries in the term's own; null where a diagonal entry of the factor is not above `least`. */
export function covarianceJacobian(term: TermLayout, x: Float64Array, least = NEAR_SINGULAR): Matrix | null {
  const { q, size, offset } = term;
  const L = new Float64Array(q * q);
  fillFactor(term, x, L);
  for (let a = 0; a < q; a++) if (!(Math.abs(L[a * q + a]!) > least)) return null;
  const J = Matrix.zeros(size, size);
  const dL = new Float64Array(q * q);
  const slope = new Float64Array(x.length);
  ownEntries(term).forEach((entry, i) => {
    covarianceEntrySlope(term, x, L, entry, dL, slope);
    for (let k = 0; k < size; k++) J.set(i, k, slope[offset + k]!);
  });
  return J;
}
