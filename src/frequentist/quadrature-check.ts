/**
 * Checks a Laplace approximation against adaptive Gauss-Hermite quadrature at a given point, and chooses the number of nodes:
 * raised along a fixed sequence until the log-likelihood moves by less than 1e-4.
 */
import type { CompiledModel } from "../model/compiled-model.ts";
import { evaluated, type Pausable, pauseDue } from "../optimise/pausable.ts";

/** Numbers of nodes tried, in turn. Odd, so that the mode itself is a node. */
const NODE_SEQUENCE = [3, 5, 7, 9, 11, 15, 21, 25, 31, 41, 51];
const MOST_NODES_A_GROUP = 2000;
/** The log-likelihood has settled when more nodes move it by less. */
export const SETTLED = 1e-4;
/** A Laplace log-likelihood further off than this is not good enough. */
export const LAPLACE_TOLERANCE = 0.01;

/** The node counts a model with q random effects a group allows: k ≤ 51, k^q ≤ 2000. */
export const nodeSequence = (q: number): number[] => NODE_SEQUENCE.filter((nodes) => nodes ** q <= MOST_NODES_A_GROUP);

export interface QuadratureCheck {
  /** The number of nodes at which the value settled (or the most allowed). */
  readonly nodes: number;
  readonly logLik: number;
  /** By how much the last increase of nodes moved the value. */
  readonly moved: number;
}

/** Evaluates the log-likelihood at standardised x̃ with more and more nodes, from `from` on, until it settles. */
export function* settleNodes(model: CompiledModel, x: Float64Array, q: number, from = 0): Pausable<QuadratureCheck> {
  let previous = Number.NaN;
  let result: QuadratureCheck = { nodes: 1, logLik: Number.NaN, moved: Number.POSITIVE_INFINITY };
  for (const nodes of nodeSequence(q)) {
    if (nodes < from) continue;
    const logLik = model.standardisedMarginal({ kind: "agq", nodes }).evaluate(x);
    evaluated(Number.NaN);
    if (pauseDue()) yield;
    result = { nodes, logLik, moved: Math.abs(logLik - previous) };
    if (result.moved < SETTLED) break;
    previous = logLik;
  }
  return result;
}
