/**
 * The mean of each row of a design as a function of the natural parameters x = [β | Λ | φ] and the random effects b, with gradients:
 * what predictions, population averages and simulations are made of.
 */
import type { DesignRows } from "../data/design.ts";
import type { Family } from "../families/family.ts";
import type { ParameterLayout } from "../model/parameter-layout.ts";
import { type MeanBuffers, meanBuffers } from "./conditional-mean.ts";
import type { Estimand, NewLevels } from "./estimand.ts";
import { type ResponseMean, responseMean } from "./response-mean.ts";
import { rowPredictors } from "./row-predictors.ts";

/** The part of a design that a mean depends on. */
export type MeanRows = Pick<DesignRows, "n" | "predictors" | "random" | "columns"> & { readonly rows?: Int32Array };

export interface RowMeans {
  readonly n: number;
  /** η a row by predictor, with the given random effects in it. Valid after `evaluate`. */
  readonly eta: readonly Float64Array[];
  /** Variance integrated over, a row by predictor; null where none is. */
  readonly variance: readonly (Float64Array | null)[];
  /** Covariance integrated over, of predictors r > s at r(r − 1)/2 + s; null where none is. */
  readonly covariance: readonly (Float64Array | null)[];
  /** Means and their derivatives. Valid after `evaluate`. */
  readonly mean: MeanBuffers;
  /** The family's parameters. Valid after `evaluate`. */
  readonly phi: Float64Array;
  /** True when some term enters with given random effects, so that b is read. */
  readonly usesEffects: boolean;
  /** Computes everything at x; b by term (levels × q) is read for conditional means only. */
  evaluate(x: Float64Array, b: readonly Float64Array[] | null): void;
  /** The same for η and its variance only, without the means. */
  evaluatePredictors(x: Float64Array, b: readonly Float64Array[] | null): void;
  /**
   * Adds scale·∂(mean of row i)/∂x to `gx`, and scale·∂/∂b to `gb` (by term, levels × q) when given. After `evaluate`.
   */
  addMeanGradient(i: number, scale: number, gx: Float64Array, gb: readonly Float64Array[] | null): void;
  /** The same for η_r of row i. */
  addPredictorGradient(r: number, i: number, scale: number, gx: Float64Array, gb: readonly Float64Array[] | null): void;
  /** Level of term t whose effect enters row i, −1 when none does. */
  levelOf(t: number, i: number): number;
}

/**
 * Binds rows to a family and a layout.
 *
 * @param newLevels what to do, in conditional means, with rows whose level the fit has not seen
 * @throws DeclarationError naming the rows with unseen levels when `newLevels` is `existing`
 */
export function rowMeans(
  family: Family,
  layout: ParameterLayout,
  rows: MeanRows,
  estimand: Estimand,
  newLevels: NewLevels = "existing",
  response: ResponseMean = responseMean(family),
): RowMeans {
  const { n, predictors } = rows;
  const { offset, size } = layout.phi;
  const { evaluate, addPredictorGradient, addVarianceGradient, ...linear } = rowPredictors(
    layout,
    rows,
    estimand,
    newLevels,
  );
  const mean = meanBuffers(n, predictors.length, size);
  const phi = new Float64Array(size);
  return {
    ...linear,
    n,
    mean,
    phi,
    evaluatePredictors: evaluate,
    evaluate(x, b) {
      evaluate(x, b);
      phi.set(x.subarray(offset, offset + size));
      response.evaluate(linear.eta, linear.variance, phi, n, mean, rows.columns, linear.covariance);
    },
    addPredictorGradient,
    addMeanGradient(i, scale, gx, gb) {
      for (let r = 0; r < predictors.length; r++) addPredictorGradient(r, i, scale * mean.dEta[r]![i]!, gx, gb);
      for (let g = 0; g < size; g++) gx[offset + g]! += scale * mean.dPhi[g]![i]!;
      addVarianceGradient(i, mean, scale, gx);
    },
  };
}
