/**
 * What a fit cannot say of new rows: a combination of columns that the fitted rows do not hold. The mean of such a row follows from whichever
 * column was dropped to fit, so it is no estimate (Searle 1971, §5.4; emmeans writes `nonEst`).
 */

import { type Departures, departs, departuresOf } from "../data/departures.ts";
import { parameterOfPredictor } from "../families/distribution-parameters.ts";
import { isMeans, ofMean } from "../families/of-mean.ts";
import { answeredByPrior, rowsAtInfinity, rowsNotEstimable } from "../messages/effects.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { Fit } from "../model/fit.ts";
import { recessionOf } from "../model/recession.ts";
import { meanLink } from "./response-mean.ts";
import type { MeanRows } from "./row-means.ts";

/** Whether the model keeps columns that its rows do not tell apart, so that their prior answers instead. */
function keepsAliased({ design, data }: CompiledModel, predictor: number): boolean {
  const { kept, aliased } = design.recipe.predictors[predictor]!;
  return aliased !== undefined && kept.length + (data.thresholds ? 1 : 0) === aliased.centres.length;
}

/** Rows about which the fit says nothing, and who answers for them. */
export interface Unsupported {
  /** By row. */
  readonly rows: readonly boolean[];
  /** True where a prior gives the answer: then there is one. */
  readonly prior: boolean;
}

/** What is asked of a row: its linear predictor, its mean, the dispersion, or its whole distribution. */
export type AskedPart = "linear" | "mean" | "dispersion" | "distribution";

/** Whether predictor r is part of what is asked. */
function isAsked({ family }: CompiledModel, r: number, part: AskedPart): boolean {
  if (part === "distribution") return true;
  if (part === "linear") return isMeans(r);
  const { said } = parameterOfPredictor(family, r);
  return part === "dispersion" ? said?.dispersion === true : !said || said.movesMean === true;
}

/** Whether new rows need the columns of predictor r for what is asked: of a mean that is no function of its own predictor alone, they need all. */
export function isNeeded(model: CompiledModel, r: number, part: AskedPart): boolean {
  const { family } = model;
  const separate = family.predicted && (part === "dispersion" || meanLink(family) !== null);
  return !separate || isAsked(model, r, part);
}

/**
 * The rows that are not estimable.
 *
 * @param part what is asked of them; default the mean
 * @returns null where all are estimable
 */
export function unsupportedRows(
  model: CompiledModel,
  { n, predictors }: MeanRows,
  part: AskedPart = "mean",
): Unsupported | null {
  const found = predictors.flatMap(({ departures }, r) =>
    departures && isAsked(model, r, part) ? [{ departures, prior: keepsAliased(model, r) }] : [],
  );
  if (found.length === 0) return null;
  const without = found.filter(({ prior }) => !prior);
  const counted: readonly { readonly departures: Departures }[] = without.length > 0 ? without : found;
  return {
    rows: Array.from({ length: n }, (_, i) => counted.some(({ departures }) => departs(departures, i))),
    prior: without.length === 0,
  };
}

/**
 * The rows whose mean a fit puts at the end of its range, because coefficients are at infinity: it has no standard error there.
 *
 * @returns null where there are none
 */
export function infiniteRows(fit: Fit, { n, predictors }: MeanRows): readonly boolean[] | null {
  if (fit.kind === "posterior" || fit.verdict.code !== "separation") return null;
  const { space } = recessionOf(fit.model) ?? {};
  if (!space) return null;
  const { X, names } = ofMean(predictors);
  const p = names.length;
  const thresholds = space.centres.length - p;
  // of an ordered response each threshold is beside the predictor
  const each = Math.max(1, thresholds);
  const width = p + thresholds;
  const whole = new Float64Array(n * each * width);
  for (let e = 0; e < n * each; e++) {
    const i = Math.floor(e / each);
    for (let j = 0; j < p; j++) whole[e * width + j] = X[i * p + j]!;
    if (thresholds > 0) whole[e * width + p + (e % each)] = -1;
  }
  const departures = departuresOf(space, whole, n * each);
  if (!departures) return null;
  return Array.from({ length: n }, (_, i) => {
    for (let k = 0; k < each; k++) if (departs(departures, i * each + k)) return true;
    return false;
  });
}

/** The warning about predictions of such rows. */
export const infiniteWarning = (infinite: readonly boolean[], numbers: Int32Array): FitWarning =>
  rowsAtInfinity([...numbers].flatMap((row, i) => (infinite[i] ? [row + 1] : [])));

/** The warning about predictions of rows that are not estimable. */
export function unsupportedWarning({ rows, prior }: Unsupported, numbers: Int32Array): FitWarning {
  const named = [...numbers].flatMap((row, i) => (rows[i] ? [row + 1] : []));
  return prior ? answeredByPrior(`row${named.length === 1 ? "" : "s"}`, named.map(String)) : rowsNotEstimable(named);
}
