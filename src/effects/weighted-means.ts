/** Weighted averages of row means, several at once, with what is needed to know them jointly. */

import type { DesignRows } from "../data/design.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { Fit, PosteriorFit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import type { Estimand } from "../prediction/estimand.ts";
import { estimandOf, modesOf, type PointFit } from "../prediction/fit-capabilities.ts";
import { gradientCoordinates } from "../prediction/gradient-coordinates.ts";
import { populationMeanWarnings, requirePopulationMean } from "../prediction/mean-existence.ts";
import { addThroughModes, moveGradients, projectedOnEffects } from "../prediction/mode-sensitivity.ts";
import { effectsByDraw } from "../prediction/predict.ts";
import type { ResponseMean } from "../prediction/response-mean.ts";
import { type RowMeans, rowMeans } from "../prediction/row-means.ts";
import { byDeltaMethod, byDraws, type JointEstimates } from "./joint-estimates.ts";

/** The rows of one average and their weights, which sum to 1. */
export interface AveragedRows {
  readonly rows: DesignRows;
  readonly weights: Float64Array;
}

export interface WeightedMeans {
  readonly joint: JointEstimates;
  readonly warnings: readonly FitWarning[];
}

/**
 * Σ_i w_i m(x_i) for each set of rows and each response m expected of a row (see `expected-responses.ts`), set by set.
 *
 * @throws DeclarationError where a population mean does not exist, and for any other mean of a GEE
 */
export function weightedMeans(
  fit: Fit,
  sets: readonly AveragedRows[],
  estimand: Estimand,
  responses: readonly ResponseMean[],
): WeightedMeans {
  estimandOf(fit, estimand);
  const all = meansOf(fit, sets, estimand, responses);
  return fit.kind === "posterior" ? drawByDraw(fit, all, estimand) : byDelta(fit, all, estimand);
}

/** A mean to average, with the weights of its rows. */
interface WeightedMean {
  readonly means: RowMeans;
  readonly weights: Float64Array;
}

function meansOf(
  fit: Fit,
  sets: readonly AveragedRows[],
  estimand: Estimand,
  responses: readonly ResponseMean[],
): WeightedMean[] {
  const { family, layout } = fit.model;
  return sets.flatMap(({ rows, weights }) =>
    responses.map((response) => ({
      means: rowMeans(family, layout, rows, estimand, "existing", response),
      weights,
    })),
  );
}

function byDelta(fit: PointFit, all: readonly WeightedMean[], estimand: Estimand): WeightedMeans {
  const { family, layout, design } = fit.model;
  if (estimand === "population") requirePopulationMean(family, layout, design.random, fit.estimate);
  const count = all.length;
  const estimate = new Float64Array(count);
  const warnings: FitWarning[] = [];
  const modes = modesOf(fit);
  const coordinates = gradientCoordinates(
    fit,
    all.some(({ means }) => means.usesEffects),
  );
  const gradients = all.map(({ means, weights }, c) => {
    means.evaluate(fit.estimate, modes);
    const gx = new Float64Array(layout.size);
    const gb = means.usesEffects ? modes.map(({ length }) => new Float64Array(length)) : null;
    for (let i = 0; i < means.n; i++) {
      estimate[c]! += weights[i]! * means.mean.value[i]!;
      means.addMeanGradient(i, weights[i]!, gx, gb);
    }
    if (gb && fit.kind === "ml") {
      moveGradients(fit, gx, gb);
      addThroughModes(fit, gb, gx);
    } else coordinates.parameters(gx);
    warnings.push(...populationMeanWarnings(family, means));
    return { gx, effects: gb && fit.kind === "ml" ? projectedOnEffects(fit, gb) : null };
  });
  const joint = byDeltaMethod(
    estimate,
    gradients.map(({ gx }) => gx),
    coordinates.covariance,
    (c, d) => throughEffects(gradients[c]!.effects, gradients[d]!.effects),
  );
  return { joint, warnings: unique(warnings) };
}

/** The covariance of two averages that comes from the random effects given the parameters. */
function throughEffects(a: Float64Array | null, b: Float64Array | null): number {
  let sum = 0;
  if (a && b) for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

function drawByDraw(fit: PosteriorFit, all: readonly WeightedMean[], estimand: Estimand): WeightedMeans {
  const { family, layout, design } = fit.model;
  const draws = ownDraws(fit);
  if (estimand === "population")
    requirePopulationMean(family, layout, design.random, draws.values.subarray(0, draws.size));
  const effects = all.some(({ means }) => means.usesEffects) ? effectsByDraw(fit) : null;
  const joint = byDraws(fit, all.length, (x, out, d) => {
    const b = effects ? effects(d) : null;
    all.forEach(({ means, weights }, c) => {
      means.evaluate(x, b);
      let s = 0;
      for (let i = 0; i < means.n; i++) s += weights[i]! * means.mean.value[i]!;
      out[c] = s;
    });
  });
  const warnings = unique(all.flatMap(({ means }) => populationMeanWarnings(family, means)));
  return { joint, warnings };
}

const unique = (warnings: readonly FitWarning[]) => [
  ...new Map(warnings.map((warning) => [warning.code, warning])).values(),
];
