/**
 * Marginal coefficients: the coefficients that describe the population mean on the scale of the link,
 *
 *   β_M = (X'WX)⁻¹ X'W (g(E[Y | x]) − offset),
 *
 * the least-squares projection of the link of the population means onto the design (Hedeker, du Toit, Demirtas & Gibbons 2018,
 * Biometrics 74, 354–361). The population means are the deterministic integrals of `prediction/population-mean.ts`, so nothing is simulated.
 */

import type { PredictorDesign } from "../data/design.ts";
import { type Estimator, onIdentity } from "../estimates/estimator.ts";
import { sourceOf } from "../estimates/sources.ts";
import { summariseInSlices } from "../estimates/summarise.ts";
import { ofMean } from "../families/of-mean.ts";
import { choleskyFactor, choleskySolve } from "../linalg/dense-cholesky.ts";
import {
  designNotOfFullRank,
  marginalAtInfinity,
  marginalCoefficientsNeedLink,
  marginalErrorsNotIdentified,
} from "../messages/effects.ts";
import { marginalOfGee } from "../messages/gee.ts";
import { declarationFault, type FitWarning } from "../messages/issue.ts";
import { ordinalMarginalCoefficients } from "../messages/ordinal-fits.ts";
import type { DistributionFit, Fit } from "../model/fit.ts";
import { refuseParts } from "../model/model-parts.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { requireFit } from "../model/require-fit.ts";
import type { Pausable } from "../optimise/pausable.ts";
import { type ConfLevelOptions, confLevelOptions } from "../options/conf-level-options.ts";
import { doneOrPromised, type InSlices, longWorkEntries, type Report } from "../options/long-work.ts";
import { optionsSchema, readOptions } from "../options/read-options.ts";
import { infiniteRows } from "../prediction/estimability.ts";
import type { Summary } from "../prediction/interval.ts";
import type { LinkFunction } from "../prediction/link-function.ts";
import { linkFunction } from "../prediction/link-function.ts";
import { populationMeanWarnings, requirePopulationMean } from "../prediction/mean-existence.ts";
import type { ResponseMean } from "../prediction/response-mean.ts";
import { type MeanRows, type RowMeans, rowMeans } from "../prediction/row-means.ts";
import { formatColumn } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, type TextColumn, textTable } from "../report/text-table.ts";
import { distinctRows } from "./distinct-rows.ts";

export interface MarginalCoefficientRow {
  readonly term: string;
  readonly estimate: number;
  readonly std_error: number | null;
  /** Null for a posterior. */
  readonly statistic: number | null;
  readonly p_value: number | null;
  readonly conf_low: number | null;
  readonly conf_high: number | null;
  /** The coefficient for a typical group, as the model has it. */
  readonly typical: number;
}

export interface MarginalCoefficients extends Printable {
  readonly rows: readonly MarginalCoefficientRow[];
  readonly warnings: readonly FitWarning[];
}

/**
 * Marginal (population-averaged) coefficients of the mean, with delta-method standard errors from the full covariance of
 * coefficients and variance parameters (maximum likelihood) or draw by draw (posterior). Rows weigh by their frequency weights.
 *
 * @returns the coefficients; with a `signal` or `onProgress` a promise of them, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError where the mean has no link of its own, or does not exist
 * @example
 * marginalCoefficients(fit).rows; // [{ term: "(Intercept)", estimate: -1.39, std_error: 0.24, typical: -1.98, … }, …]
 */
export function marginalCoefficients(
  fit: DistributionFit,
  options: InSlices<ConfLevelOptions>,
): Promise<MarginalCoefficients>;
export function marginalCoefficients(fit: DistributionFit, options?: ConfLevelOptions): MarginalCoefficients;
export function marginalCoefficients(
  fit: DistributionFit,
  options?: ConfLevelOptions,
): MarginalCoefficients | Promise<MarginalCoefficients> {
  requireFit(fit, "marginalCoefficients()");
  const read = readOptions(marginalCoefficientsOptions, options, { of: "marginalCoefficients()" });
  return doneOrPromised((report) => projectedCoefficients(fit, read, report), read);
}

const marginalCoefficientsOptions = optionsSchema({ ...confLevelOptions.entries, ...longWorkEntries });

/**
 * The projection for population means of one's own making: `response` says how they follow from the linear predictor and its
 * variance; default the exact integral.
 */
