/** What integral the random terms of a model make, and by how many nodes it can be taken. */
import { hasCorrelatedRows } from "./correlated/correlated-rows.ts";
import type { IntegralData } from "./integral-data.ts";
import { areAllNested, groupingFactors } from "./laplace/grouping.ts";

/** Largest rule; beyond it the Hermite functions underflow at the outer nodes. */
export const MOST_NODES = 600;

/** Most nodes of the product grid of one group, k^q. */
export const MOST_GRID_NODES = 2000;

export interface IntegralShape {
  /**
   * No random terms; all on one grouping factor; several, each nested in the next; several otherwise, or one with a known covariance across levels,
   * or correlated rows of a nonlinear mean.
   */
  readonly kind: "none" | "grouped" | "nested" | "crossed";
  /** Random effects that act on one row: the sum of the terms' q. For `grouped` the dimension of each group's integral. */
  readonly q: number;
  /** Names of the distinct grouping factors. */
  readonly factors: readonly string[];
  /** Most nodes a dimension that adaptive Gauss-Hermite quadrature may use; 1 where there is only Laplace. */
  readonly mostNodes: number;
}

/** What of a model's data its integral's shape depends on. */
export type ShapedData = Pick<IntegralData, "random" | "predictors" | "residual">;

/** What integral a model's random terms make, and whether quadrature can do it. */
export function integralShape(data: ShapedData): IntegralShape {
  const found = groupingFactors(data.random);
  const q = data.random.reduce((sum, term) => sum + term.q, 0);
  const factors = found.map((factor) => factor.name);
  if (found.length === 0) return { kind: "none", q, factors, mostNodes: 1 };
  if (hasCorrelatedRows(data) || found.some((factor) => factor.known))
    return { kind: "crossed", q, factors, mostNodes: 1 };
  if (found.length > 1) return { kind: areAllNested(found) ? "nested" : "crossed", q, factors, mostNodes: 1 };
  let mostNodes = 1;
  while (mostNodes < MOST_NODES && (mostNodes + 1) ** q <= MOST_GRID_NODES) mostNodes++;
  return { kind: "grouped", q, factors, mostNodes };
}
