/** `marginalia/checks`: predictive checks, cross-validation, evidence, calibration of the sampler. */

export { type SbcOptions, type SbcState, sbc } from "../calibration/sbc.ts";
export type { SbcQuantity, SbcResult } from "../calibration/sbc-result.ts";
export { type Collinearity, type CollinearityRow, collinearity } from "../checks/collinearity.ts";
export { type CorrectedPosterior, type CorrectIntegralOptions, correctIntegral } from "../checks/correct-integral.ts";
export {
  type DiagnoseOptions,
  type Diagnosis,
  diagnose,
} from "../checks/diagnose.ts";
export type { DiagnoseCheck, Finding } from "../checks/finding.ts";
export { type Influence, type InfluenceOptions, type InfluenceRow, influence } from "../checks/influence.ts";
export { type Loo, type LooOptions, type LooUnit, likelihoodEfficiency, loo } from "../checks/leave-one-out.ts";
export {
  type BayesFactor,
  type BayesFactorOptions,
  bayesFactor,
  type LogEvidence,
  type LogEvidenceOptions,
  logEvidence,
} from "../checks/log-evidence.ts";
export { type LooComparison, type LooComparisonRow, looCompare } from "../checks/loo-compare.ts";
export {
  type LogLikelihoodOptions,
  logLikelihood,
  type PointwiseLogLikelihood,
} from "../checks/pointwise-log-likelihood.ts";
export {
  type PosteriorPredictiveOptions,
  type PredictiveCheck,
  type PredictiveCheckRow,
  posteriorPredictive,
} from "../checks/posterior-predictive.ts";
export {
  type QuantileResidualOptions,
  type QuantileResiduals,
  quantileResiduals,
} from "../checks/quantile-residuals.ts";
export {
  type NormalityOptions,
  type NormalityRow,
  type RandomEffectsNormality,
  randomEffectsNormality,
} from "../checks/random-effects-normality.ts";
export {
  type ResidualTestOptions,
  type ResidualTestRow,
  type ResidualTests,
  residualTests,
} from "../checks/residual-tests.ts";
export type { TestStatistic } from "../checks/test-statistics.ts";
export { type Waic, type WaicUnit, waic } from "../checks/waic.ts";
export { type RSquared, type RSquaredOptions, type RSquaredRow, rSquared } from "../effects/r-squared.ts";
export { cooksDistance, leverage } from "../prediction/leverage.ts";
