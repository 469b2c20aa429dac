/**
 * The order of linear predictors: whatever has one entry a predictor (designs, slices of β, arrays of η) begins with the mean's. Those of other
 * parameters are found by name, or all are gone through.
 */

/** Role of the mean's linear predictor. */
export const MEAN = "mu";

/** Whether a predictor is the mean's: of a nonlinear mean none is. */
export const isLinearMean = ({ role, nonlinear }: { readonly role: string; readonly nonlinear?: object }): boolean =>
  role === MEAN && !nonlinear;

/** Whether a place among linear predictors is the mean's. */
export const isMeans = (predictor: number): boolean => predictor === 0;

/**
 * The mean's entry of a list with one a linear predictor. A nonlinear mean has a predictor a parameter and no entry of its own: this is not for it.
 *
 * @example ofMean(design.predictors).names; // ["(Intercept)", "x"]
 */
export const ofMean = <T>(byPredictor: readonly T[]): T => byPredictor[0]!;
