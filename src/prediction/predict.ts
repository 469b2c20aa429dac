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

/** The scale on which a mean of this family is taken to be normal: its link; log for the inverse link, whose interval could cross 0. */
export function meanScale(family: Family): IntervalScale & { slope(mean: number): number } {
  if (family.link === "custom" || family.link === "identity") return { ...identityScale, slope: () => 1 };
  if (family.link === "inverse") return { ...logScale, slope: (mean) => 1 / mean };
  const link = linkFunction(family.link);
  const from = link.name === "sqrt" ? (value: number) => (value > 0 ? value * value : 0) : link.mean;
  return { to: link.link, from, slope: (mean) => 1 / link.slope(link.link(mean)) };
}

/** How a predicted quantity follows from a row's mean and η: value, and the factor its gradient takes of which gradient. */
interface Quantity {
  value(means: RowMeans, i: number): number;
  addGradient(means: RowMeans, i: number, gx: Float64Array, gb: readonly Float64Array[] | null): void;
}

function quantityOf(family: Family, { type, estimand }: Wanted): Quantity {
  if (type === "response")
    return {
      value: (means, i) => means.mean.value[i]!,
      addGradient: (means, i, gx, gb) => means.addMeanGradient(i, 1, gx, gb),
    };
  if (estimand !== "population" || family.link === "custom")
    return {
      value: (means, i) => means.eta[0]![i]!,
      addGradient: (means, i, gx, gb) => means.addPredictorGradient(0, i, 1, gx, gb),
    };
  const link = linkFunction(family.link);
  return {
    value: (means, i) => link.link(means.mean.value[i]!),
    addGradient(means, i, gx, gb) {
      means.addMeanGradient(i, 1 / link.slope(link.link(means.mean.value[i]!)), gx, gb);
    },
  };
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

function predictDraws(fit: PosteriorFit, rows: MeanRows, wanted: Wanted): Predicted {
  const { family, layout } = fit.model;
  const { draws } = fit;
  const count = draws.chains * draws.drawsPerChain;
  const quantity = quantityOf(family, wanted);
  const summaries: Summary[] = [];
  const warnings = new Map<string, FitWarning>();
  const drawing = wanted.estimand === "conditional" && wanted.newLevels === "draw";
  const rng = createRng(wanted.seed);
  for (let from = 0; from < rows.n; from += rowsPerBlock) {
    const slice = sliceRows(rows, from, Math.min(rows.n, from + rowsPerBlock));
    const block = drawing ? withDrawnLevels(fit, slice) : slice;
    const means = rowMeans(family, layout, block, wanted.estimand, wanted.newLevels);
    const known = means.usesEffects ? effectsByDraw(fit) : null;
    const effects = known && drawing ? withDrawnEffects(fit, block, known, rng.fork(String(from))) : known;
    const values = Array.from({ length: block.n }, () => new Float64Array(count));
    for (let d = 0; d < count; d++) {
      const x = draws.values.subarray(d * draws.size, (d + 1) * draws.size);
      if (wanted.estimand === "population" && d === 0) requirePopulationMean(family, layout, rows.random, x);
      means.evaluate(x, effects ? effects(d) : null);
      for (let i = 0; i < block.n; i++) values[i]![d] = quantity.value(means, i);
    }
    for (const warning of supportWarnings(family, means)) warnings.set(warning.code, warning);
    for (const value of values) {
      const summary = drawsSummary(value, wanted.confLevel);
      summaries.push(wanted.se ? summary : { ...summary, std_error: null, conf_low: null, conf_high: null });
    }
  }
  return { summaries, warnings: [...warnings.values()] };
}

/** Random effects of draw d, by term (levels × q), without copying. */
export function effectsByDraw(fit: PosteriorFit): (d: number) => readonly Float64Array[] {
  const all = fit.randomEffects();
  const sizes = fit.model.design.random.map(({ levels, q }) => levels.length * q);
  return (d) => all.map((values, t) => values.subarray(d * sizes[t]!, (d + 1) * sizes[t]!));
}

const seenLevels = (fit: PosteriorFit, t: number) => fit.model.design.random[t]!.levels.length;

/** Rows whose unseen levels have places past those of the fit. */
function withDrawnLevels(fit: PosteriorFit, rows: MeanRows): MeanRows {
  return { ...rows, random: rows.random.map((term, t) => withNewLevels(term, seenLevels(fit, t))) };
}

/** Random effects of draw d with those of new levels drawn after the known ones. */
function withDrawnEffects(
  fit: PosteriorFit,
  rows: MeanRows,
  known: (d: number) => readonly Float64Array[],
  rng: Rng,
): (d: number) => readonly Float64Array[] {
  const { layout } = fit.model;
  const { draws } = fit;
  const b = rows.random.map(({ levels, q }) => new Float64Array(levels.length * q));
  return (d) => {
    const x = draws.values.subarray(d * draws.size, (d + 1) * draws.size);
    known(d).forEach((values, t) => {
      b[t]!.set(values);
      drawEffects(rng, x, layout.terms[t]!, seenLevels(fit, t), rows.random[t]!.levels.length, b[t]!);
    });
    return b;
  };
}

/** Rows from ≤ i < to as views. */
function sliceRows(rows: MeanRows, from: number, to: number): MeanRows {
  return {
    n: to - from,
    rows: rows.rows ? rows.rows.subarray(from, to) : Int32Array.from({ length: to - from }, (_, i) => from + i),
    predictors: rows.predictors.map((predictor) => ({
      ...predictor,
      X: predictor.X.subarray(from * predictor.names.length, to * predictor.names.length),
      offset: predictor.offset.subarray(from, to),
    })),
    random: rows.random.map((term) => ({
      ...term,
      index: term.index.subarray(from, to),
      Z: term.Z.subarray(from * term.q, to * term.q),
    })),
  };
}

/** Point predictions for the rows of the fit: E[Y | x, b] at the conditional modes, or its posterior mean. */
export function fitted(fit: Fit): Float64Array {
  return Float64Array.from(predict(fit, { se: false }).rows, (row) => row.estimate);
}
