/** Predictions made draw by draw: expected values, linear predictors and new responses, of the fit's groups and of new ones. */

import type { DesignRows } from "../data/design.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { DistributionFit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import type { Pausable } from "../optimise/pausable.ts";
import type { Report } from "../options/long-work.ts";
import { createRng } from "../random/rng.ts";
import { ownNumbers } from "./category-score.ts";
import { drawSource } from "./draw-source.ts";
import { type Estimand, type NewLevels, newLevelsMode } from "./estimand.ts";
import type { GivenResiduals } from "./given-residuals.ts";
import { populationMeanWarnings, requirePopulationMean } from "./mean-existence.ts";
import { allLevelsNew, type NewEffects, newLevelEffects, withNewLevels } from "./new-levels.ts";
import { quantityOf } from "./quantity.ts";
import type { ResponseMean } from "./response-mean.ts";
import { rowMeans } from "./row-means.ts";
import { rowSimulator } from "./simulate-rows.ts";

/** What is asked of each draw. */
export interface DrawnPrediction {
  readonly type: "response" | "link" | "simulate";
  readonly estimand: Estimand;
  readonly newLevels: NewLevels;
  readonly seed: string | number;
  /** Draws made of a maximum-likelihood fit. */
  readonly draws: number;
  /** What is expected of a row; default the family's mean. */
  readonly response?: ResponseMean;
  /** Residuals of the fitted rows that the new ones are taken to follow. */
  readonly given?: GivenResiduals;
}

/** Rows handled together: bounds the memory of rows × draws. */
const rowsPerBlock = 256;

/** Rows × draws handled together where random effects are drawn anew for every block (64 MB). */
const mostNumbers = 8_000_000;

/**
 * Calls `visit` with the draws of each row in turn (which it may overwrite).
 *
 * A new response takes its random effects as the estimand says: those of the row's groups (`conditional`), 0 (`typical`), or drawn anew for
 * every group of the rows (`population`).
 */
export function* eachDrawnRow(
  fit: DistributionFit,
  rows: DesignRows,
  wanted: DrawnPrediction,
  visit: (i: number, draws: Float64Array) => void,
  report: Report,
): Pausable<FitWarning[]> {
  const { model } = fit;
  const { family, layout } = model;
  const { type, seed } = wanted;
  const seen = model.design.random.map(({ levels }) => levels.length);
  const fresh = type === "simulate" && wanted.estimand === "population";
  const estimand = fresh ? "conditional" : wanted.estimand;
  const mode = fresh ? "new-group" : newLevelsMode(wanted.newLevels);
  const drawn: NewEffects | null =
    estimand === "conditional" && (mode === "new-group" || mode === "resampled") ? mode : null;
  // A new response of a group that is integrated out is one of a group drawn anew.
  const effectsMode: NewEffects | null =
    drawn ?? (type === "simulate" && estimand === "conditional" && mode === "population" ? "new-group" : null);
  const warnings = new Map<string, FitWarning>();
  const whole = fit.kind === "posterior" && fit.randomEffectsKept === false;
  const total = fit.kind === "posterior" ? ownDraws(fit).chains * ownDraws(fit).drawsPerChain : wanted.draws;
  // correlated rows have to be drawn together
  const { given } = wanted;
  const together = given || (type === "simulate" && rows.residual?.correlation);
  const fitted = given ? rowMeans(family, layout, model.design, "conditional") : null;
  const e = new Float64Array(fitted ? model.design.n : 0);
  const step = together ? rows.n : whole ? Math.max(rowsPerBlock, Math.floor(mostNumbers / total)) : rowsPerBlock;
  for (let from = 0; from < rows.n; from += step) {
    const slice = sliceRows(rows, from, Math.min(rows.n, from + step));
    const random = slice.random.map((term, t) => {
      const asked = fresh ? allLevelsNew(term) : term;
      return effectsMode ? withNewLevels(asked, seen[t]!, slice.rows) : asked;
    });
    const block = { ...slice, random };
    const means = rowMeans(family, layout, block, estimand, mode, wanted.response);
    const source = drawSource(fit, { count: wanted.draws, seed, withEffects: (fitted ?? means).usesEffects && !fresh });
    const complete = effectsMode ? newLevelEffects(random, seen, layout, effectsMode, seed) : null;
    const values = Array.from({ length: block.n }, () => new Float64Array(source.count));
    const simulateRows = type === "simulate" && !given ? rowSimulator(model, block, means) : null;
    const responses = new Float64Array(block.n);
    const rng = createRng(`${seed}/response/${from}`);
    const quantity = quantityOf(family, type === "link" ? "link" : "response", estimand);
    const drawnBefore = (from / step) * source.count;
    const toDraw = Math.ceil(rows.n / step) * source.count;
    yield* source.each(({ x, effects }, d) => {
      report("draws", drawnBefore + d + 1, toDraw);
      const b = complete ? complete(x, effects) : effects;
      if (simulateRows) {
        simulateRows(rng, x, b, responses);
        const numbers = ownNumbers(family, responses);
        for (let i = 0; i < block.n; i++) values[i]![d] = numbers[i]!;
        return;
      }
      if (estimand === "population" && d === 0) requirePopulationMean(family, layout, rows.random, x);
      means.evaluate(x, b);
      responses.fill(0);
      if (given && fitted) {
        fitted.evaluate(x, effects);
        for (let k = 0; k < e.length; k++) e[k] = model.design.y[k]! - fitted.mean.value[k]!;
        if (given.set(x)) given.expected(e, responses);
        else responses.fill(Number.NaN);
        if (type === "simulate") given.addNoise(rng, responses);
      }
      for (let i = 0; i < block.n; i++) values[i]![d] = quantity.value(means, i) + responses[i]!;
    });
    if (!simulateRows) for (const warning of populationMeanWarnings(family, means)) warnings.set(warning.code, warning);
    values.forEach((draws, i) => {
      visit(from + i, draws);
    });
  }
  return [...warnings.values()];
}

/** Rows from ≤ i < to as views. */
function sliceRows(rows: DesignRows, from: number, to: number): DesignRows {
  if (from === 0 && to === rows.n) return rows;
  return {
    n: to - from,
    rows: rows.rows.subarray(from, to),
    omitted: rows.omitted,
    trials: rows.trials?.subarray(from, to) ?? null,
    weights: rows.weights?.subarray(from, to) ?? null,
    ...(rows.columns && {
      columns: Object.fromEntries(
        Object.entries(rows.columns).map(([name, values]) => [name, values.subarray(from, to)]),
      ),
    }),
    ...(rows.residual && {
      residual: {
        n: to - from,
        variance: rows.residual.variance.map((part) => ({
          ...part,
          covariate: part.covariate?.subarray(from, to) ?? null,
          stratum: part.stratum.subarray(from, to),
        })),
        correlation: null,
      },
    }),
    predictors: rows.predictors.map((predictor) => ({
      ...predictor,
      X: predictor.X.subarray(from * predictor.names.length, to * predictor.names.length),
      offset: predictor.offset.subarray(from, to),
    })),
    random: rows.random.map((term) => ({
      ...term,
      index: term.index.subarray(from, to),
      ...(term.unseen ? { unseen: term.unseen.slice(from, to) } : {}),
      Z: term.Z.subarray(from * term.q, to * term.q),
    })),
  };
}
