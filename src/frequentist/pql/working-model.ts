/** The weighted linear mixed model that stands for a nonlinear one at a point, fitted by maximum likelihood. */

import type { Family } from "../../families/family.ts";
import { gaussian } from "../../families/gaussian.ts";
import { ofMean } from "../../families/of-mean.ts";
import { createMarginalLikelihood } from "../../marginal/create.ts";
import type { IntegralData } from "../../marginal/integral-data.ts";
import type { ConditionalModes } from "../../marginal/marginal-likelihood.ts";
import { inOriginalUnits } from "../../marginal/rescaled.ts";
import { parameterLayout } from "../../model/parameter-layout.ts";
import { type Standardisation, standardise } from "../../model/standardise.ts";
import { type Pausable, quietly } from "../../optimise/pausable.ts";
import { residualOf } from "../../residual/residual.ts";
import type { GaussianMaximum } from "../gaussian-maximum.ts";
import { maximiseGaussian } from "../maximise-gaussian.ts";

/** What a working model is made of: one predictor, random terms, a working response `y` and `weights`, perhaps a residual structure. */
export type WorkingData = Omit<IntegralData, "layout">;

export interface WorkingFit {
  /** [β | Λ | σ, ψ] in the user's units. */
  readonly x: Float64Array;
  readonly maximum: GaussianMaximum;
  readonly conditional: ConditionalModes;
}

/**
 * Fits a linear mixed model whose rows have variance σ²/w.
 *
 * @param standardised of an earlier working model with the same X and Z, whose standardisation can be used again
 * @param from [β | Λ | σ, ψ] to start at
 * @param parameters σ and those of the residual structure; default σ
 * @throws DeclarationError for linearly dependent columns
 */
export function* fitWorkingModel(
  data: WorkingData,
  {
    standardised,
    from,
    parameters = gaussian().parameters,
  }: {
    readonly standardised?: Standardisation;
    readonly from?: Float64Array;
    readonly parameters?: Family["parameters"];
  } = {},
): Pausable<WorkingFit & { readonly standardisation: Standardisation }> {
  const layout = parameterLayout([ofMean(data.predictors).names.length], data.random, parameters.length);
  const complete: IntegralData = { ...data, layout };
  const standardisation: Standardisation = standardised
    ? { ...standardised, data: { ...standardised.data, columns: data.columns } }
    : standardise(complete);
  const problem = {
    layout,
    standardisation,
    design: {
      n: data.n,
      y: data.columns["y"]!,
      random: data.random,
    },
    residual: residualOf(data.residual, data.n),
    family: { parameters },
  };
  const maximum = yield* quietly(maximiseGaussian(problem, false, from));
  const exact = createMarginalLikelihood(standardisation.data, null, { kind: "exact" });
  return {
    x: maximum.x,
    maximum,
    conditional: inOriginalUnits(exact, standardisation, layout).conditionalModes(maximum.x),
    standardisation,
  };
}
