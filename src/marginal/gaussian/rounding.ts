/** What the precision of doubles leaves of a residual sum of squares. */
import { ofMean } from "../../families/of-mean.ts";
import type { IntegralData } from "../integral-data.ts";

/** Half the spacing of doubles: the largest relative error of a number that is stored as one. */
const HALF_ULP = 2 ** -53;

/**
 * What storing y and its fitted values as doubles leaves of a residual sum of squares: Σ w (y·2⁻⁵³)²/3, that of rounding errors spread evenly.
 * A residual sum of squares is never taken for less.
 */
export function roundingOf(data: IntegralData, weight: Float64Array): number {
  const y = data.columns["y"]!;
  const { offset } = ofMean(data.predictors);
  let sum = 0;
  for (let i = 0; i < y.length; i++) {
    const size = Math.max(Math.abs(y[i]!), Math.abs(offset[i]!));
    sum += weight[i]! * size * size;
  }
  // zeros have no rounding of their own
  if (sum === 0) sum = weight.reduce((total, w) => total + w, 0);
  return (sum * HALF_ULP ** 2) / 3;
}
