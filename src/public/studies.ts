/** `marginalia/studies`: simulation studies and how well methods did in them. */

export type { NamedParameters } from "../model/named-parameters.ts";
export {
  type Count,
  type Covariate,
  type Design,
  type DesignOptions,
  type Dropout,
  designTable,
  type Treatment,
} from "../studies/design-table.ts";
export { average, type EstimandValue, parameter, type StudyEstimand, statistic } from "../studies/estimands.ts";
export { type Extension, extend } from "../studies/extend.ts";
export { type Measured, type MeasureName, replicationsFor } from "../studies/measures.ts";
export {
  type PairedDifferenceOptions,
  type Performance,
  type PerformanceOptions,
  type PerformanceRow,
  pairedDifferences,
  performance,
} from "../studies/performance.ts";
export {
  type Power,
  type PowerOptions,
  type PowerProgress,
  type PowerRow,
  type PowerSolution,
  power,
} from "../studies/power.ts";
export type { MethodContext, Replicate, StudyMethod } from "../studies/replicate.ts";
export type { ReplicateRow, ReplicateStatus } from "../studies/replicate-row.ts";
export {
  type DataGeneratingMechanism,
  type DeclaredModel,
  grid,
  type Setting,
  type Settings,
} from "../studies/scenario.ts";
export type {
  SimulateDeclaredOptions,
  SimulatedData,
  SimulateMechanismOptions,
  SimulationParameters,
} from "../studies/simulate-declared.ts";
export type { StoppingRule } from "../studies/stopping-rule.ts";
export {
  type Study,
  type StudyProgress,
  type StudyResults,
  type StudyRunOptions,
  type StudySpec,
  study,
} from "../studies/study.ts";
export type { StudyIdentity } from "../studies/study-identity.ts";
