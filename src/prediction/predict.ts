/** Predictions row by row, from either kind of fit, for the rows of the fit or for new ones. */
import type { DesignRows } from "../data/design.ts";
import type { TableInput } from "../data/to-table.ts";
import { badDrawCount, declarationFault, unknownOption } from "../messages/effects.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { Fit, MaximumLikelihoodFit } from "../model/fit.ts";
import { type Estimand, type NewLevels, newLevelsMode, newLevelsOptions } from "./estimand.ts";
import { estimandOf, modesOf, type PointFit, requireDistribution } from "./fit-capabilities.ts";
import { drawsSummary, identityScale, intervalQuantile, type Summary, waldSummary } from "./interval.ts";
import { requirePopulationMean, supportWarnings } from "./mean-existence.ts";
import { levelCovariance, modeSensitivity, quadraticForm } from "./mode-sensitivity.ts";
import { designRowsOf } from "./new-rows.ts";
import { eachDrawnRow } from "./predict-draws.ts";
import { meanScale, quantityOf } from "./quantity.ts";
import { type MeanRows, type RowMeans, rowMeans } from "./row-means.ts";

export { effectsByDraw } from "./draw-source.ts";

export interface PredictOptions {
  /** Rows to predict for; default the rows of the fit. Needs the columns of the fixed effects; grouping columns for `conditional` only. */
  readonly newdata?: TableInput;
  /**
   * `response`: E[Y | x] (for binomial the probability). `link`: the linear predictor; of a population mean, its link. `simulate`: a new
   * response of the row (for binomial: successes in its trials), whose interval is a prediction interval. Default `response`.
   */
  readonly type?: "response" | "link" | "simulate";
  /** Default `conditional`; of a fit by estimating equations `population`, the only one it has. */
  readonly estimand?: Estimand;
  /** Standard errors and intervals; default true. */
  readonly se?: boolean;
  /** Default 0.95. */
  readonly confLevel?: number;
  /** Levels the fit has not seen, in conditional predictions; default `existing`, which refuses them. */
  readonly newLevels?: NewLevels;
  /** Seed of whatever is drawn: effects of new levels, new responses; default "predict". */
  readonly seed?: string | number;
  /** Draws made of a maximum-likelihood fit where something is drawn; default 4000. A posterior gives those it has. */
  readonly draws?: number;
}

/** What is predicted, a row at a time, before it is summarised. */
export interface PredictionDraws {
  readonly estimand: Estimand;
  readonly type: "response" | "link" | "simulate";
  /** 1-based rows of the table predicted for. */
  readonly rows: Int32Array;
  readonly draws: number;
  /** rows × draws, row-major: all draws of a row side by side. */
  readonly values: Float64Array;
  readonly warnings: readonly FitWarning[];
}

export interface PredictionRow extends Summary {
  /** 1-based row of the table predicted for. */
  readonly row: number;
}

export interface Prediction {
  readonly estimand: Estimand;
  readonly type: "response" | "link" | "simulate";
  readonly rows: readonly PredictionRow[];
  readonly warnings: readonly FitWarning[];
}

/**
 * Predicts for each row the expected value E[Y | x], the linear predictor or a new response, with the random effects conditional, typical (0)
 * or integrated out (for a new response: drawn anew for every group).
 *
 * Posterior: the prediction is made draw by draw; `estimate` is the mean, `std_error` the standard deviation, the interval the equal-tailed
 * quantiles. Maximum likelihood: the delta method with the full covariance of the natural parameters, coefficients and variances together;
 * conditional predictions add the uncertainty of the random effects (see `mode-sensitivity.ts`). `std_error` is on the scale of
 * the prediction, the interval is formed on the link scale of the predicted mean and transformed back, with a normal quantile. New
 * responses, and effects of new groups with `newLevels` `new-group` or `resampled`, are drawn (see `draw-source.ts`) and summarised as
 * those of a posterior; the uncertainty of the variances is left out of them.
 *
 * @throws DeclarationError where a population mean does not exist, and for unseen levels unless `newLevels` says what to do
 * @example
 * predict(fit, { estimand: "population" }).rows[0]; // { row: 1, estimate: 0.22, std_error: 0.04, conf_low: 0.15, conf_high: 0.31 }
 * predict(fit, { newdata, type: "simulate", newLevels: "new-group" }); // prediction intervals, also for groups not in the fit
 */
export function predict(fit: Fit, options: PredictOptions = {}): Prediction {
  const { se = true, confLevel = 0.95 } = options;
  const { rows, wanted } = prepare(fit, options);
  const { type, estimand } = wanted;
  const summaries: Summary[] = [];
  const warnings: FitWarning[] = [];
  const summarise = (i: number, values: Float64Array) => {
    const summary = drawsSummary(values, confLevel);
    summaries[i] = se ? summary : { ...summary, std_error: null, conf_low: null, conf_high: null };
  };
  if (fit.kind === "posterior" || type === "simulate") {
    requireDistribution(fit, "Simulating new responses");
    warnings.push(...eachDrawnRow(fit, rows, wanted, summarise));
  } else {
    const drawn = rowsDrawn(rows, wanted);
    const newLevels = drawn.length > 0 ? "zero" : wanted.newLevels;
    const delta = predictDelta(fit, rows, { type, estimand, newLevels, se, confLevel });
    summaries.push(...delta.summaries);
    warnings.push(...delta.warnings);
    if (drawn.length > 0 && fit.kind === "ml")
      eachDrawnRow(fit, pickRows(rows, drawn), wanted, (i, values) => summarise(drawn[i]!, values));
  }
  return {
    estimand,
    type,
    rows: summaries.map((summary, i) => ({ row: rows.rows[i]! + 1, ...summary })),
    warnings,
  };
}

