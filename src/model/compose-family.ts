/**
 * The family of a declaration, composed step by step from the one it names. This is the only place that reads from a declaration what its family has to
 * know: nothing after it asks the declaration, but the family.
 */
import type { Design } from "../data/design.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";
import type { Family } from "../families/family.ts";
import { givenSigma, knownVariances } from "../families/given-sigma.ts";
import { DeclarationError } from "../messages/issue.ts";
import { ordinalNonlinear } from "../messages/ordinal.ts";
import { nonlinearFamily } from "../nonlinear/nonlinear-family.ts";
import { startPredictors } from "../nonlinear/nonlinear-start.ts";
import { residualFamily } from "./residual-family.ts";

/** With what the declaration gives of the residual; that it can be given, the design checks. */
export function givenFamily({ knownVariance, sigma }: ModelSpec, family: Family): Family {
  if (knownVariance) return knownVariances(family);
  return sigma === undefined ? family : givenSigma(family, sigma);
}

/** A family met with its data, and the design with the starts that a nonlinear mean needs. */
export interface Composed {
  readonly family: Family;
  readonly design: Design;
}

/**
 * With the categories of the response, the nonlinear mean, the residual structure: each where there is one.
 *
 * @throws DeclarationError for parts that do not go together
 */
export function familyOfDesign(declared: Family, design: Design): Composed {
  const { spec } = design;
  if (declared.forCategories && spec.nonlinear) throw new DeclarationError([ordinalNonlinear()]);
  const ofResponse = declared.forCategories?.(design.categories!) ?? declared;
  const around = spec.nonlinear ? nonlinearFamily(ofResponse, spec.nonlinear) : ofResponse;
  const started = spec.nonlinear ? { ...design, predictors: startPredictors(design, around, spec.nonlinear) } : design;
  return { family: residualFamily(around, started), design: started };
}
