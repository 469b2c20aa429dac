/** The covariance of the random effects of a model with one grouping factor given the data: H is block-diagonal, a q × q block a group. */
import { solveLower, solveLowerTransposed } from "../../linalg/triangular.ts";
import { blockDiagonalForm } from "../block-diagonal-form.ts";
import type { EffectsCovariance, EffectsOfTerm } from "../effects-covariance.ts";
import type { GroupedModel } from "./grouped-model.ts";

/** At the parameters last set and the modes last found. */
export function groupedCovariance({ blocks, groups, q, modes }: GroupedModel): EffectsCovariance {
  const L = modes.L.slice();
  const terms: EffectsOfTerm[] = [];
  for (const block of blocks)
    for (const { term, layout, first, factor, levelOf } of block.terms) {
      const start = new Int32Array(groups);
      for (let g = 0; g < groups; g++) start[levelOf[g]!] = g * q + block.first + first;
      terms[term] = { q: layout.q, start, factor: factor.slice() };
    }
  const each = (solve: typeof solveLower) => (x: Float64Array) => {
    for (let g = 0; g < groups; g++) solve(L, g * q * q, q, q, x, g * q);
  };
  return {
    size: groups * q,
    terms,
    independentLevels: true,
    halfSolve: each(solveLower),
    halfSolveTransposed: each(solveLowerTransposed),
    quadraticForm: (position, value, count) => blockDiagonalForm(L, q, position, value, count),
  };
}
