/** Declarations without a residual variance: a dispersion of no terms, `.dispersion("~ 0")`. */
import type { Family } from "../families/family.ts";
import type { ModelSpec, PredictorSpec } from "./model-spec.ts";

/** Whether a predictor says nothing: no intercept, no terms, no offsets, no random terms. */
export const isEmptyPredictor = ({ intercept, terms, offsets, random }: PredictorSpec): boolean =>
  !intercept && terms.length + offsets.length + random.length === 0;

/** Whether a Gaussian model is declared to have no residual, its random effects standing for it. */
export const hasNoResidual = (
  { predictors, nonlinear }: Pick<ModelSpec, "predictors" | "nonlinear">,
  family: Pick<Family, "normal"> | null,
): boolean => !nonlinear && family?.normal === true && predictors.slice(1).some(isEmptyPredictor);
