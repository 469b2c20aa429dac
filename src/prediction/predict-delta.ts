/** Predictions of a fit at its estimate, with errors by the delta method. */
import type { FitWarning } from "../messages/issue.ts";
import type { MaximumLikelihoodFit } from "../model/fit.ts";
import type { ExpectedResponse } from "./expected-responses.ts";
import { modesOf, type PointFit } from "./fit-capabilities.ts";
import type { GivenResiduals } from "./given-residuals.ts";
import { identityScale, intervalQuantile, type Summary, waldSummary } from "./interval.ts";
import { populationMeanWarnings, requirePopulationMean } from "./mean-existence.ts";
import {
  addThroughModes,
  conditionalCovariance,
  levelCovariance,
  modeSensitivity,
  quadraticForm,
} from "./mode-sensitivity.ts";
import type { DrawnPrediction } from "./predict-draws.ts";
import { quantityOf } from "./quantity.ts";
import { type MeanRows, type RowMeans, rowMeans } from "./row-means.ts";

export interface Wanted extends Pick<DrawnPrediction, "estimand" | "newLevels" | "given"> {
  readonly type: "response" | "link";
  readonly se: boolean;
  readonly confLevel: number;
  readonly expected: ExpectedResponse | null;
}

export interface Predicted {
  /** The category that the summaries are of the probability of. */
  readonly category?: string;
  readonly summaries: Summary[];
  readonly warnings: FitWarning[];
}

export function predictDelta(fit: PointFit, rows: MeanRows, wanted: Wanted): Predicted {
  const { family, layout } = fit.model;
  const { estimate: x, covariance: V } = fit;
  if (wanted.estimand === "population") requirePopulationMean(family, layout, rows.random, x);
  const means = rowMeans(family, layout, rows, wanted.estimand, wanted.newLevels, wanted.expected?.response);
  const quantity = quantityOf(family, wanted.type, wanted.estimand);
  const modes = modesOf(fit);
  means.evaluate(x, modes);
  const z = intervalQuantile(wanted.confLevel);
  const scale = wanted.expected?.scale ?? { ...identityScale, slope: () => 1 };
  const { given } = wanted;
  const neighbours = given && fit.kind === "ml" ? fittedResiduals(fit, given, rows.n) : null;
  const gx = new Float64Array(layout.size);
  const usesEffects = means.usesEffects || neighbours?.means.usesEffects;
  const gb = usesEffects && wanted.se ? modes.map(({ length }) => new Float64Array(length)) : null;
  const summaries: Summary[] = [];
  for (let i = 0; i < rows.n; i++) {
    const value = quantity.value(means, i) + (neighbours?.expected[i] ?? 0);
    if (!wanted.se) {
      summaries.push({ estimate: value, std_error: null, conf_low: null, conf_high: null });
      continue;
    }
    gx.fill(0);
    quantity.addGradient(means, i, gx, gb);
    given?.eachCoefficient(i, (k, c) => neighbours!.means.addMeanGradient(k, -c, gx, gb));
    const variance =
      gb && fit.kind === "ml"
        ? given
          ? varianceOfEffects(fit, gx, gb)
          : varianceWithEffects(fit, means, rows, i, gx, gb)
        : quadraticForm(V, gx, gx);
    summaries.push(waldSummary(value, Math.sqrt(Math.max(0, variance)), z, scale, scale.slope(value)));
  }
  return { summaries, warnings: populationMeanWarnings(family, means) };
}

/** The means of the fitted rows, and what their residuals make expected of the residuals of new ones. */
function fittedResiduals(fit: MaximumLikelihoodFit, given: GivenResiduals, n: number) {
  const { family, layout, design } = fit.model;
  const means = rowMeans(family, layout, design, "conditional");
  means.evaluate(fit.estimate, fit.modes);
  const expected = new Float64Array(n);
  if (given.set(fit.estimate))
    given.expected(
      design.y.map((value, k) => value - means.mean.value[k]!),
      expected,
    );
  else expected.fill(Number.NaN);
  return { means, expected };
}

/** Variance of a quantity of all random effects; clears `gb`. */
function varianceOfEffects(fit: MaximumLikelihoodFit, gx: Float64Array, gb: readonly Float64Array[]): number {
  addThroughModes(fit, gb, gx);
  const variance = conditionalCovariance(fit, gb, gb) + quadraticForm(fit.covariance, gx, gx);
  for (const g of gb) g.fill(0);
  return variance;
}

/** Variance of one row's conditional quantity; visits only the levels that the row meets, and clears `gb` there. */
function varianceWithEffects(
  fit: MaximumLikelihoodFit,
  means: RowMeans,
  rows: MeanRows,
  i: number,
  gx: Float64Array,
  gb: readonly Float64Array[],
): number {
  const sensitivity = modeSensitivity(fit);
  let variance = 0;
  rows.random.forEach(({ q }, t) => {
    const level = means.levelOf(t, i);
    if (level < 0) return;
    const g = gb[t]!;
    variance += levelCovariance(fit, t, level, q, g, g);
    for (let j = 0; j < gx.length; j++) {
      const derivative = sensitivity[j]?.[t];
      if (derivative) for (let k = level * q; k < (level + 1) * q; k++) gx[j]! += g[k]! * derivative[k]!;
    }
    g.fill(0, level * q, (level + 1) * q);
  });
  return variance + quadraticForm(fit.covariance, gx, gx);
}
