/** Which integral over the random effects a model is given where the caller asked for none. */
import { integralShape } from "../marginal/create.ts";
import type { CompiledModel, IntegralMethod } from "./compiled-model.ts";

/** Nodes a dimension for 1, 2, 3 … random effects a group. */
const FINEST_NODES = [51, 15, 7, 5];

/**
 * The exact integral of a Gaussian model, else Laplace's approximation (`usual`) or what approximations are checked against (`finest`): quadrature with
 * many nodes for one grouping factor, Laplace's approximation for several.
 *
 * @example chooseIntegral(model, "finest") // { kind: "agq", nodes: 51 } for one random effect a group
 */
export function chooseIntegral(
  model: Pick<CompiledModel, "gaussian" | "data">,
  accuracy: "usual" | "finest" = "usual",
): IntegralMethod {
  if (model.gaussian) return { kind: "exact" };
  if (accuracy === "usual") return { kind: "laplace" };
  const { kind, q, mostNodes } = integralShape(model.data);
  const nodes = kind === "grouped" ? Math.min(FINEST_NODES[q - 1] ?? 3, mostNodes) : 1;
  return nodes > 1 ? { kind: "agq", nodes } : { kind: "laplace" };
}
