/** Weighted averages of row means, several at once. */

import type { DesignRows } from "../data/design.ts";
import type { Estimator, EstimatorRow } from "../estimates/estimator.ts";
import type { Fit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import type { Estimand } from "../prediction/estimand.ts";
import { estimandOf } from "../prediction/fit-capabilities.ts";
import { populationMeanWarnings, requirePopulationMean } from "../prediction/mean-existence.ts";
import type { ResponseMean } from "../prediction/response-mean.ts";
import { rowMeans } from "../prediction/row-means.ts";

/** The rows of one average and their weights, which sum to 1. */
export interface AveragedRows {
  readonly rows: DesignRows;
  readonly weights: Float64Array;
}

/**
 * Σ_i w_i m(x_i) for each set of rows and each response m expected of a row (see `expected-responses.ts`), set by set.
 *
 * @param labels of the averages, in that order
 * @throws DeclarationError where a population mean does not exist, and for any other mean of a GEE
 */
export function weightedMeans<Label>(
  fit: Fit,
  sets: readonly AveragedRows[],
  estimand: Estimand,
  responses: readonly ResponseMean[],
  labels: readonly EstimatorRow<Label>[],
): Estimator<Label> {
  estimandOf(fit, estimand);
  const { family, layout, design } = fit.model;
  const first = fit.kind === "posterior" ? ownDraws(fit).values.subarray(0, layout.size) : fit.estimate;
  if (estimand === "population") requirePopulationMean(family, layout, design.random, first);
  const all = sets.flatMap(({ rows, weights }) =>
    responses.map((response) => ({
      means: rowMeans(family, layout, rows, estimand, "existing", response),
      weights,
    })),
  );
  return {
    rows: labels,
    usesEffects: all.some(({ means }) => means.usesEffects),
    value(x, effects, out) {
      all.forEach(({ means, weights }, c) => {
        means.evaluate(x, effects);
        let sum = 0;
        for (let i = 0; i < means.n; i++) sum += weights[i]! * means.mean.value[i]!;
        out[c] = sum;
      });
    },
    gradient(_x, _effects, into) {
      all.forEach(({ means, weights }, c) => {
        const gb = into.effects && into.effects[c]!;
        for (let i = 0; i < means.n; i++) means.addMeanGradient(i, weights[i]!, into.x[c]!, gb);
      });
    },
    warnings: () => {
      const found = all.flatMap(({ means }) => populationMeanWarnings(family, means));
      return [...new Map(found.map((warning) => [warning.code, warning])).values()];
    },
  };
}
