/**
 * The expected restricted information of the variance parameters, and the covariance of their estimates: what Kenward-Roger needs, and Satterthwaite's
 * method at a boundary, where observed curvature is no information.
 */
import type { CovarianceMoments, Moments } from "../../marginal/gaussian/moments/covariance-moments.ts";
import type { CovarianceDirections } from "../../marginal/gaussian/moments/directions.ts";
import { invertInformation } from "../information.ts";
import { multiply, traceOfProduct } from "./quadratic.ts";

export interface ExpectedInformation {
  readonly directions: CovarianceDirections;
  readonly moments: Moments;
  /** ½[tr(V⁻¹V_iV⁻¹V_j) − 2 tr(ΦQ_ij) + tr(ΦP_iΦP_j)], m × m. */
  readonly information: Float64Array;
  /** Its inverse on the directions that have any. */
  readonly covariance: Float64Array;
}

/** The information between directions. */
export function restrictedInformation(
  { covariance: Phi, p }: Pick<CovarianceMoments, "covariance" | "p">,
  { P, Q, traces }: Moments,
): Float64Array {
  const m = P.length;
  const PhiP = P.map((own) => multiply(Phi, own, p));
  const out = new Float64Array(m * m);
  for (let i = 0; i < m; i++)
    for (let j = 0; j <= i; j++) {
      const value =
        0.5 * (traces[i * m + j]! - 2 * traceOfProduct(Phi, Q(i, j), p) + traceOfProduct(PhiP[i]!, PhiP[j]!, p));
      out[i * m + j] = out[j * m + i] = value;
    }
  return out;
}

export function expectedInformation(moments: CovarianceMoments): ExpectedInformation {
  const directions = moments.directions();
  const own = moments.moments(directions.directions);
  const information = restrictedInformation(moments, own);
  const m = directions.directions.length;
  return { directions, moments: own, information, covariance: invertInformation(information, m).covariance };
}
