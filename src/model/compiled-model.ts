/** A declaration met with its data: everything an engine or an effect needs, and nothing of how it was written. */
import type { Design } from "../data/design.ts";
import type { Family } from "../families/family.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";
import type { MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
import type { ObservationKernel } from "./observation-kernel.ts";
import type { ParameterLayout } from "./parameter-layout.ts";

/** Which integral: `exact` (Gaussian identity only), or Gauss-Hermite with `nodes` a dimension (1 = Laplace). */
export type IntegralMethod = { readonly kind: "exact" } | { readonly kind: "laplace" } | { readonly kind: "agq"; readonly nodes: number };

export interface CompiledModel {
  readonly spec: ModelSpec;
  readonly family: Family;
  readonly design: Design;
  /** Layout of the natural parameter vector in the user's units. */
  readonly layout: ParameterLayout;
  /** The compiled log density of the family. */
  readonly kernel: ObservationKernel;
  /** True for gaussian with identity link: the integral is exact. */
  readonly gaussian: boolean;
  /** The marginal likelihood in the user's units. Throws a DeclarationError where the method cannot serve the model. */
  marginal(method: IntegralMethod): MarginalLikelihood;
}
