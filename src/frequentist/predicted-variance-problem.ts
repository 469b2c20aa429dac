/** The search of a Gaussian model whose σ has a linear predictor, as that of the model read with σ known; see `marginal/gaussian/predicted-variance.ts`. */
import type { FamilyParameter } from "../families/family.ts";
import { gather, type PredictedVariance, scatter, scatterMatrix } from "../marginal/gaussian/predicted-variance.ts";
import { residualOf } from "../residual/residual.ts";
import type { EquivalentMaximum } from "./equivalent-maxima.ts";
import type { GaussianMaximum, GaussianProblem } from "./gaussian-maximum.ts";

/** The problem in the order of the model with σ known, and the start in it. */
export function problemOfKnownSigma(
  { design, layout, standardisation }: GaussianProblem,
  { data, order }: PredictedVariance,
  from?: Float64Array,
): { readonly problem: GaussianProblem; readonly start?: Float64Array } {
  const { logDeterminant, toStandardised, toOriginal, covarianceToOriginal } = standardisation;
  const given = new Float64Array(layout.size);
  const made = new Float64Array(layout.size);
  const reordered = (map: (x: Float64Array, out: Float64Array) => void) => (x: Float64Array, out: Float64Array) => {
    map(scatter(order, x, given), made);
    gather(order, made, out);
  };
  const residual = residualOf(data.residual, design.n);
  return {
    problem: {
      layout: data.layout,
      standardisation: {
        data,
        logDeterminant,
        toStandardised: reordered(toStandardised),
        toOriginal: reordered(toOriginal),
        covarianceToOriginal: (covariance) => {
          const original = covarianceToOriginal(scatterMatrix(order, covariance));
          const d = order.length;
          return covariance.map((_, cell) => original[order[Math.floor(cell / d)]! * d + order[cell % d]!]!);
        },
      },
      design: { n: design.n, y: design.y, random: design.random },
      residual,
      family: {
        parameters: residual.parameters.map(
          ({ name, support, start }): FamilyParameter => ({ name, support, start: () => start }),
        ),
      },
    },
    ...(from && { start: gather(order, from, new Float64Array(layout.size)) }),
  };
}

/** What was found, in the model's own order. */
export function maximumInOwnOrder(found: GaussianMaximum, { order }: PredictedVariance): GaussianMaximum {
  const place = ({ x, covariance, standardisedCovariance }: EquivalentMaximum) => ({
    x: scatter(order, x, new Float64Array(order.length)),
    covariance: () => scatterMatrix(order, covariance()),
    standardisedCovariance: () => scatterMatrix(order, standardisedCovariance!()),
  });
  return { ...found, ...place(found), equivalents: found.equivalents.map(place) };
}
