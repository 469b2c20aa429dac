/**
 * marginalia: hierarchical models. One declaration, two ways to fit it, one table that compares them.
 * Runs in Node and in browsers; files and worker threads are in `marginalia/node`.
 */
export type { Operand, Operations, Tensor } from "./autodiff/operations.ts";
export type { PriorPredictive, PriorPredictiveOptions, PriorPredictiveRow } from "./calibration/prior-predictive.ts";
export { priorPredictive } from "./calibration/prior-predictive.ts";
export type { SbcOptions, SbcState } from "./calibration/sbc.ts";
export { sbc } from "./calibration/sbc.ts";
export type { SbcQuantity, SbcResult } from "./calibration/sbc-result.ts";
export type { CompareOptions, Comparison, ComparisonRow } from "./compare/compare.ts";
export { compare } from "./compare/compare.ts";
export type { LikelihoodRatioRow, LikelihoodRatioTable } from "./compare/likelihood-ratio.ts";
export { anova } from "./compare/likelihood-ratio.ts";
export type { TableInput } from "./data/to-table.ts";
export { toTable } from "./data/to-table.ts";
export { essBulk, essMean, essQuantile, essSd, essTail } from "./diagnostics/effective-sample-size.ts";
export { ebfmi } from "./diagnostics/energy.ts";
export { mcseMean, mcseQuantile, mcseSd } from "./diagnostics/mcse.ts";
export { rhat } from "./diagnostics/rhat.ts";
export { describe } from "./dsl/describe.ts";
export type { ModelSpec, PriorDistribution, PriorSpec } from "./dsl/model-spec.ts";
export type { NonlinearMeanOptions, ParameterPredictor } from "./dsl/nonlinear-mean.ts";
export { formulaOf } from "./dsl/print-formula.ts";
export type { SelfStartMean } from "./dsl/self-start.ts";
export { selfStart } from "./dsl/self-start.ts";
export { specFromJSON } from "./dsl/spec-json.ts";
export { intraclassCorrelation } from "./effects/intraclass-correlation.ts";
export type { MarginalCoefficientRow, MarginalCoefficients } from "./effects/marginal-coefficients.ts";
export { marginalCoefficients } from "./effects/marginal-coefficients.ts";
export type { AverageRow, PopulationAverageOptions, PopulationAverages } from "./effects/population-average.ts";
export { populationAverage } from "./effects/population-average.ts";
export type { SavedFit, SavedPosterior } from "./exchange/saved-fit.ts";
export { fitToBytes, loadFit, saveFit } from "./exchange/saved-fit.ts";
export * from "./families/index.ts";
export type { FitOptions } from "./frequentist/fit-model.ts";
export { fitModel } from "./frequentist/fit-model.ts";
export { MaximumLikelihood } from "./frequentist/maximum-likelihood.ts";
export type { FitMethod } from "./frequentist/method.ts";
export { agq, auto, laplace, ml, reml } from "./frequentist/method.ts";
export type { SavedMaximumLikelihood } from "./frequentist/saved-fit.ts";
export type { FitWarning, Issue } from "./messages/issue.ts";
export { DeclarationError } from "./messages/issue.ts";
export { compileModel } from "./model/compile.ts";
export type { CompiledModel, IntegralMethod } from "./model/compiled-model.ts";
export type { Fit, Glance, MaximumLikelihoodFit, PosteriorFit, RanefRow, TidyRow } from "./model/fit.ts";
export { Model, model, modelFromJSON } from "./model-builder.ts";
export type { Estimand } from "./prediction/estimand.ts";
export type { NewLevels } from "./prediction/estimand.ts";
export type { Prediction, PredictionDraws, PredictOptions } from "./prediction/predict.ts";
export { fitted, predict, predictionDraws } from "./prediction/predict.ts";
export { residuals } from "./prediction/residuals.ts";
export type { SimulateOptions, Simulation } from "./prediction/simulate.ts";
export { simulate } from "./prediction/simulate.ts";
export {
  beta,
  cauchy,
  doubleExponential,
  exponential,
  flat,
  gamma,
  halfCauchy,
  halfNormal,
  halfStudentT,
  inverseGamma,
  inverseGammaVariance,
  lkj,
  logistic,
  lognormal,
  normal,
  pcSd,
  studentT,
  uniform,
  weibull,
} from "./priors/distributions.ts";
export { drawFromPrior } from "./priors/draw-from-prior.ts";
export { parsePrior } from "./priors/parse.ts";
export { createRng } from "./random/rng.ts";
export { printTidy, summaryText } from "./report/summary.ts";
export type { Executor } from "./samplers/executor.ts";
export type { Posterior } from "./samplers/posterior.ts";
export type { Checkpoint, CheckpointOptions, ResumeOptions } from "./samplers/checkpoint.ts";
export { resume } from "./samplers/checkpoint.ts";
export { samplePosterior } from "./samplers/sample-posterior.ts";
export type { HmcOptions, NutsOptions, Sampler } from "./samplers/sampler.ts";
export { hmc, nuts } from "./samplers/sampler.ts";
