/**
 * What is uncertain in a conditional prediction from a maximum-likelihood fit: the parameters x, and the random effects b given x.
 *
 * Var f(x̂, b̂) ≈ (f_x + f_b ∂b̂/∂x) V (f_x + f_b ∂b̂/∂x)' + f_b C f_b', with V the covariance of x̂, b̂(x) the conditional modes and C
 * their conditional covariance (Kass & Steffey 1989, JASA 84, 717–726, eq. 3.4; Booth & Hobert 1998, JASA 93, 262–272).
 * C is kept by level of each term; conditional covariances between the effects of different terms are left out.
 */
import type { MaximumLikelihoodFit } from "../model/fit.ts";

/** Step of the central differences of b̂(x), in standard errors of each parameter: the modes are smooth on that scale. */
const stepInStandardErrors = 1e-3;

const known = new WeakMap<MaximumLikelihoodFit, readonly (readonly Float64Array[] | null)[]>();

function modesOfIntegral(model: MaximumLikelihoodFit["model"]): NonNullable<MaximumLikelihoodFit["modesAt"]> {
  const marginal = model.marginal({ kind: model.gaussian ? "exact" : "laplace" });
  return (x) => marginal.conditionalModes(x).modes;
}

/** ∂b̂/∂x_j by parameter, by term (levels × q); null for parameters without uncertainty (held at a boundary). */
export function modeSensitivity(fit: MaximumLikelihoodFit): readonly (readonly Float64Array[] | null)[] {
  let sensitivity = known.get(fit);
  if (!sensitivity) {
    const { model, estimate, covariance } = fit;
    const size = estimate.length;
    const modesAt = fit.modesAt ?? modesOfIntegral(model);
    const x = estimate.slice();
    sensitivity = Array.from({ length: size }, (_, j) => {
      const se = Math.sqrt(covariance[j * size + j]!);
      if (!(se > 0)) return null;
      const h = stepInStandardErrors * se;
      x[j] = estimate[j]! + h;
      const upper = modesAt(x).map((modes) => modes.slice());
      x[j] = estimate[j]! - h;
      const lower = modesAt(x);
      x[j] = estimate[j]!;
      return upper.map((modes, t) => modes.map((value, k) => (value - lower[t]![k]!) / (2 * h)));
    });
    known.set(fit, sensitivity);
  }
  return sensitivity;
}

/** gx += gb·∂b̂/∂x over all levels. */
export function addThroughModes(fit: MaximumLikelihoodFit, gb: readonly Float64Array[], gx: Float64Array): void {
  modeSensitivity(fit).forEach((terms, j) => {
    terms?.forEach((derivative, t) => {
      const g = gb[t]!;
      let s = 0;
      for (let k = 0; k < g.length; k++) s += g[k]! * derivative[k]!;
      gx[j]! += s;
    });
  });
}

/** gb C hb', summed over the levels of every term. */
export function conditionalCovariance(
  fit: MaximumLikelihoodFit,
  gb: readonly Float64Array[],
  hb: readonly Float64Array[],
): number {
  let total = 0;
  fit.model.design.random.forEach(({ q, levels }, t) => {
    for (let level = 0; level < levels.length; level++) total += levelCovariance(fit, t, level, q, gb[t]!, hb[t]!);
  });
  return total;
}

/** The part of one level of one term. */
export function levelCovariance(
  fit: MaximumLikelihoodFit,
  t: number,
  level: number,
  q: number,
  g: Float64Array,
  h: Float64Array,
): number {
  const C = fit.modeCovariances[t]!;
  let s = 0;
  for (let a = 0; a < q; a++) {
    const ga = g[level * q + a]!;
    if (ga !== 0) for (let b = 0; b < q; b++) s += ga * C[(level * q + a) * q + b]! * h[level * q + b]!;
  }
  return s;
}

/** g V h' for a size × size covariance. */
export function quadraticForm(V: Float64Array, g: Float64Array, h: Float64Array): number {
  const size = g.length;
  let s = 0;
  for (let j = 0; j < size; j++) {
    const gj = g[j]!;
    if (gj === 0) continue;
    let row = 0;
    for (let k = 0; k < size; k++) row += V[j * size + k]! * h[k]!;
    s += gj * row;
  }
  return s;
}
