/** Priors resolved for a model: one for every parameter, as plain data that a worker can be sent. */
import type { PriorDistribution, PriorSpec } from "../dsl/model-spec.ts";
import type { ParameterSupport } from "../families/family.ts";
import type { MatrixPrior } from "./covariance-density.ts";
import type { JointNormal } from "./joint-normal.ts";
import type { PriorOrigin } from "./prior-origin.ts";
import type { ResolvedShrinkage } from "./shrinkage.ts";

export interface ResolvedPrior {
  readonly class: PriorSpec["class"];
  /** The full name within the class: `(Intercept)`, `Subject.Days`, `Subject`, `sigma`, `theta`. */
  readonly name: string;
  readonly distribution: PriorDistribution;
  readonly source: "declared" | "default";
  /** Where it is stated, `year = 2014.5`; absent: where all columns are 0. */
  readonly at?: string;
}

export interface ResolvedPriors {
  /** One a coefficient, in the order of β. */
  readonly fixed: readonly ResolvedPrior[];
  /** By random term: one a free standard deviation. */
  readonly sd: readonly (readonly ResolvedPrior[])[];
  /** By random term: the prior of the correlation matrix; null where the term has none (one effect, `diag` or `homdiag`). */
  readonly cor: readonly (ResolvedPrior | null)[];
  /** One a family parameter, in the order of φ. */
  readonly phi: readonly ResolvedPrior[];
  /** By random term: a prior of the whole covariance matrix, in place of those of `sd` and `cor`. Absent where no term has one. */
  readonly covariances?: readonly (MatrixPrior | null)[];
  /** A joint normal prior of the coefficients, in place of `fixed`. Absent where they are independent. */
  readonly jointNormal?: JointNormal;
  /** Supports of the family parameters, in the order of φ. */
  readonly phiSupport: readonly ParameterSupport[];
  /** The joint prior of the slopes that have one; then their entries of `fixed` name it. Absent where all coefficients are independent. */
  readonly shrinkage?: ResolvedShrinkage;
  /** Where default priors are stated; absent: where all columns are 0. */
  readonly origin?: PriorOrigin;
}

/** A row of the table of priors. */
export interface PriorRow {
  readonly class: PriorSpec["class"];
  readonly name: string;
  /** `normal(0, 2.5)`; of a parameter whose default is stated elsewhere than at the origin, `halfStudentT(3, 2.5) at year = 2014.5`. */
  readonly prior: string;
  readonly source: "declared" | "default";
}
