/** `marginalia/priors`: prior distributions, and what a prior says and does before and after the data are seen. */
export {
  type PowerScaleOptions,
  type PowerScaleSensitivity,
  powerScaleSensitivity,
  type SensitivityRow,
} from "../calibration/power-scale-sensitivity.ts";
export {
  type PriorPredictive,
  type PriorPredictiveOptions,
  type PriorPredictiveRow,
  priorPredictive,
} from "../calibration/prior-predictive.ts";
export type { PriorDistribution, PriorSpec } from "../dsl/model-spec.ts";
export {
  type ConjugatePrior,
  huangWandPrior,
  type McmcglmmPriorInput,
  mcmcglmmPrior,
} from "../priors/conjugate-prior.ts";
export {
  beta,
  cauchy,
  doubleExponential,
  exponential,
  flat,
  gamma,
  type HorseshoeOptions,
  halfCauchy,
  halfNormal,
  halfStudentT,
  horseshoe,
  inverseGamma,
  inverseGammaVariance,
  lkj,
  logistic,
  lognormal,
  normal,
  pcSd,
  R2D2,
  type R2D2Options,
  studentT,
  uniform,
  weibull,
} from "../priors/distributions.ts";
export { drawFromPrior } from "../priors/draw-from-prior.ts";
export { parsePrior } from "../priors/parse.ts";
