/** The covariance of random effects in other coordinates. */
import type { EffectsCovariance } from "./effects-covariance.ts";

/** Those of a model whose effects are images of these. @param map takes the effects of one level of term t to their images, in place */
export const mappedEffects = (
  covariance: EffectsCovariance,
  map: (effects: Float64Array, t: number) => void,
): EffectsCovariance => ({
  ...covariance,
  terms: covariance.terms.map(({ q, start, factor }, t) => {
    const mapped = new Float64Array(q * q);
    const column = new Float64Array(q);
    for (let c = 0; c < q; c++) {
      for (let a = 0; a < q; a++) column[a] = factor[a * q + c]!;
      map(column, t);
      for (let a = 0; a < q; a++) mapped[a * q + c] = column[a]!;
    }
    return { q, start, factor: mapped };
  }),
});
