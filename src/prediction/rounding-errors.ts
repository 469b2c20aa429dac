/**
 * Errors that are nothing but rounding: where the residual variance is zero to rounding, what only the residuals make uncertain is known exactly, and its
 * computed error is what rounding left. What depends on variances between levels keeps its error.
 */
import type { Fit } from "../model/fit.ts";

/** The code of the warning that there is no residual variance. */
export const ZERO_RESIDUAL = "residual-variance-zero";

/** How many times what the residual's rounding makes of an error is rounding still; a variance between levels that is one makes far more. */
const ROUNDING = 1e4;

/**
 * Whether the standard error of a quantity with this gradient in x is rounding; null: the fit has noise.
 *
 * The residual variance makes of the error of a combination of standardised coefficients (columns of unit size) its standard deviation times the length of the
 * combination over √n at the least.
 */
export function roundingErrors(fit: Fit): ((gradient: Float64Array, error: number) => boolean) | null {
  if (fit.kind !== "ml" || !fit.warnings.some(({ code }) => code === ZERO_RESIDUAL)) return null;
  const { standardisation } = fit.model;
  const { y, weights, n } = fit.model.design;
  const largest = y.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
  const weight = weights ? weights.reduce((sum, value) => sum + value, 0) / n : 1;
  const { phi } = fit.model.layout;
  const predicted = fit.model.family.predictors.length > 1;
  const sigma = predicted || phi.size === 0 ? 0 : fit.estimate[phi.offset]! / Math.sqrt(weight);
  const limit = ROUNDING * Math.max(sigma, Number.EPSILON * largest);
  const standardised = new Float64Array(fit.estimate.length);
  return (gradient, error) => {
    standardisation.pullbackToStandardised(gradient, standardised);
    return error <= limit * Math.sqrt(standardised.reduce((sum, value) => sum + value * value, 0));
  };
}
