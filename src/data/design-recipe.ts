/**
 * What was learnt from the data on the way to a design: levels, polynomial coefficients, centres, dropped columns. Plain JSON; with it
 * the same design is applied to other rows.
 */
import type { Places } from "../covariance/covariance-structure.ts";
import type { CovarianceKind } from "../covariance/structures.ts";
import type { Expression } from "../dsl/expression.ts";
import type { ContrastName } from "../dsl/model-spec.ts";
import type { KnownGroups } from "./grouping.ts";
import type { NullSpace } from "./null-space.ts";
import type { PolynomialBasis } from "./orthogonal-polynomials.ts";

/** What `poly()` and `scale()` learnt from the fitted rows. */
export type LearntState =
  | ({ readonly kind: "poly" } & PolynomialBasis)
  | { readonly kind: "scale"; readonly center: number; readonly scale: number };

/** A variable of a formula: what R's model frame has a column for. */
export type VariableRecipe =
  | {
      readonly kind: "numeric";
      readonly label: string;
      readonly expression: Expression;
      /** Names of its columns: the label, or `poly(x, 2)1`, `poly(x, 2)2`. */
      readonly names: readonly string[];
    }
  | {
      readonly kind: "factor";
      readonly label: string;
      /** The column it is made of. */
      readonly column: string;
      readonly levels: readonly string[];
      /** Set where the levels are numbers, not texts that may be written in several ways. */
      readonly numbers?: boolean;
      readonly contrasts: ContrastName;
    }
  | {
      /** Points of one or more coordinates, of which each has an indicator. */
      readonly kind: "places";
      readonly label: string;
      readonly expressions: readonly Expression[];
      readonly places: Places;
    };

export interface TermRecipe {
  /** Positions in `MatrixRecipe.variables`. */
  readonly variables: readonly number[];
  /** For each of them whether it has indicators for all levels. */
  readonly indicators: readonly boolean[];
}

/** A model matrix: intercept, then the columns of each term. */
export interface MatrixRecipe {
  readonly intercept: boolean;
  readonly variables: readonly VariableRecipe[];
  readonly terms: readonly TermRecipe[];
}

/** The null space of a model matrix, perhaps with its variables moved to another origin. */
export interface AliasedColumns extends NullSpace {
  /** By variable of the matrix what is taken off its columns before; null of a factor, and of a variable that stays where it is. */
  readonly origins?: readonly (readonly number[] | null)[];
}

export interface PredictorRecipe {
  readonly role: string;
  /** Put before the name of each column: the parameter of a nonlinear mean. */
  readonly prefix?: string;
  readonly matrix: MatrixRecipe;
  /** Positions of the columns that were kept; the others were linear combinations of them. */
  readonly kept: readonly number[];
  /** The null space of the whole matrix over the fitted rows; absent where its columns are linearly independent. */
  readonly aliased?: AliasedColumns;
  readonly offsets: readonly Expression[];
}

export interface RandomRecipe extends KnownGroups {
  readonly predictor: number;
  /** Names of its effects where they are not those of the matrix, and the predictor of each where it spans several. */
  readonly names?: readonly string[];
  readonly predictors?: readonly number[];
  /** As in the design. */
  readonly within?: readonly string[];
  /** Of effects of several terms as one: the matrices of the others, and how many effects each makes. */
  readonly beside?: readonly { readonly matrix: MatrixRecipe; readonly q: number }[];
  /** Grouping columns. */
  readonly group: readonly string[];
  readonly name: string;
  readonly matrix: MatrixRecipe;
  readonly covariance: CovarianceKind;
  /** As in the design. */
  readonly sd?: readonly number[];
  readonly places?: Places;
  readonly label?: string;
}

/** How the trials of a row are found: from an expression, or as the sum of two (successes and failures). */
export type TrialsRecipe =
  | { readonly kind: "expression"; readonly expression: Expression }
  | { readonly kind: "one" }
  | { readonly kind: "none" };

export interface DesignRecipe {
  readonly kind: "DesignRecipe";
  readonly version: 1;
  /** By the R text of the call: `poly(x, 2)`. */
  readonly states: Readonly<Record<string, LearntState>>;
  readonly predictors: readonly PredictorRecipe[];
  readonly random: readonly RandomRecipe[];
  readonly trials: TrialsRecipe;
  /** Column of precision weights. */
  readonly weights: string | null;
  /** The known variance of a row; absent where it is estimated. */
  readonly knownVariance?: Expression;
  /** Columns that the density reads besides y, trials and weights. */
  readonly columns?: readonly string[];
}
