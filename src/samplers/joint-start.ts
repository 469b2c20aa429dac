/**
 * Where chains of the joint target start: parameters at the mode of the integrated posterior (the joint density has no useful mode: it is
 * highest where standard deviations are wrong), random effects at their conditional modes.
 */
import type { ChainSettings } from "./chain.ts";
import type { ConditionalEffects } from "./conditional-effects.ts";
import type { Mode } from "./mode.ts";
import { whitenedEffects } from "./related-effects.ts";
import type { Target } from "./target-data.ts";

/** Conditional modes of u further out than this come of a Λ that is all but singular, of which the data say nothing. */
const FARTHEST = 5;

/**
 * @param x natural parameters at the mode, standardised
 * @param effects at the mode
 * @param joint with its centred and non-centred terms
 */
export function jointStart(
  integrated: Target,
  mode: Mode,
  x: Float64Array,
  effects: readonly ConditionalEffects[],
  joint: Target,
): { readonly centre: Float64Array; readonly metric: ChainSettings["metric"] } {
  const { chart } = integrated;
  const { dim } = joint.density;
  const centre = new Float64Array(dim);
  const variances = new Float64Array(dim).fill(1);
  centre.set(mode.z);
  for (let i = 0; i < chart.size; i++) variances[i] = mode.covariance[i * chart.size + i]!;
  // Where the joint chart has another coordinate of a standard deviation, its variance follows at first order: var(log s) = var(s)/s².
  joint.chart.terms.forEach(({ chart: term, offset }, t) => {
    for (let a = 0; a < term.signed.length; a++) {
      const i = offset + a;
      const from = chart.terms[t]!.chart;
      if (term.signed[a] || !from.signed[a]) continue;
      const sd = from.sds[a]!.value(Math.max(Math.abs(mode.z[i]!), Math.sqrt(variances[i]!)));
      centre[i] = term.sds[a]!.inverse(sd);
      const ratio = term.sds[a]!.slopeAt(sd) / from.sds[a]!.slopeAt(sd);
      variances[i]! /= ratio * ratio;
    }
  });
  let offset = chart.size;
  effects.forEach(({ q, b, bVariance, u: spherical, uVariance }, t) => {
    const centred = joint.coordinates![t]!;
    const known = joint.standardisation.data.random[t]!.known;
    const u = known ? whitenedEffects(known, spherical, q) : spherical;
    for (let i = 0; i < b.length; i++, offset++) {
      if (centred.kind === "centred") {
        centre[offset] = b[i]!;
        if (bVariance[i]! > 0) variances[offset] = bVariance[i]!;
        const { map } = centred;
        if (map)
          for (let k = 0; k < chart.coefficients; k++)
            centre[offset]! += map[(i % q) * chart.coefficients + k]! * x[k]!;
      } else if (Math.abs(u[i]!) < FARTHEST) {
        centre[offset] = u[i]!;
        variances[offset] = Math.max(uVariance[i]!, 0.01);
      }
    }
  });
  return { centre, metric: { kind: "diagonal", values: variances } };
}
