/** Predictions row by row, from either kind of fit, for the rows of the fit or for new ones. */
import type { TableInput } from "../data/to-table.ts";
import type { Family } from "../families/family.ts";
import { declarationFault, drawingNeedsPosterior, unknownEstimand, unknownOption } from "../messages/effects.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { Fit, MaximumLikelihoodFit, PosteriorFit } from "../model/fit.ts";
import { createRng, type Rng } from "../random/rng.ts";
import { type Estimand, estimands, type NewLevels, newLevelsOptions } from "./estimand.ts";
import {
  drawsSummary,
  type IntervalScale,
  identityScale,
  intervalQuantile,
  logScale,
  type Summary,
  waldSummary,
} from "./interval.ts";
import { linkFunction } from "./link-function.ts";
import { requirePopulationMean, supportWarnings } from "./mean-existence.ts";
import { levelCovariance, modeSensitivity, quadraticForm } from "./mode-sensitivity.ts";
import { drawEffects, withNewLevels } from "./new-levels.ts";
import { designRowsOf } from "./new-rows.ts";
import { type MeanRows, type RowMeans, rowMeans } from "./row-means.ts";

export interface PredictOptions {
  /** Rows to predict for; default the rows of the fit. Needs the columns of the fixed effects; grouping columns for `conditional` only. */
  readonly newdata?: TableInput;
  /** `response`: E[Y | x] (for binomial the probability). `link`: the linear predictor; of a population mean, its link. Default `response`. */
  readonly type?: "response" | "link";
  /** Default `conditional`. */
  readonly estimand?: Estimand;
  /** Standard errors and intervals; default true. */
  readonly se?: boolean;
  /** Default 0.95. */
  readonly confLevel?: number;
  /** Levels the fit has not seen, in conditional predictions; default `error`. */
  readonly newLevels?: NewLevels;
  /** Seed of the effects of unseen levels with `newLevels: "draw"`; default "predict". */
  readonly seed?: string | number;
}

export interface PredictionRow extends Summary {
  /** 1-based row of the table predicted for. */
  readonly row: number;
}

export interface Prediction {
  readonly estimand: Estimand;
  readonly type: "response" | "link";
  readonly rows: readonly PredictionRow[];
  readonly warnings: readonly FitWarning[];
}

/** Rows handled together for a posterior: bounds the memory of rows × draws. */
const rowsPerBlock = 256;

/** Rows × draws handled together where random effects are drawn anew for every block (64 MB). */
const mostNumbers = 8_000_000;

/**
 * Predicts E[Y | x] for each row, with the random effects conditional, typical (0) or integrated out.
 *
 * Maximum likelihood: the delta method with the full covariance of the natural parameters, coefficients and variances together; conditional
 * predictions add the uncertainty of the random effects (see `mode-sensitivity.ts`). `std_error` is on the scale of the prediction,
 * the interval is formed on the link scale of the predicted mean and transformed back, with a normal quantile. Posterior: the prediction
 * is made draw by draw; `estimate` is the mean, `std_error` the standard deviation, the interval the equal-tailed quantiles.
 *
 * @throws DeclarationError where a population mean does not exist, and for unseen levels unless `newLevels` says what to do
 * @example
 * predict(fit, { estimand: "population" }).rows[0]; // { row: 1, estimate: 0.22, std_error: 0.04, conf_low: 0.15, conf_high: 0.31 }
 */
export function predict(fit: Fit, options: PredictOptions = {}): Prediction {
  const {
    type = "response",
    estimand = "conditional",
    se = true,
    confLevel = 0.95,
    newLevels = "error",
    seed = "predict",
  } = options;
  if (!estimands.includes(estimand)) throw declarationFault(unknownEstimand(estimand, estimands));
  if (type !== "response" && type !== "link") throw declarationFault(unknownOption("type", type, ["response", "link"]));
  if (!newLevelsOptions.includes(newLevels))
    throw declarationFault(unknownOption("newLevels", newLevels, newLevelsOptions));
  if (newLevels === "draw" && fit.kind === "ml") throw declarationFault(drawingNeedsPosterior());
  const rows = designRowsOf(fit.model, options.newdata, groupsNeeded(estimand, newLevels));
  const wanted: Wanted = { type, estimand, se, confLevel, newLevels, seed };
  const { summaries, warnings } = fit.kind === "ml" ? predictDelta(fit, rows, wanted) : predictDraws(fit, rows, wanted);
  return {
    estimand,
    type,
    rows: summaries.map((summary, i) => ({ row: (rows.rows ? rows.rows[i]! : i) + 1, ...summary })),
    warnings,
  };
}

const groupsNeeded = (estimand: Estimand, newLevels: NewLevels) =>
  estimand === "typical" ? "unused" : estimand === "conditional" && newLevels === "error" ? "required" : "optional";

interface Wanted {
  readonly type: "response" | "link";
  readonly estimand: Estimand;
  readonly se: boolean;
  readonly confLevel: number;
  readonly newLevels: NewLevels;
  readonly seed: string | number;
}

interface Predicted {
  readonly summaries: Summary[];
  readonly warnings: FitWarning[];
}

function predictDelta(fit: MaximumLikelihoodFit, rows: MeanRows, wanted: Wanted): Predicted {
  const { family, layout } = fit.model;
  const { estimate: x, covariance: V } = fit;
  if (wanted.estimand === "population") requirePopulationMean(family, layout, rows.random, x);
  const means = rowMeans(family, layout, rows, wanted.estimand, wanted.newLevels);
  const quantity = quantityOf(family, wanted);
  means.evaluate(x, fit.modes);
  const z = intervalQuantile(wanted.confLevel);
  const scale = wanted.type === "response" ? meanScale(family) : { ...identityScale, slope: () => 1 };
  const gx = new Float64Array(layout.size);
  const gb = means.usesEffects && wanted.se ? fit.modes.map((modes) => new Float64Array(modes.length)) : null;
  if (gb) modeSensitivity(fit);
  const summaries: Summary[] = [];
  for (let i = 0; i < rows.n; i++) {
    const value = quantity.value(means, i);
    if (!wanted.se) {
      summaries.push({ estimate: value, std_error: null, conf_low: null, conf_high: null });
      continue;
    }
    gx.fill(0);
    quantity.addGradient(means, i, gx, gb);
    const variance = gb ? varianceWithEffects(fit, means, rows, i, gx, gb) : quadraticForm(V, gx, gx);
    summaries.push(waldSummary(value, Math.sqrt(Math.max(0, variance)), z, scale, scale.slope(value)));
  }
  return { summaries, warnings: supportWarnings(family, means) };
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

/** Point predictions for the rows of the fit: E[Y | x, b] at the conditional modes, or its posterior mean. */
export function fitted(fit: Fit): Float64Array {
  return Float64Array.from(predict(fit, { se: false }).rows, (row) => row.estimate);
}