/**
 * The draws that `predict` summarises, for quantities of one's own: differences between rows, probabilities of exceeding a value.
 * Of a maximum-likelihood fit they are draws from the normal approximation of coefficients and random effects (see `draw-source.ts`).
 *
 * @throws DeclarationError as `predict`
 * @example
 * const { values, draws } = predictionDraws(fit, { newdata, type: "simulate", newLevels: "new-group" });
 */
export function predictionDraws(fit: Fit, options: Omit<PredictOptions, "se" | "confLevel"> = {}): PredictionDraws {
  requireDistribution(fit, "Drawing predictions");
  const { rows, wanted } = prepare(fit, options);
  const draws = fit.kind === "posterior" ? fit.draws.chains * fit.draws.drawsPerChain : wanted.draws;
  const values = new Float64Array(rows.n * draws);
  const warnings = eachDrawnRow(fit, rows, wanted, (i, row) => values.set(row, i * draws));
  const { estimand, type } = wanted;
  return { estimand, type, rows: rows.rows.map((row) => row + 1), draws, values, warnings };
}

const types = ["response", "link", "simulate"] as const;

/** Checks the options and finds the rows. */
function prepare(fit: Fit, options: PredictOptions) {
  const { type = "response", newLevels = "existing", seed = "predict", draws = 4000 } = options;
  const estimand = estimandOf(fit, options.estimand);
  if (!types.includes(type)) throw declarationFault(unknownOption("type", type, types));
  if (!newLevelsOptions.includes(newLevels))
    throw declarationFault(unknownOption("newLevels", newLevels, newLevelsOptions));
  if (!(Number.isInteger(draws) && draws >= 2)) throw declarationFault(badDrawCount(draws));
  const refused = estimand === "conditional" && newLevelsMode(newLevels) === "existing";
  const groups = estimand === "typical" ? "unused" : refused ? "required" : "optional";
  const rows: DesignRows = designRowsOf(fit.model, options.newdata, groups);
  return { rows, wanted: { type, estimand, newLevels, seed, draws } };
}

/** Rows with a group that the fit has not seen and whose effect is to be drawn. */
function rowsDrawn(rows: DesignRows, { estimand, newLevels }: { estimand: Estimand; newLevels: NewLevels }): number[] {
  const mode = newLevelsMode(newLevels);
  if (estimand !== "conditional" || (mode !== "new-group" && mode !== "resampled")) return [];
  return Array.from({ length: rows.n }, (_, i) => i).filter((i) => rows.random.some(({ index }) => index[i] === -1));
}

/** The given rows, copied. */
function pickRows(rows: DesignRows, indices: readonly number[]): DesignRows {
  const pick = (values: Float64Array, width: number) =>
    Float64Array.from({ length: indices.length * width }, (_, k) => {
      return values[indices[Math.floor(k / width)]! * width + (k % width)]!;
    });
  return {
    n: indices.length,
    rows: Int32Array.from(indices, (i) => rows.rows[i]!),
    omitted: rows.omitted,
    trials: rows.trials && pick(rows.trials, 1),
    weights: rows.weights && pick(rows.weights, 1),
    predictors: rows.predictors.map((predictor) => ({
      ...predictor,
      X: pick(predictor.X, predictor.names.length),
      offset: pick(predictor.offset, 1),
    })),
    random: rows.random.map((term) => ({
      ...term,
      index: Int32Array.from(indices, (i) => term.index[i]!),
      ...(term.unseen ? { unseen: indices.map((i) => term.unseen![i]!) } : {}),
      Z: pick(term.Z, term.q),
    })),
  };
}

interface Wanted {
  readonly type: "response" | "link";
  readonly estimand: Estimand;
  readonly se: boolean;
  readonly confLevel: number;
  readonly newLevels: NewLevels;
}

interface Predicted {
  readonly summaries: Summary[];
  readonly warnings: FitWarning[];
}

function predictDelta(fit: PointFit, rows: MeanRows, wanted: Wanted): Predicted {
  const { family, layout } = fit.model;
  const { estimate: x, covariance: V } = fit;
  if (wanted.estimand === "population") requirePopulationMean(family, layout, rows.random, x);
  const means = rowMeans(family, layout, rows, wanted.estimand, wanted.newLevels);
  const quantity = quantityOf(family, wanted.type, wanted.estimand);
  const modes = modesOf(fit);
  means.evaluate(x, modes);
  const z = intervalQuantile(wanted.confLevel);
  const scale = wanted.type === "response" ? meanScale(family) : { ...identityScale, slope: () => 1 };
  const gx = new Float64Array(layout.size);
  const gb = means.usesEffects && wanted.se ? modes.map(({ length }) => new Float64Array(length)) : null;
  const summaries: Summary[] = [];
  for (let i = 0; i < rows.n; i++) {
    const value = quantity.value(means, i);
    if (!wanted.se) {
      summaries.push({ estimate: value, std_error: null, conf_low: null, conf_high: null });
      continue;
    }
    gx.fill(0);
    quantity.addGradient(means, i, gx, gb);
    const variance =
      gb && fit.kind === "ml" ? varianceWithEffects(fit, means, rows, i, gx, gb) : quadraticForm(V, gx, gx);
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
