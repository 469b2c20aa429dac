/** The normal distribution with a known variance a row: no residual standard deviation is estimated. */

import { ndtr } from "../special/normal.ts";
import { HALF_LOG_2PI } from "../special/stirling.ts";
import type { Family } from "./family.ts";
import { gaussian } from "./gaussian.ts";

/**
 * Gaussian response of variance 1/w, w the row's precision weight: the Gaussian family with sigma held at 1. Models with known sampling
 * variances v_i (meta-analysis) have w_i = 1/v_i.
 */
export const knownVarianceGaussian: Family = Object.freeze({
  ...gaussian(),
  parameters: [],
  logDensity(ops, { eta, column }) {
    const residual = ops.sub(column["y"]!, eta[0]!);
    const quadratic = ops.mul(-0.5, ops.mul(column["weights"]!, ops.square(residual)));
    return ops.add(quadratic, ops.sub(ops.mul(0.5, ops.log(column["weights"]!)), HALF_LOG_2PI));
  },
  variance: (ops, { column }) => ops.reciprocal(column["weights"]!),
  simulate: (rng, { eta, column }) => eta[0]! + rng.normal() / Math.sqrt(column["weights"] ?? 1),
  cdf: (y, { eta, column }) => ndtr((y - eta[0]!) * Math.sqrt(column["weights"] ?? 1)),
} satisfies Family);
