/** Starting values of the parameters of a residual structure. */
import { scalarMap } from "../charts/scalar.ts";
import type { ParameterSupport } from "../families/family.ts";
import type { Objective } from "../optimise/objective.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { GaussianProblem } from "./gaussian-maximum.ts";

/** A starting value pulled off the ends of its range, where working scales are infinite. */
export function inside(support: ParameterSupport, value: number): number {
  const [low, high] =
    support === "unit" ? [0, 1] : typeof support === "object" ? [support.lower, support.upper] : [-Infinity, Infinity];
  const margin = 1e-6 * (high - low);
  if (support === "positive") return Math.max(value, 1e-8);
  return margin < Infinity ? Math.min(Math.max(value, low + margin), high - margin) : value;
}

/** Moves the start to the best of the structure's alternative values, one parameter at a time. */
export function* tryAlternatives(
  model: GaussianProblem,
  objective: Objective,
  from: number,
  start: Float64Array,
): Pausable<void> {
  const scratch = new Float64Array(start.length);
  for (const [g, { support, alternatives }] of model.residual.parameters.entries()) {
    const { toUnconstrained } = scalarMap(support);
    let best = start[from + g]!;
    let lowest = alternatives.length > 0 ? objective(start, scratch) : 0;
    for (const value of alternatives) {
      start[from + g] = toUnconstrained(value);
      const reached = objective(start, scratch);
      if (pauseDue()) yield;
      if (reached < lowest) {
        lowest = reached;
        best = start[from + g]!;
      }
    }
    start[from + g] = best;
  }
}
