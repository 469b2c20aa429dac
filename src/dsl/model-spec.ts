/**
 * `ModelSpec`: the declaration as frozen, JSON-serialisable data, before any table has been looked at. Builder and formula
 * parser both produce it; everything downstream reads only this.
 */
import type { FitWarning } from "../messages/issue.ts";
import type { Expression } from "./expression.ts";

/** Role of a linear predictor: the mean (`mu`), the dispersion (`disp`), zero inflation (`zi`), or a parameter of a nonlinear mean. */
export type PredictorRole = string;

/** One term of a linear predictor: a product (R's `:`) of one or more variables. `a:I(b^2)` has two factors. */
export interface FixedTermSpec {
  readonly kind: "fixedTerm";
  readonly factors: readonly Expression[];
}

/** Covariance structure of a random term. `us` = unstructured, `diag` = independent effects (lme4's `||`). */
export type CovarianceKind = "us" | "diag";

/** `(intercept + terms | group)`. */
export interface RandomTermSpec {
  readonly kind: "randomTerm";
  readonly intercept: boolean;
  readonly terms: readonly FixedTermSpec[];
  /** Columns whose interaction is the grouping factor: `["a"]`, or `["a", "b"]` for `a:b`. Nested `a/b` is expanded into two terms. */
  readonly group: readonly string[];
  readonly covariance: CovarianceKind;
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
    | "flat";
  readonly parameters: readonly number[];
}

/**
 * A prior for a class of parameters, or for one of them.
 * `fixed` (name: a coefficient, as `(Intercept)`), `sd` (name: `Subject` or `Subject.Days`), `cor` (name: a group), `sigma`
 * (Gaussian residual sd), `aux` (name: a family parameter as `theta`).
 */
export interface PriorSpec {
  readonly class: "fixed" | "sd" | "cor" | "sigma" | "aux";
  readonly name?: string;
  readonly distribution: PriorDistribution;
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
  /** Doubtful but harmless things the formula said, as a term written twice; absent when there are none. */
  readonly notes?: readonly FitWarning[];
}
