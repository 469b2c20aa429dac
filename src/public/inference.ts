/** `marginalia/inference`: intervals, tests and resampling of any fit. */

export { anova, type ModelTestOptions, type TermTestOptions } from "../compare/anova.ts";
export type { LongRow } from "../compare/compare.ts";
export { type ConditionalAic, conditionalAIC } from "../compare/conditional-aic.ts";
export {
  add1,
  drop1,
  type TermChangeOptions,
  type TermChangeRow,
  type TermChanges,
  type TermChangeTest,
} from "../compare/drop-add.ts";
export {
  type Hypotheses,
  type HypothesisOptions,
  type HypothesisRow,
  type HypothesisTests,
  hypothesis,
} from "../compare/hypothesis.ts";
export {
  type InformationCriteria,
  type InformationCriterionRow,
  informationCriteria,
} from "../compare/information-criteria.ts";
export type { NestedTestName, NestedTestRow, NestedTests } from "../compare/nested-tests.ts";
export {
  type RandomEffectsComponentRow,
  type RandomEffectsComponents,
  rePCA,
} from "../compare/random-effects-components.ts";
export {
  type RandomReductions,
  type ReduceRandomOptions,
  type ReductionRow,
  reduceRandom,
} from "../compare/reduce-random.ts";
export { type ScoreTest, type ScoreTestOptions, scoreTest } from "../compare/score-test.ts";
export type { TermTestRow, TermTests } from "../compare/term-tests.ts";
export { type Augmented, type AugmentedRow, augment } from "../effects/augment.ts";
export {
  type AverageSlopeRow,
  type AverageSlopes,
  type AverageSlopesOptions,
  averageSlopes,
} from "../effects/average-slopes.ts";
export {
  type Bootstrap,
  type BootstrapOptions,
  type BootstrapProgress,
  type BootstrapRow,
  bootstrap,
} from "../effects/bootstrap/bootstrap.ts";
export type { BootstrapKind } from "../effects/bootstrap/plan.ts";
export type { BootstrapRecord } from "../effects/bootstrap/record.ts";

export { type Coefficients, type CoefRow, coef } from "../effects/coef.ts";
export {
  type ConfidenceIntervals,
  type ConfidenceRow,
  type ConfintOptions,
  confint,
  type IntervalMethod,
} from "../effects/confint.ts";
export { type EstimateOptions, type Estimates, estimate, type Statistic } from "../effects/estimate.ts";
export { type NamedCovariance, type VcovOptions, vcov } from "../effects/vcov.ts";
export { type ProfileLikelihood, type ProfileOptions, profile } from "../frequentist/profile/profile.ts";
export { tableOf } from "../report/table-of.ts";
