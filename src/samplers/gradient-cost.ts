/**
 * What a gradient costs with the random effects integrated out and with them sampled, in floating-point operations counted from the sizes
 * of the model: a clock would make the choice, and with it the draws, depend on the machine.
 */
import { eliminationPlan } from "../linalg/elimination-plan.ts";
import { hasCorrelatedRows } from "../marginal/correlated/correlated-rows.ts";
import type { IntegralPlan } from "../model/choose-integral.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { largestDenseGroup } from "../residual/create-correlation.ts";

/** Operations of one row's log density and score; of one transcendental function. */
const SCORE = 40;
/** Passes over the rows of the inner optimisation, on average; the last is that of the adjoint. */
const NEWTON = 4;

/** What a factor and a selected inverse cost beside a factor. */
const FACTOR_AND_INVERSE = 3;

export interface GradientCosts {
  readonly joint: number;
  readonly integrated: number;
}

/** @param nodes Gauss-Hermite nodes a dimension (1: Laplace); not used where the integral is exact */
export function gradientCosts(model: CompiledModel, { exact, shape }: IntegralPlan, nodes: number): GradientCosts {
  const { design, data, layout } = model;
  const p = layout.beta.reduce((sum, slice) => sum + slice.size, 0);
  const { n } = design;
  const { q } = shape;
  const joint =
    n * (SCORE + 4 * p + 8 * q) + design.random.reduce((sum, term) => sum + 4 * term.levels.length * term.q ** 2, 0);
  // Effects left when the largest factor, whose block is diagonal, has been eliminated: a dense system in the worst case.
  const sizes = new Map<string, number>();
  for (const term of design.random) sizes.set(term.group, (sizes.get(term.group) ?? 0) + term.levels.length * term.q);
  const bySize = [...sizes.values()].sort((a, b) => b - a);
  const rest = bySize.slice(1).reduce((sum, size) => sum + size, 0);
  const blocks = design.random.reduce((sum, term) => sum + term.levels.length, 0) * (q + p) ** 2 * (2 * q + 1);
  // Nested factors make no fill. Operations of dense blocks are about four times as fast as scattered ones.
  const related = design.random.reduce(
    (sum, { known, q: width }) =>
      sum + (known ? FACTOR_AND_INVERSE * width ** 3 * eliminationPlan(known.pattern, "minimum-degree").cost : 0),
    0,
  );
  const system =
    blocks + related + (shape.kind === "crossed" ? 0.25 * (2 * rest ** 3 + (bySize[0] ?? 0) * rest * q) : 0);
  if (exact) return { joint, integrated: system };
  // The middle one of an odd number of nodes is the mode itself, which costs nothing; Laplace has only that one.
  const grid = nodes ** q - (nodes % 2);
  const rows = n * (NEWTON * (SCORE / 2 + 4 * q + q * q) + grid * (SCORE / 2 + 4 * q) + 2 * SCORE + 8 * p + 8 * q ** 2);
  const pairs = correlatedPairs(data);
  return {
    joint: joint + 2 * pairs,
    integrated: rows + (NEWTON + 1) * system + (NEWTON + 2) * pairs * (4 * q * q + 2),
  };
}

/** Pairs of rows that are neighbours in the inverse residual correlation, where rows of a nonlinear mean are correlated. */
function correlatedPairs(data: CompiledModel["data"]): number {
  if (!hasCorrelatedRows(data)) return 0;
  const part = data.residual!.correlation!;
  if (largestDenseGroup(part, true) === 0) return 2 * data.n;
  let pairs = 0;
  for (let g = 0; g + 1 < part.start.length; g++) pairs += 0.5 * (part.start[g + 1]! - part.start[g]!) ** 2;
  return pairs;
}
