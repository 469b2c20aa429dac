/** A declaration met with its data: everything an engine or an effect needs, and nothing of how it was written. */
import type { Design } from "../data/design.ts";
import type { Table } from "../data/table.ts";
import type { ModelSpec, PriorSpec } from "../dsl/model-spec.ts";
import type { Family } from "../families/family.ts";
import type { IntegralData } from "../marginal/integral-data.ts";
import type { MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
import type { PriorOrigin } from "../priors/prior-origin.ts";
import type { Residual } from "../residual/residual.ts";
import type { ObservationKernel } from "./observation-kernel.ts";
import type { ParameterLayout } from "./parameter-layout.ts";
import type { Standardisation } from "./standardise.ts";

/** Which integral: `exact` (Gaussian identity only), or Gauss-Hermite with `nodes` a dimension (1 = Laplace). */
export type IntegralMethod =
  | { readonly kind: "exact" }
  | { readonly kind: "laplace" }
  | { readonly kind: "agq"; readonly nodes: number };

export interface CompiledModel {
  readonly spec: ModelSpec;
  readonly family: Family;
  readonly design: Design;
  /** The residuals of its rows. */
  readonly residual: Residual;
  /** The table the design was made of: averages replace columns of it. */
  readonly table: Table;
  /** Layout of the natural parameter vector in the user's units. */
  readonly layout: ParameterLayout;
  /** What the integral reads, in the user's units. */
  readonly data: IntegralData;
  /** The internal coordinates the engines work in. */
  readonly standardisation: Standardisation;
  /** The compiled log density of the family, or of a nonlinear mean with correlated rows the mean's (`nonlinear/mean-kernel.ts`), compiled on first use. */
  readonly kernel: ObservationKernel;
  /** True for gaussian with identity link and no random effects in the dispersion: the integral is exact. */
  readonly gaussian: boolean;
  /** The marginal likelihood in the user's units. Throws a DeclarationError where the method cannot serve the model. */
  marginal(method: IntegralMethod): MarginalLikelihood;
  /** The same in standardised coordinates, see `standardisation`. */
  standardisedMarginal(method: IntegralMethod): MarginalLikelihood;
  /** The likelihood of the same model without its random terms, standardised: x̃ = [β̃ | φ]. */
  withoutRandomEffects(): MarginalLikelihood;
  /**
   * The same model with another response (length design.n): design and kernel are shared. For simulation studies.
   *
   * @param table that has the response; default that of this model, which has another
   */
  withResponse(y: Float64Array, table?: Table): CompiledModel;
  /**
   * The same model with other declared priors; everything else is shared.
   *
   * @param origin where they are stated, as `ResolvedPriors.origin` of another model says of its defaults; null = where all columns are 0. Default: as
   *   declared priors are.
   */
  withPriors(priors: readonly PriorSpec[], origin?: PriorOrigin | null): CompiledModel;
}
