/**
 * marginalia: hierarchical models. One declaration, two ways to fit it, one table that compares them.
 * Runs in Node and in browsers; files and worker threads are in `marginalia/node`.
 */
export type { Operand, Operations, Tensor } from "./autodiff/operations.ts";
export type {
  PowerScaleOptions,
  PowerScaleSensitivity,
  SensitivityRow,
} from "./calibration/power-scale-sensitivity.ts";
export { powerScaleSensitivity } from "./calibration/power-scale-sensitivity.ts";
export type { PriorPredictive, PriorPredictiveOptions, PriorPredictiveRow } from "./calibration/prior-predictive.ts";
export { priorPredictive } from "./calibration/prior-predictive.ts";
export type { SbcOptions, SbcState } from "./calibration/sbc.ts";
export { sbc } from "./calibration/sbc.ts";
export type { SbcQuantity, SbcResult } from "./calibration/sbc-result.ts";
export type { CorrectedPosterior, CorrectIntegralOptions } from "./checks/correct-integral.ts";
export { correctIntegral } from "./checks/correct-integral.ts";
export type { Loo, LooOptions, LooUnit } from "./checks/leave-one-out.ts";
export { likelihoodEfficiency, loo } from "./checks/leave-one-out.ts";
export type { BayesFactor, LogEvidence, LogEvidenceOptions } from "./checks/log-evidence.ts";
export { bayesFactor, logEvidence } from "./checks/log-evidence.ts";
export type { LooComparison, LooComparisonRow } from "./checks/loo-compare.ts";
export { looCompare } from "./checks/loo-compare.ts";
export type { LogLikelihoodOptions, PointwiseLogLikelihood } from "./checks/pointwise-log-likelihood.ts";
export { logLikelihood } from "./checks/pointwise-log-likelihood.ts";
export type {
  PosteriorPredictiveOptions,
  PredictiveCheck,
  PredictiveCheckRow,
} from "./checks/posterior-predictive.ts";
export { posteriorPredictive } from "./checks/posterior-predictive.ts";
export type { QuantileResidualOptions, QuantileResiduals } from "./checks/quantile-residuals.ts";
export { quantileResiduals } from "./checks/quantile-residuals.ts";
export type { ParameterEss, ParameterRanks } from "./checks/sampler-diagnostics.ts";
export { essAlong, rankPlot, traceDivergences } from "./checks/sampler-diagnostics.ts";
export type { TestStatistic } from "./checks/test-statistics.ts";
export type { Waic, WaicUnit } from "./checks/waic.ts";
export { waic } from "./checks/waic.ts";
export type { CoefficientTable, CompareOptions, Comparison, ComparisonRow } from "./compare/compare.ts";
export { compare } from "./compare/compare.ts";
export type { CompareMarginalOptions, MarginalColumn, MarginalComparison } from "./compare/compare-marginal.ts";
export { compareMarginal } from "./compare/compare-marginal.ts";
export type { LikelihoodRatioRow, LikelihoodRatioTable } from "./compare/likelihood-ratio.ts";
export { anova } from "./compare/likelihood-ratio.ts";
export type { KnownCovariance, KnownCovarianceInput } from "./covariance/known-covariance.ts";
export type { AdditiveRelationship, Pedigree, PedigreePrecision } from "./covariance/pedigree.ts";
export { additiveRelationship, pedigreePrecision } from "./covariance/pedigree.ts";
export type { TableInput } from "./data/to-table.ts";
export { toTable } from "./data/to-table.ts";
export { essBulk, essMean, essQuantile, essSd, essTail } from "./diagnostics/effective-sample-size.ts";
export { ebfmi } from "./diagnostics/energy.ts";
export { essByInterval, essByQuantile } from "./diagnostics/ess-by-quantile.ts";
export { mcseMean, mcseQuantile, mcseSd } from "./diagnostics/mcse.ts";
export type { ParetoSmoothed, SmoothingOptions } from "./diagnostics/pareto-smoothing.ts";
export { paretoKThreshold, psis } from "./diagnostics/pareto-smoothing.ts";
export type { RankHistogram } from "./diagnostics/rank-histogram.ts";
export { rankHistogram } from "./diagnostics/rank-histogram.ts";
export { rhat } from "./diagnostics/rhat.ts";
export { describe } from "./dsl/describe.ts";
export type { ModelSpec, PriorDistribution, PriorSpec } from "./dsl/model-spec.ts";
export type { NonlinearMeanOptions, ParameterPredictor } from "./dsl/nonlinear-mean.ts";
export { formulaOf } from "./dsl/print-formula.ts";
export type { CorrelationOptions, SpatialOptions, VarianceOptions } from "./dsl/residual.ts";
export {
  corAR1,
  corARMA,
  corCAR1,
  corCompSymm,
  corExp,
  corGaus,
  corLin,
  corRatio,
  corSpher,
  corSymm,
  varComb,
  varConstPower,
  varConstProp,
  varExp,
  varFixed,
  varIdent,
  varPower,
} from "./dsl/residual.ts";
export type { CorrelationSpec, ResidualSpec, VarianceSpec } from "./dsl/residual-spec.ts";
export { parseCorrelation, parseVariance } from "./dsl/residual-text.ts";
export type { SelfStartMean } from "./dsl/self-start.ts";
export { selfStart } from "./dsl/self-start.ts";
export { specFromJSON } from "./dsl/spec-json.ts";
export { attenuatedCoefficients } from "./effects/attenuated-coefficients.ts";
export type { BootstrapQuantity, BootstrapStatistic, RefittableFit } from "./effects/bootstrap-statistic.ts";
export type { ClusterBootstrap, ClusterBootstrapOptions, ClusterBootstrapRow } from "./effects/cluster-bootstrap.ts";
export { clusterBootstrap } from "./effects/cluster-bootstrap.ts";
export { intraclassCorrelation } from "./effects/intraclass-correlation.ts";
export type { MarginalCoefficientRow, MarginalCoefficients } from "./effects/marginal-coefficients.ts";
export { marginalCoefficients } from "./effects/marginal-coefficients.ts";
export type { AverageRow, PopulationAverageOptions, PopulationAverages } from "./effects/population-average.ts";
export { populationAverage } from "./effects/population-average.ts";
export type { ArrowOptions } from "./exchange/arrow.ts";
export { drawsFromArrow, drawsToArrow } from "./exchange/arrow.ts";
export { drawNames } from "./exchange/brms-names.ts";
export { drawsFromCmdStan, drawsToCmdStan } from "./exchange/cmdstan-csv.ts";
export type { InferenceData, InferenceDataOptions } from "./exchange/inference-data.ts";
export { inferenceDataText, readInferenceData } from "./exchange/inference-data.ts";
export type { DrawsTableOptions } from "./exchange/long-draws.ts";
export { drawsColumns, effectDrawsColumns } from "./exchange/long-draws.ts";
export type { DrawVariable, NamedDraws, NamedDrawsOptions } from "./exchange/named-draws.ts";
export { namedDraws } from "./exchange/named-draws.ts";
export { posteriorFromDraws } from "./exchange/posterior-from-draws.ts";
export type { SavedFit } from "./exchange/saved-fit.ts";
export { fitToBytes, loadFit, saveFit } from "./exchange/saved-fit.ts";
export * from "./families/index.ts";
export type { FitOptions } from "./frequentist/fit-model.ts";
export { fitModel } from "./frequentist/fit-model.ts";
export { EstimatingEquations } from "./frequentist/gee/estimating-equations.ts";
export { fitGee } from "./frequentist/gee/fit-gee.ts";
export type { GeeCovariance, GeeMethod, GeeOptions, WorkingCorrelation } from "./frequentist/gee/method.ts";
export {
  ar1,
  exchangeable,
  fixedCorrelation,
  gee,
  independence,
  mDependent,
  stationary,
  unstructured,
} from "./frequentist/gee/method.ts";
export type { QuasiLikelihoodCriteria } from "./frequentist/gee/quasi-likelihood.ts";
export { scoreTest } from "./frequentist/gee/score-test.ts";
export type { TestRow } from "./frequentist/gee/wald-test.ts";
export { waldTest } from "./frequentist/gee/wald-test.ts";
export { MaximumLikelihood } from "./frequentist/maximum-likelihood.ts";
export type { FitMethod } from "./frequentist/method.ts";
export { agq, auto, laplace, lindstromBates, ml, pql, reml } from "./frequentist/method.ts";
export type { StartName } from "./frequentist/other-starts.ts";
export type { FitPhase, FitProgress } from "./frequentist/progress.ts";
export type { SavedMaximumLikelihood } from "./frequentist/save-fit.ts";
export type { TriedStart } from "./frequentist/several-starts.ts";
export type { FitWarning, Issue } from "./messages/issue.ts";
export { DeclarationError } from "./messages/issue.ts";
export { compileModel } from "./model/compile.ts";
export type { CompiledModel, IntegralMethod } from "./model/compiled-model.ts";
export type {
  DistributionFit,
  EstimatingEquationsFit,
  EstimatingEquationsGlance,
  Fit,
  Glance,
  MaximumLikelihoodFit,
  PosteriorFit,
  RanefRow,
  TidyRow,
} from "./model/fit.ts";
export { Model, model, modelFromJSON } from "./model-builder.ts";
export type { Estimand, NewLevels } from "./prediction/estimand.ts";
export type { Prediction, PredictionDraws, PredictOptions } from "./prediction/predict.ts";
export { fitted, predict, predictionDraws } from "./prediction/predict.ts";
export { residuals } from "./prediction/residuals.ts";
export type { SimulateOptions, Simulation } from "./prediction/simulate.ts";
export { simulate } from "./prediction/simulate.ts";
export type { ConjugatePrior, McmcglmmPriorInput } from "./priors/conjugate-prior.ts";
export { huangWandPrior, mcmcglmmPrior } from "./priors/conjugate-prior.ts";
export type { HorseshoeOptions, R2D2Options } from "./priors/distributions.ts";
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
  horseshoe,
  inverseGamma,
  inverseGammaVariance,
  lkj,
  logistic,
  lognormal,
  normal,
  pcSd,
  R2D2,
  studentT,
  uniform,
  weibull,
} from "./priors/distributions.ts";
export { drawFromPrior } from "./priors/draw-from-prior.ts";
export { parsePrior } from "./priors/parse.ts";
export { createRng } from "./random/rng.ts";
export { printTidy, summaryText } from "./report/summary.ts";
export type { Checkpoint, CheckpointOptions, ResumeOptions } from "./samplers/checkpoint.ts";
export { resume } from "./samplers/checkpoint.ts";
export type { Parameterisation } from "./samplers/effect-coordinates.ts";
export type { Executor } from "./samplers/executor.ts";
export type { GibbsOptions, GibbsSampler } from "./samplers/gibbs/gibbs.ts";
export { gibbs } from "./samplers/gibbs/gibbs.ts";
export type { ParameterisationChoice } from "./samplers/parameterisation.ts";
export type { Posterior, SavedPosterior } from "./samplers/posterior.ts";
export { samplePosterior } from "./samplers/sample-posterior.ts";
export type { HmcOptions, NutsOptions, Sampler } from "./samplers/sampler.ts";
export { hmc, nuts } from "./samplers/sampler.ts";
export type { DivergenceTrace, TracedParameter } from "./samplers/trace-divergences.ts";
