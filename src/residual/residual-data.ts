/** What a residual structure is once it has met a table: plain data that can be cloned into a worker. */
import type { CorrelationKind, Metric, VarianceFunctionKind } from "../dsl/residual-spec.ts";

/** A parameter of a variance function in one stratum: estimated, or held at a value. */
export interface VarianceParameter {
  /** As tables name it: `varPower.power`, `varIdent.Male`, `varConstPower.const.Male`. */
  readonly name: string;
  /** Which of the function's parameters (0 or 1), and of which stratum. */
  readonly slot: number;
  readonly stratum: number;
  /** null: estimated. */
  readonly held: number | null;
}

export interface VariancePart {
  readonly kind: VarianceFunctionKind;
  /** Length n, in the order of the rows; null for `varIdent`. */
  readonly covariate: Float64Array | null;
  /** The covariate holds the fitted values of the round before. */
  readonly fitted: boolean;
  /** Length n: stratum of each row. */
  readonly stratum: Int32Array;
  readonly strata: readonly string[];
  readonly parameters: readonly VarianceParameter[];
}

export interface CorrelationPart {
  readonly kind: CorrelationKind;
  /** Positions in the order of the structure: row of the design at each. Groups are contiguous, times ascend within a group. */
  readonly order: Int32Array;
  /** Group g holds positions start[g] … start[g + 1] − 1. */
  readonly start: Int32Array;
  /** n × dimensions, row-major, in the order of the structure: time (`corSymm`: number of the occasion from 0) or coordinates. */
  readonly place: Float64Array;
  readonly dimensions: number;
  /** Labels of the occasions of `corSymm`. */
  readonly occasions: readonly string[];
  readonly p: number;
  readonly q: number;
  readonly nugget: boolean;
  readonly metric: Metric;
  /** Parameters in nlme's order to start at, or to hold; empty: the structure's own. */
  readonly value: readonly number[];
  readonly fixed: boolean;
}

/** A linear predictor of the logarithms of the rows' standard deviations. */
export interface LogLinearPart {
  readonly names: readonly string[];
  /** n × names.length, row-major, in the order of the rows. */
  readonly X: Float64Array;
  readonly offset: Float64Array;
  /** Coefficients to start at. */
  readonly start: Float64Array;
}

export interface ResidualData {
  readonly n: number;
  /** Its coefficients come before the parameters of the variance functions; absent: none. */
  readonly logLinear?: LogLinearPart;
  readonly variance: readonly VariancePart[];
  readonly correlation: CorrelationPart | null;
}
