/** The normal distribution with a residual standard deviation that is given: by the declaration, or row by row as known variances. */

import { ndtr } from "../special/normal.ts";
import { HALF_LOG_2PI } from "../special/stirling.ts";
import type { Family } from "./family.ts";
import { gaussian } from "./gaussian.ts";
import { ofMean } from "./of-mean.ts";

/**
 * Gaussian response of variance σ²/w, w the row's precision weight, with σ held: the Gaussian family without its parameter. Models with known
 * sampling variances v_i (meta-analysis) have σ = 1 and w_i = 1/v_i.
 */
export function gaussianOfSigma(sigma: number): Family {
  const precision = 1 / (sigma * sigma);
  return Object.freeze({
    ...gaussian(),
    parameters: [],
    sigma,
    logDensity(ops, { eta, column }) {
      const residual = ops.sub(column["y"]!, ofMean(eta));
      const quadratic = ops.mul(-0.5 * precision, ops.mul(column["weights"]!, ops.square(residual)));
      const constant = HALF_LOG_2PI + Math.log(sigma);
      return ops.add(quadratic, ops.sub(ops.mul(0.5, ops.log(column["weights"]!)), constant));
    },
    variance: (ops, { column }) => ops.div(sigma * sigma, column["weights"]!),
    simulate: (rng, { eta, column }) => ofMean(eta) + (sigma / Math.sqrt(column["weights"] ?? 1)) * rng.normal(),
    cdf: (y, { eta, column }) => ndtr((y - ofMean(eta)) * (Math.sqrt(column["weights"] ?? 1) / sigma)),
  } satisfies Family);
}

/** σ = 1: the weights are the rows' known precisions. */
export const knownVarianceGaussian: Family = gaussianOfSigma(1);
