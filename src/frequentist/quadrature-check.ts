/**
 * Checks a Laplace approximation against adaptive Gauss-Hermite quadrature at a given point, and chooses the number of nodes:
 * raised along a fixed sequence until the log-likelihood moves by less than 1e-4.
 */
import type { IntegralShape } from "../marginal/integral-shape.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { evaluated, type Pausable, pauseDue } from "../optimise/pausable.ts";

/** Numbers of nodes tried, in turn. Odd, so that the mode itself is a node. */
const NODE_SEQUENCE = [3, 5, 7, 9, 11, 15, 21, 25, 31, 41, 51];
/** The log-likelihood has settled when more nodes move it by less. */
export const SETTLED = 1e-4;
/** A Laplace log-likelihood further off than this is not good enough. */
export const LAPLACE_TOLERANCE = 0.01;

/** The node counts that an integral of one grouping factor allows, k ≤ 51. */
export const nodeSequence = ({ mostNodes }: IntegralShape): number[] =>
  NODE_SEQUENCE.filter((nodes) => nodes <= mostNodes);

export interface QuadratureCheck {
  /** The number of nodes at which the value settled (or the most allowed). */
  readonly nodes: number;
  readonly logLik: number;
  /** By how much the last increase of nodes moved the value. */
  readonly moved: number;
}

/** Evaluates the log-likelihood at standardised x̃ with more and more nodes, from `from` on, until it settles. */
export function* settleNodes(
  model: CompiledModel,
  x: Float64Array,
  shape: IntegralShape,
  from = 0,
): Pausable<QuadratureCheck> {
  let previous = Number.NaN;
  let result: QuadratureCheck = { nodes: 1, logLik: Number.NaN, moved: Number.POSITIVE_INFINITY };
  for (const nodes of nodeSequence(shape)) {
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
