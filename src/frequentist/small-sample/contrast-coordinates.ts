/** Contrasts of the mean's coefficients, in the user's units, as combinations of the orthonormal columns that small-sample theory is computed in. */
import { ofMean } from "../../families/of-mean.ts";
import { solveLower } from "../../linalg/triangular.ts";
import type { CovarianceMoments } from "../../marginal/gaussian/moments/covariance-moments.ts";
import { covarianceMoments } from "../../marginal/gaussian/moments/covariance-moments.ts";
import { gather, type PredictedVariance, predictedVariance } from "../../marginal/gaussian/predicted-variance.ts";
import type { MaximumLikelihoodFit } from "../../model/fit.ts";

export interface MomentsOfFit {
  readonly moments: CovarianceMoments;
  /** Standardised natural parameters of the fit. */
  readonly x: Float64Array;
  readonly predicted: PredictedVariance | null;
  /** The combination of the orthonormal columns that l'β is, l one number a coefficient of the mean. */
  toOrthonormal(l: ArrayLike<number>): Float64Array;
}

/** Null where the model cannot be computed with at the estimate, as without any residual variance. */
export function momentsOfFit({ model, estimate }: MaximumLikelihoodFit): MomentsOfFit | null {
  const { layout, standardisation } = model;
  const x = new Float64Array(layout.size);
  standardisation.toStandardised(estimate, x);
  const predicted = predictedVariance(standardisation.data);
  const data = predicted?.data ?? standardisation.data;
  const moments = covarianceMoments(data, predicted ? gather(predicted.order, x, new Float64Array(x.length)) : x);
  if (!moments) return null;
  const { p, transform } = moments.products.pls.design;
  const { offset } = ofMean(layout.beta);
  return {
    moments,
    x,
    predicted,
    toOrthonormal(l) {
      const user = new Float64Array(layout.size);
      for (let a = 0; a < p; a++) user[offset + a] = l[a]!;
      const standardised = new Float64Array(layout.size);
      standardisation.pullbackToStandardised(user, standardised);
      const own = standardised.slice(offset, offset + p);
      solveLower(transform, 0, p, p, own);
      return own;
    },
  };
}
