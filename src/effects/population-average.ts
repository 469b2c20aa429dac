/**
 * Averages of the response over the population, beside those for a typical group and for the groups observed: E[Y | x] at a grid of
 * values, with the other columns averaged over the rows of the data (g-computation or standardisation: Lane & Nelder 1982,
 * Biometrics 38, 613–621), over a reference grid or over a target population, and the random effects integrated out (Zeger, Liang & Albert 1988,
 * Biometrics 44, 1049–1060).
 */
import type { Estimator } from "../estimates/estimator.ts";
import { DeclarationError, declarationFault, type FitWarning } from "../messages/issue.ts";
import { notAFit } from "../messages/options.ts";
import { scoreWithoutCategories } from "../messages/ordinal-fits.ts";
import type { Fit } from "../model/fit.ts";
import { isFit } from "../model/require-fit.ts";
import type { Pausable } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { type DoneOrPromised, doneOrPromised, type Report, type SlicesOf } from "../options/long-work.ts";
import { type OptionsOf, readOptions } from "../options/read-options.ts";
import type { Estimand } from "../prediction/estimand.ts";
import { namedFits } from "../report/named-fits.ts";
import { type Printable, printable } from "../report/printable.ts";
import { averageMeasures } from "./average-measures.ts";
import { type ReportedQuantity, reportedQuantities } from "./averaged-quantity.ts";
import { averagesReport } from "./averages-report.ts";
import type { ContrastRow, QuantityRow } from "./averages-rows.ts";
import { type AveragesOfFit, averagesTable } from "./averages-table.ts";
import { type Averaging, averagingInSlices, averagingOf, type averagingSchema } from "./averaging-options.ts";
import type { ColumnsOfFit, ColumnsToAverage, ColumnsToCluster } from "./checked-columns.ts";
import { estimableAverages } from "./estimable-averages.ts";
import { weightedMeans } from "./weighted-means.ts";

export type { ContrastRow, Numbers } from "./averages-rows.ts";

export type PopulationAverageOptions = OptionsOf<typeof averagingSchema>;

/**
 * One average: the grid's columns by name beside the estimand, `fit` where several fits were given, and `category` for an ordered response,
 * whose averages are the probabilities of its categories, unless its score was asked for. `df`: degrees of freedom of the interval; null: normal, and for draws.
 */
export type AverageRow = QuantityRow;

export interface PopulationAverages extends Printable {
  readonly rows: readonly AverageRow[];
  readonly contrasts: readonly ContrastRow[];
  readonly warnings: readonly FitWarning[];
}

/**
 * Population averages of one fit, or of several side by side.
 *
 * For every cell of the grid each row of the data is taken with the grid's columns replaced and all else as it is, and the means are
 * averaged; a row counts once times its frequency weight, and with `weights: "trials"` times its binomial trials. `weights: "equal"` averages over a reference
 * grid instead, as emmeans does; a table over the shares of a target population.
 * The random effects are integrated out (`population`); in `estimands`, `typical` sets them to 0, `conditional` leaves each row its own group's.
 * A cell that is not estimable (a combination of factor levels without rows, say) has nulls, and a warning `not-estimable` names it; a
 * contrast of two such cells is given where it is estimable. Where coefficients are at infinity (separation), means at the end of their range have
 * no errors, and Wald tests of contrasts with them are at their limits, statistic 0 and p value 1. Maximum likelihood: delta method with the full covariance of coefficients and variance parameters, exact derivatives, intervals on
 * the scale of the link, normal or, where an average is a contrast of the coefficients of a linear mixed model, of t (`ddf`). Posterior: draw by draw, estimate = mean, std_error = sd, interval = quantiles.
 *
 * @returns the averages; with a `signal` or `onProgress` a promise of them, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError for columns or values that the model cannot have, and for a population mean that does not exist
 * @example
 * populationAverage({ ml, bayes }, { by: "period", contrasts: "reference" }).print();
 * populationAverage(fit, { by: "recipe", weights: "equal", contrasts: "pairwise", adjust: "tukey", ddf: "kenward-roger" }).contrasts;
 */
