/** The unit in which coefficients and random effects of the mean are sampled. */
import { isLinearMean } from "../families/of-mean.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { predictorScale } from "../priors/defaults.ts";

/** Scales of the predictor between this and its inverse need no unit: searches and metrics begin at 1. */
const LARGEST = 2 ** 10;

/**
 * A power of two near the scale of the mean's linear predictor where that is far from 1, as for responses in metres that are counted in
 * nanometres; else 1. Coordinates in it are of order 1, whatever the unit of the response.
 */
export function responseUnit({ design, family }: Pick<CompiledModel, "design" | "family">): number {
  const mean = design.predictors.findIndex(isLinearMean);
  if (mean < 0) return 1;
  const { scale } = predictorScale(design, family, mean);
  return scale > LARGEST || scale < 1 / LARGEST ? 2 ** Math.round(Math.log2(scale)) : 1;
}
