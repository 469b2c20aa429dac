/**
 * The design: what a declaration and a table come to in numbers. Row order is that of the table, less the omitted rows.
 * Matrices are row-major flat Float64Arrays. Original units throughout; internal standardisation happens in `model/`.
 */

import type { Places } from "../covariance/covariance-structure.ts";
import type { LevelPrecision } from "../covariance/level-precision.ts";
import type { CovarianceKind } from "../covariance/structures.ts";
import type { ModelSpec } from "../dsl/model-spec.ts";
import { isMeans } from "../families/of-mean.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { PriorOrigin } from "../priors/prior-origin.ts";
import type { ResidualData } from "../residual/residual-data.ts";
import type { Departures } from "./departures.ts";
import type { DesignRecipe } from "./design-recipe.ts";

/**
 * What a design is made for. A likelihood has to determine every coefficient: columns that are combinations of others are dropped, factors and groups
 * of one level are refused. A posterior has its priors: what they make proper is kept, and only coefficients with flat priors have to be determined.
 */
export type Estimation = "likelihood" | "posterior";

/** One linear predictor: η = Xβ + offset + Σ Z b. */
export interface PredictorDesign {
  readonly role: string;
  /** Column names as R writes them: `(Intercept)`, `period2`, `trtdrug:week`, `I(age^2)`. Of a likelihood aliased columns are dropped already. */
  readonly names: readonly string[];
  /** n × names.length, row-major. */
  readonly X: Float64Array;
  /** Length n; zeros when there is none. */
  readonly offset: Float64Array;
  /** True when the constant vector is the first column, named `(Intercept)`. */
  readonly intercept: boolean;
  /** Of new rows: how far each lies where the fitted rows say nothing of the coefficients; absent where all are estimable. */
  readonly departures?: Departures;
  /** Positions of columns that are linear combinations of those before them; absent where there are none, as always in a likelihood. */
  readonly dependent?: readonly number[];
  /** The size of a linear predictor whose link is in the response's units, where that is far from 1; set when the model is compiled. */
  readonly unit?: number;
  /** For a parameter of a nonlinear mean: where the search begins and how large a change matters; set when the model is compiled. */
  readonly nonlinear?: {
    /** Starting coefficients, one a name. */
    readonly start: Float64Array;
    /** The parameter's starting value in a typical row. */
    readonly typical: number;
    /** A change of the parameter that moves the mean by about one residual standard deviation: standardised columns have this size. */
    readonly unit: number;
  };
}

/** One random term `(Z | group)`. */
export interface RandomTermDesign {
  /** Index into `Design.predictors`. */
  readonly predictor: number;
  /**
   * For effects that span several predictors, correlated across them: the predictor of each of the q columns; `predictor` is then the
   * first of them. Absent: all columns act on `predictor`.
   */
  readonly predictors?: readonly number[];
  /** Name of the grouping factor as lme4 prints it: `Subject`, `dept:service`. */
  readonly group: string;
  /** Level labels, in R's order, only levels present in the used rows; with a known covariance all of its levels, in its order. */
  readonly levels: readonly string[];
  /** Length n: index of the row's level. In new data −1 for a level not seen before. */
  readonly index: Int32Array;
  /** In new data with unseen levels, by row: the label of a level not seen before; null where it was seen, or the row has none. */
  readonly unseen?: readonly (string | null)[];
  /** Number of effects a level. */
  readonly q: number;
  /** Names of the effects: `(Intercept)`, `Days`; of another parameter beside the mean's `sigma_(Intercept)`. */
  readonly names: readonly string[];
  /** Names of the effects within the predictors that they act on, where `names` tells those apart: `(Intercept)` for both. */
  readonly within?: readonly string[];
  /** n × q, row-major. */
  readonly Z: Float64Array;
  readonly covariance: CovarianceKind;
  /** Given standard deviations of the q effects; absent: they are free. */
  readonly sd?: readonly number[];
  /** Of a structure of places: where the q effects are, and the coordinates as tables name them, `time` or `east:north`. */
  readonly places?: Places;
  readonly label?: string;
  /** Inverse of the known covariance across levels, in the order of `levels`, which then are all of its; absent: levels are independent. */
  readonly known?: LevelPrecision;
}

export interface Design {
  readonly spec: ModelSpec;
  /** Number of rows used. */
  readonly n: number;
  /** For each used row its index in the table. */
  readonly rows: Int32Array;
  /** Rows dropped for missing values. */
  readonly omitted: number;
  /** Response: for binomial the number of successes. */
  readonly y: Float64Array;
  /** Labels of an ordered response, lowest first: then y holds their numbers from 1 on. */
  readonly categories?: readonly string[];
  /** How the response is written: `Reaction`, `cbind(incidence, size - incidence)`. */
  readonly responseName: string;
  /** Binomial trials a row; null when the family takes none (a Bernoulli response has trials of 1). */
  readonly trials: Float64Array | null;
  /** Precision weights, or 1/variance where the variances are known; null = all 1. */
  readonly weights: Float64Array | null;
  /** Frequency weights; null = all 1. */
  readonly frequencyWeights: Float64Array | null;
  /** Columns that the density reads besides y, trials and weights, by their name there (`data:age`); absent when there are none. */
  readonly columns?: Readonly<Record<string, Float64Array>>;
  readonly predictors: readonly PredictorDesign[];
  readonly random: readonly RandomTermDesign[];
  /** Variance functions and correlation of the residuals; absent when there are none. */
  readonly residual?: ResidualData;
  readonly warnings: readonly FitWarning[];
  /** Present where it is made to be sampled; see `Estimation`. */
  readonly estimation?: "posterior";
  /** Where priors are stated that were defaults before they were declared, as `ResolvedPriors.origin`; null = at the origin. Absent: as defaults are found. */
  readonly priorOrigin?: PriorOrigin | null;
  /** Everything needed to apply the same design to other rows. JSON. */
  readonly recipe: DesignRecipe;
}

/** The design of new rows: as `Design` but without a response. `index` is −1 for a level not seen in the fit. */
export interface DesignRows {
  readonly n: number;
  /** Index of each row in the table, those with a missing value left out. */
  readonly rows: Int32Array;
  readonly omitted: number;
  /** In new data by column the rows (indices) that are left out for its missing values; absent: none are. */
  readonly gaps?: ReadonlyMap<string, readonly number[]>;
  /** What is to be said of new data. */
  readonly warnings?: readonly FitWarning[];
  readonly trials: Float64Array | null;
  readonly weights: Float64Array | null;
  /** As `Design.columns`. */
  readonly columns?: Readonly<Record<string, Float64Array>>;
  /** As `Design.residual`; of new rows only where responses are to be simulated. */
  readonly residual?: ResidualData;
  readonly predictors: readonly PredictorDesign[];
  readonly random: readonly RandomTermDesign[];
}

/** The name by which a density reads a column of the table: `data:age`. */
export const dataColumn = (name: string): `data:${string}` => `data:${name}`;

/** The predictor that column a of a random term acts on. */
export const predictorOfColumn = (term: Pick<RandomTermDesign, "predictor" | "predictors">, a: number): number =>
  term.predictors ? term.predictors[a]! : term.predictor;

/** Whether all effects of a random term act on the mean's predictor. */
export const isOfMeanAlone = ({
  predictor,
  predictors,
}: Pick<RandomTermDesign, "predictor" | "predictors">): boolean =>
  predictors ? predictors.every(isMeans) : isMeans(predictor);
