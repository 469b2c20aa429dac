/** How many Gauss-Hermite nodes the integral needs: settled before sampling, at the mode and at larger standard deviations. */
import type { CompiledModel } from "../model/compiled-model.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";

const SEQUENCE = [1, 3, 5, 7, 9, 11, 15, 21, 25, 31, 41, 51, 75, 99];
/** Most nodes of a group's product grid. */
const MOST_GRID = 100;
/** More nodes may move the log-likelihood by at most this. */
const SETTLED = 0.01;

export interface NodeChoice {
  readonly nodes: number;
  /** By how much the next larger rule moves the log-likelihood. */
  readonly moved: number;
  readonly settled: boolean;
}

/**
 * The smallest rule that the next larger one changes by less than 0.01, at every one of `points`.
 *
 * @param integral by method, of standardised natural parameters
 * @param q random effects a group
 */
export function* chooseNodes(
  integral: CompiledModel["standardisedMarginal"],
  q: number,
  points: readonly Float64Array[],
): Pausable<NodeChoice> {
  const rules = SEQUENCE.filter((nodes) => nodes === 1 || nodes ** q <= MOST_GRID);
  const at = function* (nodes: number): Pausable<number[]> {
    const marginal = integral(nodes === 1 ? { kind: "laplace" } : { kind: "agq", nodes });
    const values: number[] = [];
    for (const point of points) {
      values.push(marginal.evaluate(point));
      if (pauseDue()) yield;
    }
    return values;
  };
  let previous = yield* at(1);
  let moved = Infinity;
  for (let i = 1; i < rules.length; i++) {
    const next = yield* at(rules[i]!);
    moved = Math.max(...next.map((value, j) => Math.abs(value - previous[j]!)));
    if (moved < SETTLED) return { nodes: rules[i - 1]!, moved, settled: true };
    previous = next;
  }
  return { nodes: rules.at(-1)!, moved, settled: false };
}
