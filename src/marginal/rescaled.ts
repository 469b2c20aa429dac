/** A marginal likelihood in the user's units over one in standardised coordinates. */

import type { EffectTriangle } from "../model/effect-coordinates.ts";
import type { ParameterLayout } from "../model/parameter-layout.ts";
import type { Standardisation } from "../model/standardise.ts";
import { mappedEffects } from "./mapped-effects.ts";
import type { MarginalLikelihood } from "./marginal-likelihood.ts";

/** S⁻¹CS⁻ᵀ of one level's covariance, in place: its rows, then its columns. */
function covarianceToOriginal(covariance: Float64Array, at: number, q: number, triangle: EffectTriangle): void {
  const column = new Float64Array(q);
  for (let a = 0; a < q; a++) triangle.toOriginal(covariance, at + a * q);
  for (let b = 0; b < q; b++) {
    for (let a = 0; a < q; a++) column[a] = covariance[at + a * q + b]!;
    triangle.toOriginal(column, 0);
    for (let a = 0; a < q; a++) covariance[at + a * q + b] = column[a]!;
  }
}

/** The same function of x = toOriginal(x̃): values are equal, gradients pulled back, random effects in the user's units. */
export function inOriginalUnits(
  inner: MarginalLikelihood,
  map: Standardisation,
  layout: ParameterLayout,
): MarginalLikelihood {
  const point = new Float64Array(layout.size);
  const slope = new Float64Array(layout.size);
  const { scales, triangles } = map;
  const groups = inner.groups;
  /** b from b̃, in place. */
  const effectsToOriginal = (effects: Float64Array, t: number): void => {
    const scale = scales[t]!;
    const q = scale.length;
    const triangle = triangles[t];
    if (triangle) for (let at = 0; at < effects.length; at += q) triangle.toOriginal(effects, at);
    else for (let i = 0; i < effects.length; i++) effects[i]! /= scale[i % q]!;
  };
  return {
    layout,
    method: inner.method,
    trace: inner.trace,
    evaluate(x, gradient) {
      map.toStandardised(x, point);
      if (!gradient) return inner.evaluate(point);
      const value = inner.evaluate(point, slope);
      map.pullbackToOriginal(slope, gradient);
      return value;
    },
    ...(groups && {
      groups: {
        count: groups.count,
        evaluate(x: Float64Array, values: Float64Array, scores?: Float64Array) {
          map.toStandardised(x, point);
          groups.evaluate(point, values, scores);
          if (!scores) return;
          for (let g = 0; g < groups.count; g++) {
            const row = scores.subarray(g * layout.size, (g + 1) * layout.size);
            slope.set(row);
            map.pullbackToOriginal(slope, row);
          }
        },
      },
    }),
    conditionalModes(x) {
      map.toStandardised(x, point);
      const { modes, covariances } = inner.conditionalModes(point);
      modes.forEach(effectsToOriginal);
      covariances.forEach((covariance, t) => {
        const scale = scales[t]!;
        const q = scale.length;
        const triangle = triangles[t];
        if (triangle) {
          for (let at = 0; at < covariance.length; at += q * q) covarianceToOriginal(covariance, at, q, triangle);
          return;
        }
        for (let i = 0; i < covariance.length; i++) covariance[i]! /= scale[i % q]! * scale[Math.floor(i / q) % q]!;
      });
      return { modes, covariances };
    },
    effectsCovariance(x) {
      map.toStandardised(x, point);
      const covariance = inner.effectsCovariance(point);
      return covariance && mappedEffects(covariance, effectsToOriginal);
    },
    drawRandomEffects(x, rng, out) {
      map.toStandardised(x, point);
      inner.drawRandomEffects(point, rng, out);
      out.forEach(effectsToOriginal);
    },
  };
}
