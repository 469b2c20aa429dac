/**
 * marginalia: hierarchical models. One declaration, two ways to fit it, one table that compares them.
 * Runs in Node and in browsers. What is needed less often is on subpaths: `marginalia/priors`, `/families`, `/residual`, `/gee`, `/checks`,
 * `/inference`, `/studies`, `/exchange`, `/diagnostics`, `/engines`; files and worker threads are in `marginalia/node`.
 */
export type { Loo, LooOptions, LooUnit } from "./checks/leave-one-out.ts";
export type { LooComparison, LooComparisonRow } from "./checks/loo-compare.ts";
export type { PointwiseLogLikelihood } from "./checks/pointwise-log-likelihood.ts";
export type { ModelTestOptions, TermTestOptions } from "./compare/anova.ts";
export type { CoefficientTable, CompareOptions, Comparison, ComparisonRow } from "./compare/compare.ts";
export type { CompareMarginalOptions, MarginalColumn, MarginalComparison } from "./compare/compare-marginal.ts";
export type { LikelihoodRatioRow, LikelihoodRatioTable } from "./compare/likelihood-ratio.ts";
export type { NestedTestName, NestedTestRow, NestedTests } from "./compare/nested-tests.ts";
export type { TermTestRow, TermTests } from "./compare/term-tests.ts";
export type { KnownCovariance, KnownCovarianceInput } from "./covariance/known-covariance.ts";
export {
  type AdditiveRelationship,
  additiveRelationship,
  type Pedigree,
  type PedigreePrecision,
  pedigreePrecision,
} from "./covariance/pedigree.ts";
export type { TableInput } from "./data/to-table.ts";
export { describe } from "./dsl/describe.ts";
export type { ModelSpec, PriorDistribution, PriorSpec } from "./dsl/model-spec.ts";
export type { NonlinearMeanOptions, ParameterPredictor } from "./dsl/nonlinear-mean.ts";
export { formulaOf } from "./dsl/print-formula.ts";
export { type SelfStartMean, selfStart } from "./dsl/self-start.ts";
export type { ConfidenceIntervals, ConfidenceRow, ConfintOptions, IntervalMethod } from "./effects/confint.ts";
export type { Averages, EstimateOptions, EstimateRow, Estimates, Statistic } from "./effects/estimate.ts";
export type { MarginalCoefficientRow, MarginalCoefficients } from "./effects/marginal-coefficients.ts";
export type { AverageRow, PopulationAverageOptions, PopulationAverages } from "./effects/population-average.ts";
export { Beta } from "./families/beta.ts";
export { binomial } from "./families/binomial.ts";
export { cumulative } from "./families/cumulative.ts";
export type { Family, LinkName } from "./families/family.ts";
export { Gamma } from "./families/gamma.ts";
export { gaussian } from "./families/gaussian.ts";
export { nbinom1, nbinom2 } from "./families/negative-binomial.ts";
export { poisson } from "./families/poisson.ts";
export type { FitOptions } from "./frequentist/fit-model.ts";
export type { EstimatingEquations } from "./frequentist/gee/estimating-equations.ts";
export { type GeeMethod, type GeeOptions, gee } from "./frequentist/gee/method.ts";
export type { MaximumLikelihood } from "./frequentist/maximum-likelihood.ts";
export { agq, auto, type FitMethod, laplace, lindstromBates, ml, pql, reml } from "./frequentist/method.ts";
export type {
  ProfileLikelihood,
  ProfileOptions,
  ProfilePoint,
  ProfileRow,
} from "./frequentist/profile/profile.ts";
export type { FitPhase, FitProgress } from "./frequentist/progress.ts";
export { DeclarationError, type FitWarning, type Issue } from "./messages/issue.ts";
export type { IssueCode } from "./messages/issue-code.ts";
export type { WarningCode } from "./messages/warning-code.ts";
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
export {
  anova,
  compare,
  compareMarginal,
  confint,
  estimate,
  fitted,
  intraclassCorrelation,
  loo,
  looCompare,
  marginalCoefficients,
  populationAverage,
  predict,
  predictionDraws,
  printTidy,
  profile,
  residuals,
  summaryText,
} from "./model/questions.ts";
export type { DdfMethod } from "./model/tidy-options.ts";
export { type Model, model, modelFromJSON } from "./model-builder.ts";
export type { Estimand, NewLevels } from "./prediction/estimand.ts";
export type { Prediction, PredictionDraws, PredictOptions } from "./prediction/predict.ts";
export type { SimulateOptions, Simulation } from "./prediction/simulate.ts";
export type { Checkpoint } from "./samplers/checkpoint.ts";
export type { Parameterisation } from "./samplers/effect-coordinates.ts";
export type { Executor } from "./samplers/executor.ts";
export { type GibbsOptions, type GibbsSampler, gibbs } from "./samplers/gibbs/gibbs.ts";
export type { ParameterisationChoice } from "./samplers/parameterisation.ts";
export type { Posterior } from "./samplers/posterior.ts";
export { type HmcOptions, hmc, type NutsOptions, nuts } from "./samplers/sampler.ts";
export type { Sampler } from "./samplers/samplers.ts";
export { simulate } from "./simulate.ts";
