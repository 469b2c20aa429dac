/**
 * The natural scale of a covariance factor: steps Λ(I + δ), in which the log-likelihood of J levels has curvature of about 2J
 * (diagonal of δ) and J (below it) whatever Λ is.
 */
import { boundStructure } from "../covariance/structures.ts";
import { choleskyFactor } from "../linalg/dense-cholesky.ts";
import type { TermLayout } from "../model/parameter-layout.ts";
import { fillFactor, writeFactor } from "../model/parameter-layout.ts";
import type { Objective } from "../optimise/objective.ts";

/**
 * One step of expectation-maximisation (Laird & Ware 1982) for every factor, from the gradient alone: with D = ∂log L/∂Λ and
 * M = ½ sym(Λ'D), Σ ← Λ(I + 2M/J)Λ'. Changes `theta` in place; a term whose step is not positive definite stays.
 *
 * @param objective −log L; @param levels J of each term
 */
export function expectationMaximisationStep(
  objective: Objective,
  terms: readonly TermLayout[],
  levels: readonly number[],
  theta: Float64Array,
): void {
  const gradient = new Float64Array(theta.length);
  if (!Number.isFinite(objective(theta, gradient))) return;
  terms.forEach((term, t) => {
    const { q, ofFactor } = boundStructure(term);
    // the gradient has to be that in the entries of Λ
    if (!ofFactor) return;
    const J = levels[t]!;
    const L = new Float64Array(q * q);
    const D = new Float64Array(q * q);
    fillFactor(term, theta, L);
    fillFactor(term, gradient, D);
    const step = new Float64Array(q * q);
    for (let i = 0; i < q; i++)
      for (let j = 0; j <= i; j++) {
        let s = 0;
        for (let k = i; k < q; k++) s -= L[k * q + i]! * D[k * q + j]!;
        step[i * q + j] = s / J + (i === j ? 1 : 0);
      }
    if (!choleskyFactor(step, q)) return;
    const next = new Float64Array(q * q);
    for (let i = 0; i < q; i++)
      for (let j = 0; j <= i; j++) for (let k = j; k <= i; k++) next[i * q + j]! += L[i * q + k]! * step[k * q + j]!;
    writeFactor(term, next, theta);
  });
}

/** The inverse curvature of −log L in the entries of Λ by that rule: size × size, block-diagonal. */
export function factorMetric(
  terms: readonly TermLayout[],
  levels: readonly number[],
  theta: Float64Array,
): Float64Array {
  const size = theta.length;
  const H = new Float64Array(size * size);
  terms.forEach((term, t) => {
    boundStructure(term).inverseCurvature(theta, term.offset, Math.max(2, levels[t]!), H, size);
  });
  return H;
}