export function populationAverage<
  const F extends Fit | Readonly<Record<string, Fit>>,
  const By = never,
  const At = never,
  const Contrast = never,
  const Cluster extends string = never,
  const Clusters extends readonly string[] = never,
  Signal extends StopSignal | undefined = undefined,
  Told = never,
>(
  fits: F,
  options?: PopulationAverageOptions &
    ColumnsToAverage<ColumnsOfFit<F>, By, At, Contrast> &
    ColumnsToCluster<ColumnsOfFit<F>, Cluster, Clusters> &
    SlicesOf<Signal, Told>,
): DoneOrPromised<PopulationAverages, Signal, Told> {
  const named = fitsToAverage(fits, "populationAverage()");
  const { signal, onProgress, ...read } = readOptions(averagingInSlices, options, { of: "populationAverage()" });
  const wanted = averagingOf(
    read,
    named.map(([, fit]) => fit),
  );
  return doneOrPromised((report) => averages(named, wanted, report), { signal, onProgress }) as DoneOrPromised<
    PopulationAverages,
    Signal,
    Told
  >;
}

function* averages(
  named: readonly (readonly [string | null, Fit])[],
  wanted: Averaging,
  report: Report,
): Pausable<PopulationAverages> {
  const parts: AveragesOfFit[] = [];
  for (const [name, fit] of named) parts.push(yield* averagesOf(name, fit, wanted, report));
  const rows = parts.flatMap((part) => part.rows);
  const contrasts = parts.flatMap((part) => part.contrasts);
  const warnings = parts.flatMap((part) => part.warnings);
  return printable({ rows, contrasts, warnings }, (style) =>
    averagesReport({ what: "response", rows, contrasts, warnings, wanted }, style),
  );
}

/** One fit, or several by name. @throws DeclarationError for what is no fit */
export function fitsToAverage(
  fits: Fit | Readonly<Record<string, Fit>>,
  of: string,
): readonly (readonly [string | null, Fit])[] {
  const named: readonly (readonly [string | null, Fit])[] = isFit(fits) ? [[null, fits]] : namedFits(fits, [], of);
  if (named.length === 0) throw new DeclarationError([notAFit(of, fits)]);
  return named;
}

function* averagesOf(name: string | null, fit: Fit, wanted: Averaging, report: Report): Pausable<AveragesOfFit> {
  const { family, layout } = fit.model;
  if (wanted.score && family.response !== "ordered") throw declarationFault(scoreWithoutCategories(family.name));
  const measures = averageMeasures(family, wanted);
  const averaged: Parameters<typeof averagesTable>[4] = (estimand, _cells, { sets }) => {
    const reported = reportedQuantities(family, layout, estimand, wanted.scale, wanted.score);
    const quantities = reported.map(({ quantity }) => quantity);
    return {
      quantities: reported,
      labels: reported.map(({ label }) => ({ after: label })),
      measures,
      estimator: (labels) => transformed(weightedMeans(fit, sets, estimand, quantities, labels), reported),
      estimable: () => estimableAverages(fit, sets, estimand, quantities, isLinear(fit, estimand, wanted)),
    };
  };
  return yield* averagesTable(name, fit, wanted, "average", averaged, report);
}

/** Whether averages are linear in the predictors. */
const isLinear = ({ model: { family } }: Fit, estimand: Estimand, { scale }: Averaging) =>
  (family.link === "identity" && family.response !== "ordered") || (scale !== "response" && estimand !== "population");

/** What is taken of an average at last. */
function transformed<Label>(base: Estimator<Label>, reported: readonly ReportedQuantity[]): Estimator<Label> {
  const [{ after }] = reported as [ReportedQuantity];
  if (!after) return base;
  const inner = new Float64Array(base.rows.length);
  return {
    ...base,
    value(x, effects, out) {
      base.value(x, effects, inner);
      inner.forEach((average, k) => {
        out[k] = after.value(average);
      });
    },
    gradient(x, effects, into) {
      // the gradients come empty: each is of one quantity
      base.gradient!(x, effects, into);
      into.x.forEach((gradient, k) => {
        const slope = after.slope(inner[k]!);
        for (let j = 0; j < gradient.length; j++) gradient[j]! *= slope;
        for (const own of into.effects?.[k] ?? []) for (let j = 0; j < own.length; j++) own[j]! *= slope;
      });
    },
  };
}
