/** A marginal likelihood in the user's units over one in standardised coordinates. */

import type { ParameterLayout } from "../model/parameter-layout.ts";
import type { Standardisation } from "../model/standardise.ts";
import { rescaledEffects } from "./effects-covariance.ts";
import type { MarginalLikelihood } from "./marginal-likelihood.ts";

/** The same function of x = toOriginal(x̃): values are equal, gradients pulled back, random effects in the user's units. */
export function inOriginalUnits(
  inner: MarginalLikelihood,
  map: Standardisation,
  layout: ParameterLayout,
): MarginalLikelihood {
  const point = new Float64Array(layout.size);
  const slope = new Float64Array(layout.size);
  const { scales } = map;
  const groups = inner.groups;
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
      modes.forEach((mode, t) => {
        const scale = scales[t]!;
        for (let i = 0; i < mode.length; i++) mode[i]! /= scale[i % scale.length]!;
      });
      covariances.forEach((covariance, t) => {
        const scale = scales[t]!;
        const q = scale.length;
        for (let i = 0; i < covariance.length; i++) covariance[i]! /= scale[i % q]! * scale[Math.floor(i / q) % q]!;
      });
      return { modes, covariances };
    },
    effectsCovariance(x) {
      map.toStandardised(x, point);
      const covariance = inner.effectsCovariance(point);
      const units = scales.map((scale) => Array.from(scale, (value) => 1 / value));
      return covariance && rescaledEffects(covariance, units);
    },
    drawRandomEffects(x, rng, out) {
      map.toStandardised(x, point);
      inner.drawRandomEffects(point, rng, out);
      out.forEach((effects, t) => {
        const scale = scales[t]!;
        for (let i = 0; i < effects.length; i++) effects[i]! /= scale[i % scale.length]!;
      });
    },
  };
}
