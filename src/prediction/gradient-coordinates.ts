/**
 * The coordinates in which variances of combinations of parameters and random effects are taken. Where columns lie far from their origin the
 * user's parameters are nearly functions of one another, and the variance of a prediction is what a difference of numbers of the square of
 * that distance leaves: there it is taken in standardised coordinates, to which gradients are moved first.
 */
import type { MaximumLikelihoodFit } from "../model/fit.ts";
import type { PointFit } from "./fit-capabilities.ts";

export interface GradientCoordinates {
  /** Covariance of the parameters in these coordinates. */
  readonly covariance: Float64Array;
  /** Whether they are the standardised ones. */
  readonly standardised: boolean;
  /** Moves a gradient in the user's parameters here, in place. */
  parameters(gx: Float64Array): void;
  /** Moves the gradient in one level's effects of term t here, in place at `at`. */
  effects(gb: Float64Array, t: number, at: number): void;
}

const nothing = () => {};

/** @param withEffects whether random effects are among what the gradients are in */
export function gradientCoordinates(fit: PointFit, withEffects: boolean): GradientCoordinates {
  const standardised = fit.standardisedCovariance;
  // what a linearised model says of its random effects is in the user's units
  if (!standardised || (withEffects && (fit as MaximumLikelihoodFit).linearised))
    return { covariance: fit.covariance, standardised: false, parameters: nothing, effects: nothing };
  const { pullbackToStandardised, scales, triangles } = fit.model.standardisation;
  return {
    covariance: standardised,
    standardised: true,
    parameters: (gx) => pullbackToStandardised(gx.slice(), gx),
    effects(gb, t, at) {
      const triangle = triangles[t];
      if (triangle) triangle.rowToStandardised(gb, at);
      else
        scales[t]!.forEach((scale, a) => {
          gb[at + a]! /= scale;
        });
    },
  };
}
