/** What the integral needs of a model: plain data that can be cloned into a worker. */
import type { PredictorDesign, RandomTermDesign } from "../data/design.ts";
import type { ParameterLayout } from "../model/parameter-layout.ts";
import type { ResidualData } from "../residual/residual-data.ts";

export interface IntegralData {
  readonly n: number;
  readonly predictors: readonly PredictorDesign[];
  readonly random: readonly RandomTermDesign[];
  /** The columns the density reads: always `y`; `trials` and `weights` (precision weights) where there are any. Length n. */
  readonly columns: Readonly<Record<string, Float64Array>>;
  /** Multiplies each row's log density (frequency weights); null = 1. */
  readonly multiplier: Float64Array | null;
  readonly layout: ParameterLayout;
  /**
   * Number of thresholds, the first entries of φ: the first predictor has no intercept, and moving it by a constant moves them as much. Absent:
   * none.
   */
  readonly thresholds?: number;
  /** The residual standard deviation of a Gaussian model where it is known, 1 where the variances are: then φ has none. Absent: φ begins with it. */
  readonly sigma?: number;
  /**
   * By term, where its effects are Sb with S not diagonal and b the user's: the rows of S⁻¹ up to the scale of each, q × q. The nodes of a quadrature
   * rule stand along the axes of b.
   */
  readonly userRows?: readonly (Float64Array | null)[];
  /** Variance functions and correlation of the residuals, Gaussian models only; their parameters follow sigma in φ, where it is there. */
  readonly residual?: ResidualData;
}
