/** Predictions row by row, from either kind of fit, for the rows of the fit or for new ones. */

import { type InferOutput, optional } from "valibot";
import { toTable } from "../data/to-table.ts";
import {
  beyondDoubles,
  dispersionGivenResiduals,
  givenResidualsNeed,
  noDispersionToPredict,
  predictionErrorsNotIdentified,
  unknownOption,
} from "../messages/effects.ts";
import { declarationFault, type FitWarning } from "../messages/issue.ts";
import { meanUndefined } from "../messages/linearised-fits.ts";
import { ordinalPopulationLink } from "../messages/ordinal-fits.ts";
import type { Fit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { requireFit } from "../model/require-fit.ts";
import { atOnce, type Pausable } from "../optimise/pausable.ts";
import { choice, confidenceLevel, flag, seedOf, wholeNumber } from "../options/kinds.ts";
import { doneOrPromised, type InSlices, longWorkEntries, type Report, untold } from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { refuseOptions } from "../options/surplus-options.ts";
import type { Printable } from "../report/printable.ts";
import { type AskedPart, infiniteRows, infiniteWarning, unsupportedRows, unsupportedWarning } from "./estimability.ts";
import { type Estimand, estimands, newLevelsMode, newLevelsOptions } from "./estimand.ts";
import { type ExpectedResponse, expectedDispersion, expectedResponses } from "./expected-responses.ts";
import { estimandOf, requireDistribution } from "./fit-capabilities.ts";
import { givenResiduals } from "./given-residuals.ts";
import { drawsSummary, estimateAlone, noSummary, type PossibleSummary, type Summary, TailRecord } from "./interval.ts";
import { equivalentsOf, errorMoves } from "./moving-errors.ts";
import { type AskedRows, designRowsOf, newRowsTable } from "./new-rows.ts";
import { pickRows, rowsDrawn } from "./pick-rows.ts";
import { type Predicted, predictDelta } from "./predict-delta.ts";
import { type DrawnPrediction, eachDrawnRow } from "./predict-draws.ts";

import { printedPrediction } from "./print-prediction.ts";

export { effectsByDraw } from "./draw-source.ts";

const types = ["response", "class", "score", "link", "disp", "simulate"] as const;

/** What predictions and their draws are asked alike. */
const common = {
  /**
   * Rows to predict for; default the rows of the fit. Needs the columns of the fixed effects; grouping columns for `conditional` only. Those of a
   * dispersion's predictor are needed for `disp` and `simulate`, and for `disp` no others are.
   */
  newdata: optional(newRowsTable),
  /** Default `conditional`; of a fit by estimating equations `population`, the only one it has. */
  estimand: optional(choice(estimands)),
  /** Levels the fit has not seen, in conditional predictions; default `existing`, which refuses them. */
  newLevels: optional(choice(newLevelsOptions), "existing"),
  /**
   * Residuals of new rows where the model has a residual correlation. `zero` (default, as nlme): of mean 0, whatever the residuals of the
   * fitted rows are. `conditional`: given those of the fitted rows that they are correlated with, as in forecasts of a series and kriging; the
   * standard errors then hold the parameters of the structure at their estimates. Without a time or place in the structure the new rows
   * of a group follow its fitted ones. Needs `newdata` and the estimand `conditional`.
   */
  residuals: optional(choice(["zero", "conditional"]), "zero"),
  /** Seed of whatever is drawn: effects of new levels, new responses; default "predict". */
  seed: optional(seedOf, "predict"),
  /** Draws made of a maximum-likelihood fit where something is drawn; default 4000. A posterior gives those it has. */
  draws: optional(wholeNumber(2), 4000),
};

const predictEntries = {
  ...common,
  /**
   * `response`: E[Y | x] (for binomial the probability; for an ordered response the probability of each category, a row for each). `class`: the
   * most probable category of an ordered response, with its probability. `score`: the expected number of its category, its label where all labels are numbers, else counted from 1.
   * `link`: the linear predictor; of a population mean, its link.
   * `disp`: the family's dispersion parameter, on its natural scale: σ of a Gaussian response, θ of `nbinom2`, α of `nbinom1`, the shape of `Gamma`, φ of
   * `beta`; where it has no predictor the same in every row.
   * `simulate`: a new response of the row (for binomial: successes in its trials; for an ordered response the number of its category, as for `score`), whose
   * interval is a prediction interval. Default `response`.
   */
  type: optional(choice(types), "response"),
  /** Standard errors and intervals; default true. */
  se: optional(flag, true),
  /** Default 0.95. */
  confLevel: optional(confidenceLevel, 0.95),
};

const predictOptions = optionsSchema(predictEntries);
const predictInSlices = optionsSchema({ ...predictEntries, ...longWorkEntries });

export type PredictOptions = OptionsOf<typeof predictOptions>;

const predictionDrawsOptions = optionsSchema({
  ...common,
  /** As in `predict`, but for `class`; default `response`. */
  type: optional(choice(["response", "score", "link", "disp", "simulate"]), "response"),
});

export type PredictionDrawsOptions = OptionsOf<typeof predictionDrawsOptions>;

/** What is predicted, a row at a time, before it is summarised. */
export interface PredictionDraws {
  readonly estimand: Estimand;
  readonly type: "response" | "score" | "link" | "disp" | "simulate";
  /** 1-based rows of the table predicted for; for probabilities of categories each row once a category. */
  readonly rows: Int32Array;
  /** Probabilities of categories: the category of each of `rows`. */
  readonly categories?: readonly string[];
  readonly draws: number;
  /** rows × draws, row-major: all draws of a row side by side; NaN in new rows that miss a value or are not estimable. */
  readonly values: Float64Array;
  readonly warnings: readonly FitWarning[];
}

/** Null, where nothing can be predicted; a warning says why. */
export interface PredictionRow extends PossibleSummary {
  /** 1-based row of the table predicted for. */
  readonly row: number;
  /** The category that the probability is of; ordered responses only, and absent of a class that nothing is known of. */
  readonly category?: string;
}

export interface Prediction extends Printable {
  readonly estimand: Estimand;
  readonly type: NonNullable<PredictOptions["type"]>;
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
 * There is a row for each new row, in their order: one that misses a value has nulls, and a warning names it (`.missing("error")` refuses it). So has
 * one that is not estimable (a combination of factor levels that the fit has no rows of, say), with the warning `not-estimable`. Where coefficients are
 * at infinity (separation), means at the end of their range have no errors; nor has what has another error at other maxima, with the warning
 * `not-identified`. New
 * binomial responses need the trials of their rows, other ones the weights.
 *
 * @returns the predictions; with a `signal` or `onProgress` a promise of them, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError where a population mean does not exist, for unseen levels unless `newLevels` says what to do, and for trials or
 * weights of new responses that cannot be
 * @example
 * predict(fit, { estimand: "population" }).rows[0]; // { row: 1, estimate: 0.22, std_error: 0.04, conf_low: 0.15, conf_high: 0.31 }
 * predict(fit, { newdata, type: "simulate", newLevels: "new-group" }); // prediction intervals, also for groups not in the fit
 */
export function predict(fit: Fit, options: InSlices<PredictOptions>): Promise<Prediction>;
export function predict(fit: Fit, options?: PredictOptions): Prediction;
export function predict(fit: Fit, options?: PredictOptions): Prediction | Promise<Prediction> {
  requireFit(fit, "predict()");
  const { signal, onProgress, ...asked } = readOptions(predictInSlices, options, { of: "predict()" });
  return doneOrPromised((report) => predicted(fit, asked, report), { signal, onProgress });
}

function* predicted(
  fit: Fit,
  { se, confLevel, ...asked }: InferOutput<typeof predictOptions>,
  report: Report,
): Pausable<Prediction> {
  const { rows, wanted, type } = prepare(fit, asked);
  const { estimand } = wanted;
  const parts: Predicted[] = [];
  for (const expected of expectedOf(fit, wanted, type))
    parts.push(yield* predictRows(fit, rows, wanted, expected, se, confLevel, report));
  const { none, warnings: gaps } = gapsOf(fit, rows, type);
  const infinite = infiniteRows(fit, rows);
  if (infinite) gaps.push(infiniteWarning(infinite, rows.rows));
  // what is drawn is a sample, whose spread is no error of an estimate
  const drawn = new Set(rowsDrawn(rows, wanted));
  const others = !se || type === "simulate" || (wanted.given && drawn.size > 0) ? [] : equivalentsOf(fit);
  const moving = new Set<number>();
  for (const other of others)
    for (const [k, expected] of expectedOf(other, wanted, type).entries()) {
      const again = yield* predictRows(other, rows, wanted, expected, se, confLevel, report);
      again.summaries.forEach(({ std_error }, i) => {
        if (errorMoves(parts[k]!.summaries[i]!.std_error, std_error) && !none(i) && !drawn.has(i)) moving.add(i);
      });
    }
  if (moving.size > 0)
    gaps.push(predictionErrorsNotIdentified([...rows.rows].flatMap((row, i) => (moving.has(i) ? [row + 1] : []))));
  const beyond = parts[0]!.summaries.flatMap(({ estimate }, i) =>
    Math.abs(estimate) === Infinity && type !== "simulate" && !none(i) ? [rows.rows[i]! + 1] : [],
  );
  if (beyond.length > 0) gaps.push(beyondDoubles(beyond));
  const warnings = [
    ...rows.warnings,
    ...parts[0]!.warnings,
    ...undefinedMeans(fit, rows, parts[0]!.summaries),
    ...gaps,
  ];
  const summaryOf = (summaries: readonly Summary[], i: number): PossibleSummary => {
    if (i < 0 || none(i)) return noSummary;
    // a new response has its range, also where the mean is at the end of its own
    return (infinite?.[i] || moving.has(i)) && type !== "simulate" ? estimateAlone(summaries[i]!) : summaries[i]!;
  };
  const each = Array.from(rows.asked, (row, k) =>
    parts.map(
      ({ category, summaries }): PredictionRow => ({
        row: row + 1,
        ...(category !== undefined && { category }),
        ...summaryOf(summaries, rows.place[k]!),
      }),
    ),
  );
  const found = type === "class" ? each.map(mostProbable) : each.flat();
  return printedPrediction({ estimand, type, rows: found, warnings });
}

const PARTS: Readonly<Record<NonNullable<PredictOptions["type"]>, AskedPart>> = {
  response: "mean",
  class: "mean",
  score: "mean",
  link: "linear",
  disp: "dispersion",
  simulate: "distribution",
};

/** The rows that are not estimable, and the warning about them. */
function gapsOf({ model }: Fit, rows: AskedRows, type: PredictOptions["type"]) {
  const unsupported = unsupportedRows(model, rows, PARTS[type ?? "response"]);
  return {
    none: (i: number) => unsupported !== null && !unsupported.prior && unsupported.rows[i]!,
    warnings: unsupported ? [unsupportedWarning(unsupported, rows.rows)] : [],
  };
}

/** The most probable of a row's categories; of one that nothing is known of, none. */
function mostProbable(choices: readonly PredictionRow[]): PredictionRow {
  const [first] = choices;
  if (first!.estimate === null) return { row: first!.row, ...noSummary };
  return choices.reduce((best, choice) => (choice.estimate! > best.estimate! ? choice : best));
}

/** A nonlinear mean has no value in rows that its own arithmetic does not reach: the logarithm of a negative column. */
function undefinedMeans(fit: Fit, { rows }: AskedRows, summaries: readonly Summary[]): FitWarning[] {
  if (!fit.model.family.curve) return [];
  const bad = summaries.flatMap(({ estimate }, i) => (Number.isFinite(estimate) ? [] : [rows[i]! + 1]));
  return bad.length > 0 ? [meanUndefined(bad)] : [];
}

/** What is asked of each row: the quantities expected of it, or null for the one quantity that is no expectation. */
const expectedOf = (fit: Fit, { type }: DrawnPrediction, asked: PredictOptions["type"]) => {
  if (asked === "disp") return [expectedDispersion(fit.model.family)!];
  return type === "response" ? expectedResponses(fit.model.family, asked === "score") : [null];
};

/** One quantity of every row. */
function* predictRows(
  fit: Fit,
  rows: AskedRows,
  asked: DrawnPrediction,
  expected: ExpectedResponse | null,
  se: boolean,
  confLevel: number,
  report: Report,
): Pausable<Predicted> {
  const wanted = expected ? { ...asked, response: expected.response } : asked;
  const { type } = wanted;
  const summaries: Summary[] = [];
  const warnings: FitWarning[] = [];
  const tails = new TailRecord();
  const summarise = (i: number, values: Float64Array) => {
    const summary = drawsSummary(values, confLevel, tails);
    summaries[i] = se ? summary : { ...summary, std_error: null, conf_low: null, conf_high: null };
  };
  // rows that are correlated are not apart from those whose effects are drawn
  const together = wanted.given && rowsDrawn(rows, wanted).length > 0;
  if (fit.kind === "posterior" || type === "simulate" || together) {
    requireDistribution(fit, "Simulating new responses");
    warnings.push(...(yield* eachDrawnRow(fit, rows, wanted, summarise, report)));
  } else {
    const drawn = rowsDrawn(rows, wanted);
    const newLevels = drawn.length > 0 ? "zero" : wanted.newLevels;
    const asking = { ...wanted, type, newLevels, se, confLevel, expected };
    const delta = yield* predictDelta(fit, rows, asking, report);
    summaries.push(...delta.summaries);
    warnings.push(...delta.warnings);
    if (drawn.length > 0 && fit.kind === "ml")
      yield* eachDrawnRow(fit, pickRows(rows, drawn), wanted, (i, values) => summarise(drawn[i]!, values), report);
  }
  warnings.push(...tails.warnings("prediction"));
  return { ...(expected?.category !== undefined && { category: expected.category }), summaries, warnings };
}

/**
 * The draws that `predict` summarises, for quantities of one's own: differences between rows, probabilities of exceeding a value.
 * Of a maximum-likelihood fit they are draws from the normal approximation of coefficients and random effects (see `draw-source.ts`).
 *
 * @throws DeclarationError as `predict`
 * @example
 * const { values, draws } = predictionDraws(fit, { newdata, type: "simulate", newLevels: "new-group" });
 */
export function predictionDraws(fit: Fit, options?: PredictionDrawsOptions): PredictionDraws {
  requireFit(fit, "predictionDraws()");
  const read = readOptions(predictionDrawsOptions, options, { of: "predictionDraws()" });
  requireDistribution(fit, "Drawing predictions");
  const { type } = read;
  const { rows, wanted } = prepare(fit, read);
  const { estimand } = wanted;
  const draws = fit.kind === "posterior" ? ownDraws(fit).chains * ownDraws(fit).drawsPerChain : wanted.draws;
  const expected = expectedOf(fit, wanted, type);
  const count = expected.length;
  const { none, warnings: gaps } = gapsOf(fit, rows, type);
  const values = new Float64Array(rows.asked.length * count * draws).fill(Number.NaN);
  const position = new Int32Array(rows.n);
  rows.place.forEach((i, at) => {
    if (i >= 0) position[i] = at;
  });
  const warnings = expected.map((one, k) => {
    const visit = (i: number, row: Float64Array) => {
      if (!none(i)) values.set(row, (position[i]! * count + k) * draws);
    };
    return atOnce(eachDrawnRow(fit, rows, one ? { ...wanted, response: one.response } : wanted, visit, untold));
  })[0]!;
  const entries = Array.from({ length: rows.asked.length * count }, (_, e) => e);
  return {
    estimand,
    type,
    rows: Int32Array.from(entries, (e) => rows.asked[Math.floor(e / count)]! + 1),
    ...(expected[0]?.category !== undefined && { categories: entries.map((e) => expected[e % count]!.category!) }),
    draws,
    values,
    warnings: [...rows.warnings, ...warnings, ...gaps],
  };
}

/** Those of an ordered response only. */
const typesOfCategories: readonly string[] = ["class", "score"];

/** Checks what the options ask of this fit and finds the rows. */
function prepare(fit: Fit, options: Omit<InferOutput<typeof predictOptions>, "se" | "confLevel">) {
  const { type, newLevels, residuals, seed, draws } = options;
  const estimand = estimandOf(fit, options.estimand);
  const { categories } = fit.model.family;
  const known: readonly (typeof types)[number][] = categories
    ? types
    : types.filter((name) => !typesOfCategories.includes(name));
  if (type === "disp") {
    if (!expectedDispersion(fit.model.family)) throw declarationFault(noDispersionToPredict(fit.model.family.name));
    if (options.residuals === "conditional") throw declarationFault(dispersionGivenResiduals());
  }
  if (!known.includes(type)) throw declarationFault(unknownOption("type", type, known));
  if (categories && type === "link" && estimand === "population") throw declarationFault(ordinalPopulationLink());
  const refused = estimand === "conditional" && newLevelsMode(newLevels) === "existing";
  const groups = estimand === "typical" ? "unused" : refused ? "required" : "optional";
  const given = residuals === "conditional";
  const { correlation } = fit.model.spec.residual ?? {};
  if (given && (!correlation || !options.newdata || estimand !== "conditional"))
    throw declarationFault(givenResidualsNeed(Boolean(correlation), Boolean(options.newdata)));
  const table = options.newdata && toTable(options.newdata);
  const rows = designRowsOf(
    fit.model,
    table,
    groups,
    given ? "given residuals" : type === "simulate" ? "responses" : "means",
    given ? "distribution" : PARTS[type],
  );
  const wanted: DrawnPrediction = {
    type: type === "class" || type === "score" || type === "disp" ? "response" : type,
    estimand,
    newLevels,
    seed,
    draws,
    ...(given && { given: givenResiduals(fit.model, table!, rows) }),
  };
  return { rows, wanted, type };
}

/**
 * Point predictions for the rows of the fit: E[Y | x, b] at the conditional modes, or its posterior mean; for an ordered response the
 * probabilities of the categories, row after row.
 */
export function fitted(fit: Fit): Float64Array;
export function fitted(fit: Fit, ...surplus: unknown[]): Float64Array {
  requireFit(fit, "fitted()");
  refuseOptions(surplus, "fitted()");
  return Float64Array.from(predict(fit, { se: false }).rows, (row) => row.estimate ?? Number.NaN);
}