export function* projectedCoefficients(
  fit: DistributionFit,
  { confLevel, response }: { readonly confLevel: number; readonly response?: ResponseMean },
  report: Report,
): Pausable<MarginalCoefficients> {
  if ((fit as Fit).kind === "gee")
    throw declarationFault({ code: "marginal-of-gee", path: ["fit"], message: marginalOfGee() });
  const { family, design, layout } = fit.model;
  refuseParts(fit.model, { categories: ordinalMarginalCoefficients });
  if (family.link === "custom") throw declarationFault(marginalCoefficientsNeedLink(family.name));
  const link = linkFunction(family.link);
  const { rows, weights } = distinctRows(design, design.frequencyWeights);
  const predictor = ofMean(rows.predictors);
  const projection = leastSquares(predictor, weights);
  const means = rowMeans(family, layout, rows, "population", "error", response);
  const first = fit.kind === "ml" ? fit.estimate : ownDraws(fit).values.subarray(0, ownDraws(fit).size);
  requirePopulationMean(family, layout, design.random, first);
  const infinite = infiniteRows(fit, rows);
  const ends = predictor.names.map(
    (_, j) => infinite?.some((at, i) => at && Math.abs(projection[j * rows.n + i]!) > NO_PART) ?? false,
  );
  const coefficients: Estimator<string> = {
    rows: predictor.names.map((label) => ({ label, scale: onIdentity, none: 0, kind: "marginal coefficient" })),
    value(x, _, out) {
      means.evaluate(x, null);
      project(projection, rows, means, link, out);
    },
    gradient: (_x, _effects, into) => addProjectedGradient(projection, means, link, into.x),
    warnings: () => populationMeanWarnings(family, means),
  };
  const from = sourceOf(fit, { withEffects: false });
  const table = yield* summariseInSlices(coefficients, from, { confLevel, infinite: (j) => ends[j]! }, report);
  const typical = typicalCoefficients(fit);
  const moving = table.rows.filter(({ state }) => state === "moves").map(({ label }) => label);
  const result = {
    rows: table.rows.map(({ label: term, numbers, test }, j): MarginalCoefficientRow => {
      const { estimate, std_error, conf_low, conf_high } = numbers as Summary;
      return { term, estimate, std_error, ...test!, conf_low, conf_high, typical: typical[j]! };
    }),
    warnings: [
      ...table.warnings,
      ...(ends.includes(true) ? [marginalAtInfinity(predictor.names.filter((_, j) => ends[j]))] : []),
      ...(moving.length > 0 ? [marginalErrorsNotIdentified(moving)] : []),
    ],
  };
  return printable(result, (style) => coefficientsText(result.rows, style));
}

/** The weight of a row in a coefficient that is none. */
const NO_PART = 1e-10;

const NUMBERS = ["estimate", "std_error", "statistic", "conf_low", "conf_high", "typical"] as const;

function coefficientsText(rows: readonly MarginalCoefficientRow[], style: Style): string {
  const decimals = rowDecimals(rows);
  const columns: TextColumn[] = [
    { header: "", cells: rows.map(({ term }) => term), align: "left" },
    ...NUMBERS.filter((name) => rows.some((row) => row[name] !== null)).map((name) => ({
      header: name,
      cells:
        name === "statistic"
          ? formatColumn(rows.map((row) => row[name]))
          : formatRows(
              rows.map((row) => row[name]),
              decimals,
            ),
    })),
  ];
  return textTable(columns, style).join("\n");
}

/** (X'WX)⁻¹X'W, p × n. */
function leastSquares({ X, names }: PredictorDesign, weights: Float64Array): Float64Array {
  const p = names.length;
  const n = weights.length;
  const cross = new Float64Array(p * p);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < p; a++)
      for (let b = 0; b <= a; b++) cross[a * p + b]! += weights[i]! * X[i * p + a]! * X[i * p + b]!;
  if (!choleskyFactor(cross, p)) throw declarationFault(designNotOfFullRank());
  const projection = new Float64Array(p * n);
  for (let i = 0; i < n; i++) for (let a = 0; a < p; a++) projection[a * n + i] = weights[i]! * X[i * p + a]!;
  choleskySolve(cross, p, projection, n);
  return projection;
}

/** β_M at the means last evaluated. */
function project(
  projection: Float64Array,
  rows: MeanRows,
  means: RowMeans,
  link: LinkFunction,
  out: Float64Array,
): void {
  const { n } = means;
  const { offset } = ofMean(rows.predictors);
  out.fill(0);
  for (let i = 0; i < n; i++) {
    const eta = link.link(means.mean.value[i]!) - offset[i]!;
    for (let a = 0; a < out.length; a++) out[a]! += projection[a * n + i]! * eta;
  }
}

/** Adds ∂β_M/∂x at the means last evaluated. */
function addProjectedGradient(
  projection: Float64Array,
  means: RowMeans,
  link: LinkFunction,
  into: readonly Float64Array[],
): void {
  const { n } = means;
  const row = new Float64Array(into[0]?.length ?? 0);
  for (let i = 0; i < n; i++) {
    row.fill(0);
    means.addMeanGradient(i, 1 / link.slope(link.link(means.mean.value[i]!)), row, null);
    into.forEach((gradient, a) => {
      const w = projection[a * n + i]!;
      for (let k = 0; k < row.length; k++) gradient[k]! += w * row[k]!;
    });
  }
}

/** The model's own coefficients of the mean: the estimate, or the posterior mean. */
function typicalCoefficients(fit: DistributionFit): Float64Array {
  const { offset, size } = ofMean(fit.model.layout.beta);
  if (fit.kind === "ml") return fit.estimate.subarray(offset, offset + size);
  const draws = ownDraws(fit);
  const total = draws.chains * draws.drawsPerChain;
  const mean = new Float64Array(size);
  for (let d = 0; d < total; d++)
    for (let j = 0; j < size; j++) mean[j]! += draws.values[d * draws.size + offset + j]! / total;
  return mean;
}
