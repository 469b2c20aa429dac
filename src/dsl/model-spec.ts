/**
 * `ModelSpec`: the declaration as frozen, JSON-serialisable data, before any table has been looked at. Builder and formula
 * parser both produce it; everything downstream reads only this.
 */

import type { KnownCovariance } from "../covariance/known-covariance.ts";
import type { CovarianceKind } from "../covariance/structures.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { Expression } from "./expression.ts";
import type { ResidualSpec } from "./residual-spec.ts";

/**
 * Role of a linear predictor: the mean (`mu`), another parameter of the distribution by its name (`sigma`, `theta`), the dispersion whatever the
 * family calls it (`disp`), or a parameter of a nonlinear mean.
 */
export type PredictorRole = string;

/** One term of a linear predictor: a product (R's `:`) of one or more variables. `a:I(b^2)` has two factors. */
export interface FixedTermSpec {
  readonly kind: "fixedTerm";
  readonly factors: readonly Expression[];
}

/** `(intercept + terms | group)`. */
export interface RandomTermSpec {
  readonly kind: "randomTerm";
  readonly intercept: boolean;
  readonly terms: readonly FixedTermSpec[];
  /** Columns whose interaction is the grouping factor: `["a"]`, or `["a", "b"]` for `a:b`. Nested `a/b` is expanded into two terms. */
  readonly group: readonly string[];
  /** Covariance structure of the effects of a level: `us` = unstructured, `diag` = independent effects (lme4's `||`) … */
  readonly covariance: CovarianceKind;
  /** Given standard deviations of the effects, not estimated: one for all of them, or one for each. Absent: they are free. */
  readonly sd?: readonly number[];
  /** Name of the known covariance across levels among `ModelSpec.knownCovariances`; absent: levels are independent. */
  readonly known?: string;
  /**
   * Parameters of a nonlinear mean that each have these effects, correlated across parameters (nlme's `Asym + xmid ~ 1 | Tree`); the first is
   * the predictor the term stands in. Absent: the effects act on that predictor only.
   */
  readonly roles?: readonly PredictorRole[];
  /** The name that it shares with terms of other predictors, brms's p in `(1 |p| g)`: their effects are jointly normal. */
  readonly id?: string;
}

/** A linear predictor: fixed terms, offsets, random terms. */
export interface PredictorSpec {
  readonly role: PredictorRole;
  readonly intercept: boolean;
  readonly terms: readonly FixedTermSpec[];
  readonly offsets: readonly Expression[];
  readonly random: readonly RandomTermSpec[];
}

export type ResponseSpec =
  | { readonly kind: "single"; readonly expression: Expression }
  /** `y | trials(n)`: successes out of n. `trials` is a column name or a constant. */
  | { readonly kind: "trials"; readonly expression: Expression; readonly trials: Expression }
  /** `cbind(successes, failures)`. */
  | { readonly kind: "successesFailures"; readonly successes: Expression; readonly failures: Expression };

/** A family by name with its options. A user's own family is named here and found in the registry of the running program. */
export interface FamilySpec {
  readonly name: string;
  readonly link?: string;
}

export type ContrastName = "treatment" | "sum" | "helmert" | "poly";

/** How rows with a missing value in a used column are treated. `omit` drops and counts them. */
export type MissingPolicy = "omit" | "error";

/** A distribution used as a prior, as plain data: `{ name: "normal", parameters: [0, 2.5] }`. */
export interface PriorDistribution {
  readonly name:
    | "normal"
    | "studentT"
    | "cauchy"
    | "doubleExponential"
    | "logistic"
    | "uniform"
    | "halfNormal"
    | "halfStudentT"
    | "halfCauchy"
    | "exponential"
    | "pcSd"
    | "gamma"
    | "lognormal"
    | "weibull"
    | "inverseGamma"
    | "inverseGammaVariance"
    | "beta"
    | "lkj"
    | "horseshoe"
    | "R2D2"
    | "flat";
  readonly parameters: readonly number[];
}

/**
 * A prior for a class of parameters, or for one of them.
 * `fixed` (name: a coefficient, as `(Intercept)`), `sd` (name: `Subject` or `Subject.Days`), `cor` (name: a group), `sigma`
 * (Gaussian residual sd), `threshold` (of an ordered response; name: `1|2`), `aux` (name: another family parameter as `theta`).
 */
export interface PriorSpec {
  readonly class: "fixed" | "sd" | "cor" | "sigma" | "threshold" | "aux";
  readonly name?: string;
  readonly distribution: PriorDistribution;
}

/** Self-starting models by the names of this library; see `dsl/self-start.ts`. */
export type SelfStartName =
  | "logistic"
  | "asymptotic"
  | "michaelisMenten"
  | "exponentialDecay"
  | "biexponential"
  | "gompertz"
  | "firstOrderCompartment";

/** Where the search for the parameters of a nonlinear mean begins: values by parameter (or by coefficient), or a model that finds its own. */
export type NonlinearStart =
  | { readonly kind: "values"; readonly values: Readonly<Record<string, readonly number[]>> }
  | {
      readonly kind: "selfStart";
      readonly model: SelfStartName;
      /** What it reads, columns or arithmetic on them as text, in the order of the model's arguments. */
      readonly inputs: readonly string[];
      /** Names of its parameters, in the model's order. */
      readonly parameters: readonly string[];
    };

/** A nonlinear mean: an expression of parameters, each with a linear predictor of its own, and columns. On the scale of the family's link. */
export interface NonlinearMeanSpec {
  readonly expression: Expression;
  /** The parameters in the order of `ModelSpec.predictors`, whose roles they are. */
  readonly parameters: readonly string[];
  readonly start: NonlinearStart | null;
}

export interface ModelSpec {
  readonly kind: "ModelSpec";
  readonly version: 1;
  readonly response: ResponseSpec | null;
  readonly family: FamilySpec;
  /** The first is the predictor of the mean, role `mu`. */
  readonly predictors: readonly PredictorSpec[];
  /** Precision weights: a column name. */
  readonly weights: string | null;
  /** Frequency weights: a column name; each row counts that many times. */
  readonly frequencyWeights: string | null;
  /** Level order by column; the first is the reference. Columns absent here use R's order. */
  readonly factors: Readonly<Record<string, readonly string[]>>;
  /** Contrasts by column; absent: treatment. */
  readonly contrasts: Readonly<Record<string, ContrastName>>;
  readonly missing: MissingPolicy;
  readonly priors: readonly PriorSpec[];
  /** A mean that is not linear in its predictors: then they are the predictors of its parameters. Absent: η is the first predictor. */
  readonly nonlinear?: NonlinearMeanSpec;
  /** Variance functions and correlation of the residuals of a Gaussian model; absent: equal variances, independent rows. */
  readonly residual?: ResidualSpec;
  /** The known residual variance of each row of a Gaussian model, which then has no sigma; absent: it is estimated. */
  readonly knownVariance?: Expression;
  /** The residual standard deviation of a Gaussian model where it is given; absent: it is estimated. */
  readonly sigma?: number;
  /** Known covariances across the levels of grouping factors, by the name that random terms refer to; absent when there are none. */
  readonly knownCovariances?: Readonly<Record<string, KnownCovariance>>;
  /** Doubtful but harmless things the formula said, as a term written twice; absent when there are none. */
  readonly notes?: readonly FitWarning[];
}
