/**
 * Satterthwaite's degrees of freedom of contrasts of coefficients, by the delta method: the variance estimate l'Φl has 2 E²/Var. The covariance of the
 * variance parameters is the inverse of the observed information; where a covariance matrix is singular, the expected restricted information of the
 * entries of Σ, since a variance at 0 has no curvature of its own and is no less uncertain. Several contrasts: Fai & Cornelius 1996 (J. Stat.
 * Comput. Simul. 54, 363–378).
 */
import type { MaximumLikelihoodFit } from "../../model/fit.ts";
import { boundaryEntries } from "../../model/parameter-layout.ts";
import type { MomentsOfFit } from "./contrast-coordinates.ts";
import { expectedInformation } from "./expected-information.ts";
import { bilinear, times } from "./quadratic.ts";

/** Slopes of Φ and the covariance of the parameters they are in. */
interface VarianceOfVariance {
  /** −∂Φ/∂ω_i = ΦP_iΦ is given by P, p × p. */
  readonly P: readonly Float64Array[];
  /** m × m. */
  readonly covariance: Float64Array;
}

/** The covariance of a fit in standardised coordinates. */
export function standardisedCovariance({
  model,
  covariance,
  standardisedCovariance: known,
}: MaximumLikelihoodFit): Float64Array {
  if (known) return known;
  const { layout, standardisation } = model;
  const d = layout.size;
  const half = new Float64Array(d * d);
  const mapped = new Float64Array(d);
  for (let i = 0; i < d; i++) {
    standardisation.toStandardised(covariance.subarray(i * d, (i + 1) * d), mapped);
    for (let j = 0; j < d; j++) half[j * d + i] = mapped[j]!;
  }
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    standardisation.toStandardised(half.subarray(i * d, (i + 1) * d), mapped);
    out.set(mapped, i * d);
  }
  return out;
}

/** Whether a covariance matrix of random effects is singular. */
const isSingular = ({ model }: MaximumLikelihoodFit, x: Float64Array): boolean =>
  model.layout.terms.some((term) => boundaryEntries(term, x).length > 0);

function observed(fit: MaximumLikelihoodFit, { moments, predicted }: MomentsOfFit): VarianceOfVariance {
  const { size } = fit.model.layout;
  const p = moments.p;
  const m = size - p;
  const full = standardisedCovariance(fit);
  // in the order of the model that the moments are of
  const place = Int32Array.from({ length: m }, (_, i) => predicted?.order[p + i] ?? p + i);
  const covariance = new Float64Array(m * m);
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) covariance[i * m + j] = full[place[i]! * size + place[j]!]!;
  return { P: moments.naturalSlopes(), covariance };
}

export interface Satterthwaite {
  /** Degrees of freedom of a contrast in orthonormal coordinates; Infinity where its variance is known. */
  df(l: Float64Array): number;
}

export function satterthwaite(fit: MaximumLikelihoodFit, of: MomentsOfFit): Satterthwaite {
  let known: VarianceOfVariance | undefined;
  function variances(): VarianceOfVariance {
    if (!isSingular(fit, of.x)) return observed(fit, of);
    const { moments, covariance } = expectedInformation(of.moments);
    return { P: moments.P, covariance };
  }
  const { covariance: Phi } = of.moments;
  return {
    df(l) {
      const { P, covariance } = (known ??= variances());
      const m = P.length;
      const moved = times(Phi, l);
      const variance = bilinear(l, Phi, l);
      const slope = P.map((own) => bilinear(moved, own, moved));
      let spread = 0;
      for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) spread += slope[i]! * covariance[i * m + j]! * slope[j]!;
      return spread > 0 ? (2 * variance * variance) / spread : Number.POSITIVE_INFINITY;
    },
  };
}

/** Two degrees of freedom that differ by less are those of one variance. */
const SAME = 1e-8;

/** Denominator degrees of freedom of an F test of uncorrelated contrasts with these degrees of freedom. */
export function faiCornelius(df: readonly number[]): number {
  const first = df[0]!;
  if (df.every((value) => Math.abs(value - first) <= SAME * first)) return first;
  if (df.some((value) => value <= 2)) return 2;
  const mean = df.reduce((sum, value) => sum + (value === Number.POSITIVE_INFINITY ? 1 : value / (value - 2)), 0);
  return mean > df.length ? (2 * mean) / (mean - df.length) : Number.POSITIVE_INFINITY;
}
