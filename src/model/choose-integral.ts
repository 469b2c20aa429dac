/**
 * Which integral over the random effects a model is given, what it is checked against, and what is done where the check fails: the only place that
 * decides. Engines receive the plan.
 */
import { type Family, isGaussian } from "../families/family.ts";
import { hasExactIntegral } from "../marginal/gaussian/exact-integral.ts";
import type { IntegralData } from "../marginal/integral-data.ts";
import { type IntegralShape, integralShape } from "../marginal/integral-shape.ts";
import type { IntegralMethod } from "./compiled-model.ts";

/** Nodes a dimension for 1, 2, 3 … random effects a group. */
const FINEST_NODES = [51, 15, 7, 5];

/**
 * What is asked for: a method of fitting (`ml` of a model whose integral is not exact means `auto`), or the `finest` integral, which approximations are
 * checked against, by its own number of nodes or a given one.
 */
export type AskedIntegral =
  | { readonly kind: "auto" | "ml" | "reml" | "laplace" }
  | { readonly kind: "agq"; readonly nodes: number }
  | { readonly kind: "finest"; readonly nodes?: number | undefined };

export interface IntegralPlan {
  /** Whether the integral is the likelihood itself, in closed form. */
  readonly exact: boolean;
  /** What to maximise, or to sample with. */
  readonly integral: IntegralMethod;
  /** The integral's shape, found when it is asked for. */
  readonly shape: IntegralShape;
  /** What the result is checked against: quadrature by more nodes, draws of the random effects about their modes, or nothing. */
  readonly check: "quadrature" | "importance" | "none";
  /** Whether the check's finer integral takes over where it differs. */
  readonly refine: boolean;
  /** What tables call the integral, or another of the same model: `ML`, `Laplace`, `AGQ 7`. */
  label(integral?: IntegralMethod): string;
}

/** Whether a model has its integral in closed form: Gaussian, linear, with no random effects but on the mean. */
export const hasExact = ({ family, data }: { readonly family: Family; readonly data: IntegralData }): boolean =>
  isGaussian(family) && hasExactIntegral(data);

const LAPLACE = { kind: "laplace" } as const;

function approximation({ kind, q, mostNodes }: IntegralShape, asked: AskedIntegral): IntegralMethod {
  if (kind === "none" || (asked.kind === "finest" && kind !== "grouped")) return LAPLACE;
  if (asked.kind === "finest" && asked.nodes !== undefined) return { kind: "agq", nodes: asked.nodes };
  const finest = Math.min(FINEST_NODES[q - 1] ?? 3, mostNodes);
  const nodes = asked.kind === "agq" ? asked.nodes : asked.kind === "finest" ? finest : 1;
  return nodes > 1 ? { kind: "agq", nodes } : LAPLACE;
}

/**
 * The exact integral of a Gaussian model, else Laplace's approximation or what was asked for: quadrature with many nodes for one grouping factor is the
 * finest there is, Laplace's approximation for several.
 *
 * @param asked default Laplace's approximation, unchecked
 * @example chooseIntegral(model, { kind: "finest" }).integral // { kind: "agq", nodes: 51 } for one random effect a group
 */
export function chooseIntegral(
  model: { readonly family: Family; readonly data: IntegralData },
  asked: AskedIntegral = LAPLACE,
): IntegralPlan {
  let found: IntegralShape | undefined;
  const shape = () => (found ??= integralShape(model.data));
  const exact = hasExact(model);
  const automatic = asked.kind === "auto" || asked.kind === "ml";
  const integral: IntegralMethod = exact ? { kind: "exact" } : approximation(shape(), asked);
  const approximated = integral.kind === "laplace" && asked.kind !== "finest" && shape().kind !== "none";
  const check = !approximated ? "none" : shape().kind === "grouped" ? "quadrature" : automatic ? "importance" : "none";
  return {
    exact,
    integral,
    get shape() {
      return shape();
    },
    check,
    refine: automatic && check === "quadrature",
    label: (of = integral) =>
      of.kind === "agq" ? `AGQ ${of.nodes}` : of.kind === "exact" || shape().kind === "none" ? "ML" : "Laplace",
  };
}
