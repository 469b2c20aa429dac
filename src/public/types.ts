/** `marginalia/types`: types that the signatures of the other subpaths name, for those who write them out. Nothing of it is there at run time. */
export type { KernelText } from "../autodiff/kernel-text.ts";
export type { Primitive } from "../autodiff/primitives.ts";
export type { ClassOutputs, ClassTables, Program, ProgramNodes } from "../autodiff/program.ts";
export type { EcdfBands } from "../calibration/ecdf-bands.ts";
export type { Centring } from "../charts/shrunken-coefficients.ts";
export type { ElpdEstimate } from "../checks/elpd.ts";
export type { OfParameter, RankPlotOptions } from "../checks/sampler-diagnostics.ts";
export type { ComparedEstimate, ComparedFit, ComparedWarning } from "../compare/compare.ts";
export type { MarginalEntry, MarginalKind } from "../compare/compare-marginal.ts";
export type { LevelPrecision } from "../covariance/level-precision.ts";
export type { CovarianceKind } from "../covariance/structures.ts";
export type { TermLayout } from "../covariance/term-factor.ts";
export type { Departures } from "../data/departures.ts";
export type { Design, Estimation, PredictorDesign, RandomTermDesign } from "../data/design.ts";
export type {
  AliasedColumns,
  DesignRecipe,
  LearntState,
  MatrixRecipe,
  PredictorRecipe,
  RandomRecipe,
  TermRecipe,
  TrialsRecipe,
  VariableRecipe,
} from "../data/design-recipe.ts";
export type { KnownColumn, KnownGroups } from "../data/grouping.ts";
export type { NullSpace } from "../data/null-space.ts";
export type { NumberJSON, NumberListJSON } from "../data/number-json.ts";
export type { PolynomialBasis } from "../data/orthogonal-polynomials.ts";
export type { Column, Table } from "../data/table.ts";
export type { ColumnJSON, TableJSON } from "../data/table-json.ts";
export type { ArqueroLike, ArrowLike, DataFrameLike } from "../data/table-source.ts";
export type { ArrayOfRecords, ObjectOfArrays, TableOptions } from "../data/to-table.ts";
export type { DrawsByChain } from "../diagnostics/chains.ts";
export type { DivergenceLocation } from "../diagnostics/divergence-location.ts";
export type { EssAtQuantile, EssOfInterval } from "../diagnostics/ess-by-quantile.ts";
export type { BareDeclaration } from "../dsl/bare-declaration.ts";
export type { DeclarationBuilder } from "../dsl/builder.ts";
export type { PriorTarget, RandomOptions, ResidualOptions } from "../dsl/builder-options.ts";
export type {
  AfterValue,
  AnyColumns,
  Blank,
  ByColumn,
  ColumnName,
  ColumnsOfArrays,
  ColumnsOfNumbers,
  ColumnsOfRow,
  ColumnText,
  ColumnTexts,
  FirstUnknown,
  FirstUnknownOf,
  FormulaText,
  IsLiteral,
  MeanText,
  NotNumeric,
  NumericColumnName,
  NumericColumnText,
  NumericText,
  ParameterTexts,
  Piece,
  Separator,
  StructureText,
  TermText,
  TermTexts,
  UnknownColumn,
} from "../dsl/column-types.ts";
export type { DescribedFamily } from "../dsl/describe.ts";
export type { Expression, FunctionName } from "../dsl/expression.ts";
export type {
  ContrastName,
  FamilySpec,
  FixedTermSpec,
  MissingPolicy,
  NonlinearMeanSpec,
  NonlinearStart,
  PredictorRole,
  PredictorSpec,
  RandomTermSpec,
  ResponseSpec,
  SelfStartName,
} from "../dsl/model-spec.ts";
export type {
  CorrelationKind,
  Metric,
  SpatialKind,
  VarianceCombinationSpec,
  VarianceFunctionKind,
  VarianceFunctionSpec,
} from "../dsl/residual-spec.ts";
export type { ColumnsOfDeclaration, ColumnsOfFit, ColumnsToAverage } from "../effects/checked-columns.ts";
export type { ContrastMeasure } from "../effects/contrasts.ts";
export type { GridValue } from "../effects/grid.ts";
export type { ContrastRow, Numbers } from "../effects/population-average.ts";
export type { Columns } from "../exchange/long-draws.ts";
export type { PosteriorDraws } from "../exchange/named-draws.ts";
export type { SavableFit } from "../exchange/saved-fit.ts";
export type { Optional } from "../families/define-family.ts";
export type {
  FamilyLimit,
  GivenResidual,
  NonlinearCurve,
  ParameterLink,
  ParameterSupport,
  ResponseKind,
} from "../families/family.ts";
export type { LinkOptions } from "../families/remembered.ts";
export type { EquivalentMaximum } from "../frequentist/equivalent-maxima.ts";
export type { Declaration, Estimate, WorkingResult } from "../frequentist/estimate.ts";
export type { Clusters, Pattern } from "../frequentist/gee/clusters.ts";
export type { CorrelationParameters } from "../frequentist/gee/correlation-parameters.ts";
export type { ClusterVisitor, Equations } from "../frequentist/gee/equations.ts";
export type { GeeEstimate } from "../frequentist/gee/estimating-equations.ts";
export type { Moments, MomentTotals } from "../frequentist/gee/moments.ts";
export type { RoughCoefficients } from "../frequentist/gee/rough-coefficients.ts";
export type { SavedEstimatingEquations } from "../frequentist/gee/save-gee.ts";
export type { Solution } from "../frequentist/gee/solve.ts";
export type { WorkingParameters } from "../frequentist/gee/variance-scale.ts";
export type { WorkingRows } from "../frequentist/gee/working-rows.ts";
export type { IterationOptions, LindstromBatesMethod, PqlMethod } from "../frequentist/pql/method.ts";
export type { FitMethodName } from "../frequentist/read-method.ts";
export type { VerdictWithReason } from "../frequentist/verdict.ts";
export type { RowBlock } from "../linalg/cross-products.ts";
export type { SparsePattern } from "../linalg/sparse-pattern.ts";
export type { EffectsCovariance, EffectsOfTerm } from "../marginal/effects-covariance.ts";
export type { IntegralData } from "../marginal/integral-data.ts";
export type { ConditionalModes, MarginalLikelihood } from "../marginal/marginal-likelihood.ts";
export type { EffectTriangle } from "../model/effect-coordinates.ts";
export type {
  ConditionalOnData,
  FitCommon,
  HyperDraws,
  ParameterDraws,
  Verdict,
  WithRandomEffects,
} from "../model/fit.ts";
export type { ModelInput } from "../model/model-input.ts";
export type {
  BoundKernel,
  GroupFunction,
  GroupFunctions,
  KernelBuffers,
  ObservationKernel,
} from "../model/observation-kernel.ts";
export type { ParameterLayout } from "../model/parameter-layout.ts";
export type { SavedModel } from "../model/saved-model.ts";
export type { Standardisation } from "../model/standardise.ts";
export type { TidyOptions } from "../model/tidy-options.ts";
export type { FamilyInput } from "../model-builder.ts";
export type { MeanFunction } from "../nonlinear/expression-of-function.ts";
export type { AbortSignalLike, PlatformAbortSignal, StopSignal } from "../options/abort-signal.ts";
export type { ConfLevelOptions } from "../options/conf-level-options.ts";
export type { DoneOrPromised, InSlices, SlicesOf, WorkProgress } from "../options/long-work.ts";
export type { OptionsOf } from "../options/read-options.ts";
export type { NewLevelsMode } from "../prediction/estimand.ts";
export type { PossibleSummary, Summary } from "../prediction/interval.ts";
export type { PredictionRow } from "../prediction/predict.ts";
export type { PredictingFit } from "../prediction/predicting-fit.ts";
export type { ResidualType } from "../prediction/residuals.ts";
export type { TermPrior } from "../priors/conjugate-prior.ts";
export type { MatrixPrior } from "../priors/covariance-density.ts";
export type { JointNormal } from "../priors/joint-normal.ts";
export type { ColumnMove, PriorOrigin } from "../priors/prior-origin.ts";
export type { PriorRow, ResolvedPrior, ResolvedPriors } from "../priors/resolved.ts";
export type { ResolvedShrinkage } from "../priors/shrinkage.ts";
export type { Rng } from "../random/rng.ts";
export type { PrintedFit } from "../report/print-fit.ts";
export type { Printable, PrintableFit } from "../report/printable.ts";
export type { PriorTable } from "../report/prior-table.ts";
export type { Style } from "../report/text-table.ts";
export type { Residual } from "../residual/residual.ts";
export type {
  CorrelationPart,
  LogLinearPart,
  ResidualData,
  VarianceParameter,
  VariancePart,
} from "../residual/residual-data.ts";
export type { ReportedResidual, ResidualParameter, ResidualParameters } from "../residual/residual-parameters.ts";
export type { ResidualStructure } from "../residual/residual-structure.ts";
export type { ChainResult, ChainSettings } from "../samplers/chain.ts";
export type { SamplerResult, SamplerRun, SamplerSettings, SamplerState } from "../samplers/chain-sampler.ts";
export type { ChainRecord, ChainState, ChainStatistics, DrawStatistics, Stored } from "../samplers/chain-state.ts";
export type { CheckpointSink, StoredChain, StoredRecord } from "../samplers/checkpoint.ts";
export type { DualAveragingState } from "../samplers/dual-averaging.ts";
export type {
  ChainJob,
  ChainProgress,
  RunOptions,
  StateOptions,
  Task,
  TaskOptions,
} from "../samplers/executor.ts";
export type { GibbsChainState, GibbsRecord } from "../samplers/gibbs/chain-state.ts";
export type {
  Augmentation,
  CoefficientPrior,
  CovariancePrior,
  GibbsData,
  GibbsResult,
  GibbsSettings,
} from "../samplers/gibbs/gibbs-data.ts";
export type { GibbsRun } from "../samplers/gibbs/gibbs-run.ts";
export type { TrajectoryLength } from "../samplers/hmc.ts";
export type { Metric as InverseMassMatrix } from "../samplers/metric.ts";
export type { MetricEstimatorState } from "../samplers/metric-estimate.ts";
export type { PosteriorJSON } from "../samplers/posterior-data.ts";
export type { SamplePosteriorOptions } from "../samplers/sample-posterior.ts";
export type {
  CommonSettings,
  GradientSampler,
  MetricChoice,
  SettledGradientSampler,
  TargetChoice,
} from "../samplers/sampler.ts";
export type { SamplerName, SettledSampler } from "../samplers/samplers.ts";
export type { SamplingDiagnostics } from "../samplers/sampling-diagnostics.ts";
export type { ContinueOptions, SamplingRun, StoredRun } from "../samplers/sampling-run.ts";
export type { TargetData } from "../samplers/target-data.ts";
