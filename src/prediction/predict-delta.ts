/** Predictions of a fit at its estimate, with errors by the delta method. */
import type { TouchedLevels } from "../marginal/effects-covariance.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { MaximumLikelihoodFit } from "../model/fit.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { Report } from "../options/long-work.ts";
import type { ExpectedResponse } from "./expected-responses.ts";
import { modesOf, type PointFit } from "./fit-capabilities.ts";
import type { GivenResiduals } from "./given-residuals.ts";
import { gradientCoordinates } from "./gradient-coordinates.ts";
import { identityScale, intervalQuantile, type Summary, waldSummary } from "./interval.ts";
import { populationMeanWarnings, requirePopulationMean } from "./mean-existence.ts";
import { quadraticForm, varianceWithEffects } from "./mode-sensitivity.ts";
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

export function* predictDelta(fit: PointFit, rows: MeanRows, wanted: Wanted, report: Report): Pausable<Predicted> {
  const { family, layout } = fit.model;
  const { estimate: x } = fit;
  const coordinates = gradientCoordinates(fit, false);
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
  const touched: TouchedLevels = { count: 0, term: [], level: [] };
  const terms = rows.random.length;
  const summaries: Summary[] = [];
  for (let i = 0; i < rows.n; i++) {
    report("rows", i + 1, rows.n);
    if (pauseDue()) yield;
    const value = quantity.value(means, i) + (neighbours?.expected[i] ?? 0);
    if (!wanted.se) {
      summaries.push({ estimate: value, std_error: null, conf_low: null, conf_high: null });
      continue;
    }
    gx.fill(0);
    quantity.addGradient(means, i, gx, gb);
    if (gb) touch(means, i, terms, touched);
    given?.eachCoefficient(i, (k, c) => {
      neighbours!.means.addMeanGradient(k, -c, gx, gb);
      if (gb) touch(neighbours!.means, k, terms, touched);
    });
    if (!gb) coordinates.parameters(gx);
    const variance =
      gb && fit.kind === "ml"
        ? varianceWithEffects(fit, gx, gb, touched)
        : quadraticForm(coordinates.covariance, gx, gx);
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

/** Adds the levels that a row meets and that are not there yet. */
function touch(means: RowMeans, i: number, terms: number, touched: TouchedLevels): void {
  for (let t = 0; t < terms; t++) {
    const level = means.levelOf(t, i);
    if (level < 0) continue;
    let k = 0;
    while (k < touched.count && !(touched.term[k] === t && touched.level[k] === level)) k++;
    if (k < touched.count) continue;
    touched.term[k] = t;
    touched.level[k] = level;
    touched.count++;
  }
}
