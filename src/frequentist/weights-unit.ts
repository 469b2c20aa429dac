/**
 * The search of a Gaussian model in a unit of the precision weights in which they are about 1. The likelihood is the same, σ²/w = (σ²/c)/(w/c), but only then are
 * standard deviations relative to σ about as large as those between rows, which is what starts, steps and tolerances are made for.
 */
import { unitOfWeights } from "../marginal/gaussian/unit-of-weights.ts";
import type { EquivalentMaximum } from "./equivalent-maxima.ts";
import type { GaussianMaximum, GaussianProblem } from "./gaussian-maximum.ts";

/** The unit, as `unitOfWeights` has it; 1 where σ is known, whose unit is given. */
export function weightsUnit({ standardisation: { data } }: GaussianProblem): number {
  return data.sigma === undefined ? unitOfWeights(data.columns["weights"]) : 1;
}

/** The same problem with weights divided by unit² and σ by the unit. */
export function inWeightsUnit(problem: GaussianProblem, unit: number): GaussianProblem {
  const { layout, standardisation } = problem;
  const { data, toStandardised, toOriginal, covarianceToOriginal } = standardisation;
  const sigma = layout.phi.offset;
  return {
    ...problem,
    standardisation: {
      ...standardisation,
      data: { ...data, columns: { ...data.columns, weights: data.columns["weights"]!.map((w) => w / unit / unit) } },
      toStandardised: (x, out) => {
        toStandardised(x, out);
        out[sigma]! /= unit;
      },
      toOriginal: (x, out) => {
        toOriginal(x, out);
        out[sigma]! *= unit;
      },
      covarianceToOriginal: (covariance) => scaleOne(covarianceToOriginal(covariance), layout.size, sigma, unit),
    },
  };
}

/** What was found, with σ in the unit of the user's weights. */
export function maximumInUsersUnit(found: GaussianMaximum, { layout }: GaussianProblem, unit: number): GaussianMaximum {
  const back = <T extends EquivalentMaximum>(one: T): T => ({
    ...one,
    standardisedCovariance: () => scaleOne(one.standardisedCovariance!(), layout.size, layout.phi.offset, unit),
  });
  return { ...back(found), roundingSigma: found.roundingSigma * unit, equivalents: found.equivalents.map(back) };
}

/** A copy of a covariance, size × size, with one variable multiplied. */
function scaleOne(covariance: Float64Array, size: number, position: number, factor: number): Float64Array {
  const out = covariance.slice();
  for (let i = 0; i < size; i++) {
    out[i * size + position]! *= factor;
    out[position * size + i]! *= factor;
  }
  return out;
}
