/** Texts of the choice of integral. */
import type { Issue } from "./issue.ts";

export function quadratureAcrossFactors(factors: readonly string[], nodes: number): Issue {
  return {
    code: "quadrature-across-factors",
    path: ["method"],
    message: `Adaptive Gauss-Hermite quadrature with ${nodes} nodes needs one grouping factor, but the random terms have ${factors.length} (${factors.join(", ")}); use Laplace's approximation, laplace(), or keep the terms of one factor only.`,
  };
}

export function tooManyNodes(nodes: number, q: number, factor: string, most: number, limit: number): Issue {
  const most1 =
    most === 1
      ? "use Laplace's approximation, laplace()"
      : `use at most ${most} nodes, agq(${most}), or Laplace's approximation, laplace()`;
  return {
    code: "too-many-nodes",
    path: ["method"],
    message: `Adaptive Gauss-Hermite quadrature with ${nodes} nodes for each of the ${q} random effects of a level of ${factor} would take ${nodes}^${q} nodes a level, more than ${limit}; ${most1}.`,
  };
}

export function badNodeCount(nodes: number, most: number): Issue {
  return {
    code: "node-count",
    path: ["method"],
    message: `The number of quadrature nodes must be a whole number from 1 to ${most}, but it is ${nodes}; 25 is plenty for most models.`,
  };
}
