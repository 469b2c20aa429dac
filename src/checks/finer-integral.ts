/** The best integral that is affordable for a model: what approximate ones are checked against. */
import { integralShape } from "../marginal/create.ts";
import type { CompiledModel, IntegralMethod } from "../model/compiled-model.ts";

/** Nodes a dimension for 1, 2, 3 … random effects a group. */
const NODES = [51, 15, 7, 5];

/** Exact for Gaussian models; quadrature with many nodes for one grouping factor; else Laplace's approximation. */
export function finerIntegral(model: CompiledModel): IntegralMethod {
  if (model.gaussian) return { kind: "exact" };
  const { kind, q, mostNodes } = integralShape(model.data);
  const nodes = kind === "grouped" ? Math.min(NODES[q - 1] ?? 3, mostNodes) : 1;
  return nodes > 1 ? { kind: "agq", nodes } : { kind: "laplace" };
}
