/** Weighted averages of quantities of rows, several at once. */

import type { DesignRows } from "../data/design.ts";
import type { Estimator, EstimatorRow } from "../estimates/estimator.ts";
import type { Fit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import type { Estimand } from "../prediction/estimand.ts";
import { estimandOf } from "../prediction/fit-capabilities.ts";
import { populationMeanWarnings, requirePopulationMean } from "../prediction/mean-existence.ts";
import { rowMeans } from "../prediction/row-means.ts";
import type { AveragedQuantity } from "./averaged-quantity.ts";

/** The rows of one average and their weights, which sum to 1. */
export interface AveragedRows {
  readonly rows: DesignRows;
  readonly weights: Float64Array;
}

/**
 * Σ_i w_i q(x_i) for each set of rows and each quantity q of a row, set by set.
 *
 * @param labels of the averages, in that order
 * @throws DeclarationError where a population mean does not exist, and for any other mean of a GEE
 */
export function weightedMeans<Label>(
  fit: Fit,
  sets: readonly AveragedRows[],
  estimand: Estimand,
  quantities: readonly AveragedQuantity[],
  labels: readonly EstimatorRow<Label>[],
): Estimator<Label> {
  requireMean(fit, estimand);
  const { family, layout } = fit.model;
  const all = sets.flatMap(({ rows, weights }) =>
    quantities.map((quantity) => ({
      means: rowMeans(family, layout, rows, estimand, "existing", quantity.response),
      weights,
      quantity,
    })),
  );
  return {
    rows: labels,
    usesEffects: all.some(({ means }) => means.usesEffects),
    value(x, effects, out) {
      all.forEach(({ means, weights, quantity }, c) => {
        means.evaluate(x, effects);
        let sum = 0;
        let least = Number.POSITIVE_INFINITY;
        let most = Number.NEGATIVE_INFINITY;
        for (let i = 0; i < means.n; i++) {
          const value = quantity.value(means, i);
          sum += weights[i]! * value;
          if (value < least) least = value;
          if (value > most) most = value;
        }
        // Weights sum to 1 but for rounding: an average of probabilities of 1 is not above 1.
        out[c] = means.n > 0 ? Math.min(Math.max(sum, least), most) : sum;
      });
    },
    gradient(_x, _effects, into) {
      all.forEach(({ means, weights, quantity }, c) => {
        const gb = into.effects && into.effects[c]!;
        for (let i = 0; i < means.n; i++) quantity.addGradient(means, i, weights[i]!, into.x[c]!, gb);
      });
    },
    warnings: () => {
      const found = all.flatMap(({ means }) => populationMeanWarnings(family, means));
      return [...new Map(found.map((warning) => [warning.code, warning])).values()];
    },
  };
}

/** @throws DeclarationError where the mean of a row does not exist, and for any but the population's of a GEE */
export function requireMean(fit: Fit, estimand: Estimand): void {
  estimandOf(fit, estimand);
  const { family, layout, design } = fit.model;
  const first = fit.kind === "posterior" ? ownDraws(fit).values.subarray(0, layout.size) : fit.estimate;
  if (estimand === "population") requirePopulationMean(family, layout, design.random, first);
}
