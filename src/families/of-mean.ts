/**
 * The order of linear predictors: whatever has one entry a predictor (designs, slices of β, arrays of η) begins with the mean's. Those of other
 * parameters are found by name, or all are gone through.
 */

/**
 * The mean's entry of a list with one a linear predictor. A nonlinear mean has a predictor a parameter and no entry of its own: this is not for it.
 *
 * @example ofMean(design.predictors).names; // ["(Intercept)", "x"]
 */
export const ofMean = <T>(byPredictor: readonly T[]): T => byPredictor[0]!;
