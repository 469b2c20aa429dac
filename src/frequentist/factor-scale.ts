/**
 * The natural scale of a covariance factor: steps Λ(I + δ), in which the log-likelihood of J levels has curvature of about 2J
 * (diagonal of δ) and J (below it) whatever Λ is.
 */
import { choleskyFactor } from "../linalg/dense-cholesky.ts";
import type { TermLayout } from "../model/parameter-layout.ts";
import { fillFactor } from "../model/parameter-layout.ts";
import type { Objective } from "../optimise/objective.ts";
import { writeFactor } from "./canonical-factor.ts";

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
    const { q } = term;
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
        // a diagonal covariance has no entries off the diagonal to step in
        step[i * q + j] = (term.covariance === "diag" && i !== j ? 0 : s / J) + (i === j ? 1 : 0);
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
    const { q, offset } = term;
    const J = Math.max(2, levels[t]!);
    const L = new Float64Array(q * q);
    fillFactor(term, theta, L);
    let start = offset;
    for (let column = 0; column < q; column++) {
      const length = term.covariance === "diag" ? 1 : q - column;
      for (let a = 0; a < length; a++)
        for (let b = 0; b < length; b++) {
          let s = 0;
          for (let k = column; k <= column + Math.min(a, b); k++)
            s += (L[(column + a) * q + k]! * L[(column + b) * q + k]!) / (k === column ? 2 * J : J);
          H[(start + a) * size + start + b] = s;
        }
      start += length;
    }
  });
  return H;
}
