/** Coefficients of a predictor from a value that it should be near to in every row. */
import type { IntegralData } from "../marginal/integral-data.ts";

/**
 * Coefficients of the r-th predictor of standardised data, whose columns are orthogonal with mean square 1, that bring it nearest to `eta`.
 *
 * @example nearestCoefficients(model.standardisation.data, 1, Math.log(sigma));
 */
export function nearestCoefficients({ n, predictors }: IntegralData, r: number, eta: number): Float64Array {
  const { X, offset, names } = predictors[r]!;
  const size = names.length;
  const coefficients = new Float64Array(size);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < size; j++) coefficients[j]! += (X[i * size + j]! * (eta - offset[i]!)) / n;
  return coefficients;
}
