/**
 * Average slopes: how much the mean response changes with a numeric column, averaged over the rows of the data (marginal effects: Bartus 2005, Stata
 * Journal 5, 309–329), over a reference grid or a target population; and elasticities.
 */
import { check, optional, pipe } from "valibot";
import type { ColumnTexts } from "../dsl/column-types.ts";
import { columnsOfFactors } from "../dsl/columns-used.ts";
import { onIdentity } from "../estimates/estimator.ts";
import { elasticityOnLink, measureNotOfThis, slopeOfUnknown, slopeThroughFactor } from "../messages/averages.ts";
import { DeclarationError, declarationFault, type FitWarning, type Issue } from "../messages/issue.ts";
import { scoreWithoutCategories } from "../messages/ordinal-fits.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { Fit } from "../model/fit.ts";
import type { Pausable } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { choice, columnNames } from "../options/kinds.ts";
import {
  type DoneOrPromised,
  doneOrPromised,
  longWorkEntries,
  type Report,
  type SlicesOf,
} from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { unsupportedRows } from "../prediction/estimability.ts";
import type { Estimand } from "../prediction/estimand.ts";
import { expectedResponses } from "../prediction/expected-responses.ts";
import { responseMean } from "../prediction/response-mean.ts";
import { type Printable, printable } from "../report/printable.ts";
import { reportedQuantities } from "./averaged-quantity.ts";
import { averagesReport } from "./averages-report.ts";
import type { ContrastRow, QuantityRow, TestNumbers } from "./averages-rows.ts";
import { type AveragesOfFit, averagesTable } from "./averages-table.ts";
import { type Averaging, averagingOf, averagingOptions } from "./averaging-options.ts";
import type { ColumnsOfFit, ColumnsToAverage, ColumnsToCluster } from "./checked-columns.ts";
import { measures } from "./contrasts.ts";
import type { EstimableAverages } from "./estimable-averages.ts";
import { fitsToAverage } from "./population-average.ts";
import {
  type Elasticity,
  elasticities,
  type SlopeOf,
  type SlopeRows,
  slopeRows,
  weightedSlopes,
} from "./slope-rows.ts";
import { usedColumns } from "./used-columns.ts";

const slopesEntries = {
  ...averagingOptions,
  /** The numeric columns whose slopes are taken; default all of the mean that are no factors. */
  of: optional(
    pipe(
      columnNames,
      check((names) => names.length > 0, "at least one column, or left out for all"),
    ),
  ),
  /** Elasticities in the place of slopes, row by row: `eyex` (dy/y)/(dx/x), `eydx` (dy/y)/dx, `dyex` dy/(dx/x). */
  elasticity: optional(choice(elasticities)),
};

const averageSlopesOptions = optionsSchema(slopesEntries);
const slopesInSlices = optionsSchema({ ...slopesEntries, ...longWorkEntries });

export type AverageSlopesOptions = OptionsOf<typeof averageSlopesOptions>;

/**
 * One average slope: `term` the column, the grid's columns by name, `fit` where several fits were given, `category` for an ordered response; tested against 0.
 */
export type AverageSlopeRow = QuantityRow & TestNumbers;

export interface AverageSlopes extends Printable {
  readonly rows: readonly AverageSlopeRow[];
  /** Differences of slopes between levels of a column. */
  readonly contrasts: readonly ContrastRow[];
  readonly warnings: readonly FitWarning[];
}

/**
 * Average slopes of the mean response in numeric columns, of one fit or of several side by side: over all rows, at values (`at`), or within the cells of a
 * grid (`by`), with their contrasts (emmeans' `emtrends`).
 *
 * The slope of a row is exact: the chain rule through transformations of the formula (`log(x)`, `poly(x, 2)`, `scale(x)`, interactions), offsets, random slopes
 * (whose variance moves the population's mean) and nonlinear means. `by`, `at`, `weights`, `newdata`, `estimands`, `scale`, contrasts and the rest are as in
 * `populationAverage`; on the scale of the link slopes are those of linear predictors. Errors by the delta method, t where a slope is linear in the
 * coefficients of a linear mixed model (`ddf`); of posteriors draw by draw.
 *
 * @returns the slopes; with a `signal` or `onProgress` a promise of them, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError for columns in which there is no slope (factors, and functions at a value without derivative, as `abs(x)` at 0)
 * @example
 * averageSlopes(fit, { of: "Days" }).rows[0]; // { term: "Days", estimate: 10.47, std_error: 1.55, statistic: 6.77, … }
 * averageSlopes(fit, { of: "age", by: "sex", contrasts: "pairwise" }).print();
 */
export function averageSlopes<
  const F extends Fit | Readonly<Record<string, Fit>>,
  const By = never,
  const At = never,
  const Contrast = never,
  const Of = never,
  const Cluster extends string = never,
  const Clusters extends readonly string[] = never,
  Signal extends StopSignal | undefined = undefined,
  Told = never,
>(
  fits: F,
  options?: AverageSlopesOptions &
    ColumnsToAverage<ColumnsOfFit<F>, By, At, Contrast> &
    ColumnsToCluster<ColumnsOfFit<F>, Cluster, Clusters> & {
      readonly of?: ColumnTexts<ColumnsOfFit<F>, Of> | undefined;
    } & SlicesOf<Signal, Told>,
): DoneOrPromised<AverageSlopes, Signal, Told> {
  const named = fitsToAverage(fits, "averageSlopes()");
  const read = readOptions(slopesInSlices, options, { of: "averageSlopes()" });
  const { of, elasticity, signal, onProgress, ...more } = read;
  const wanted = averagingOf(
    more,
    named.map(([, fit]) => fit),
  );
  const issues: Issue[] = [];
  if (elasticity !== undefined && wanted.scale !== "response") issues.push(elasticityOnLink(elasticity));
  const measure = wanted.measure?.find((name) => name !== "difference");
  if (measure !== undefined) issues.push(measureNotOfThis(measure, "is of means, not of slopes", ["difference"]));
  if (issues.length > 0) throw new DeclarationError(issues);
  const columns = of === undefined ? undefined : typeof of === "string" ? [of] : [...new Set(of)];
  const asked = { columns, elasticity: elasticity ?? null };
  return doneOrPromised((report) => slopesOfAll(named, wanted, asked, report), {
    signal,
    onProgress,
  }) as DoneOrPromised<AverageSlopes, Signal, Told>;
}

/** What slopes are asked for. */
interface Asked {
  /** Undefined: all. */
  readonly columns: readonly string[] | undefined;
  readonly elasticity: Elasticity | null;
}

function* slopesOfAll(
  named: readonly (readonly [string | null, Fit])[],
  wanted: Averaging,
  asked: Asked,
  report: Report,
): Pausable<AverageSlopes> {
  const parts: AveragesOfFit[] = [];
  for (const [name, fit] of named) parts.push(yield* slopesOf(name, fit, wanted, asked, report));
  const rows = parts.flatMap((part) => part.rows) as unknown as readonly AverageSlopeRow[];
  const contrasts = parts.flatMap((part) => part.contrasts);
  const warnings = parts.flatMap((part) => part.warnings);
  return printable({ rows, contrasts, warnings }, (style) =>
    averagesReport({ what: "slopes", rows, contrasts, warnings, wanted }, style),
  );
}

function* slopesOf(
  name: string | null,
  fit: Fit,
  wanted: Averaging,
  { columns: asked, elasticity }: Asked,
  report: Report,
): Pausable<AveragesOfFit> {
  const { model } = fit;
  const { family } = model;
  if (wanted.score && family.response !== "ordered") throw declarationFault(scoreWithoutCategories(family.name));
  const columns = slopeColumns(model, asked);
  const averaged: Parameters<typeof averagesTable>[4] = (estimand, cells, { sets }) => {
    const kinds = kindsOf(model, estimand, wanted, elasticity);
    const slopes = columns.flatMap((column) => kinds.map((kind) => ({ ...kind.of, column })));
    const byColumn = new Map(columns.map((column) => [column, slopeRows(model, cells, sets, column)]));
    const rowsOf = cells.map((_, c) => slopes.map(({ column }) => byColumn.get(column)![c]!));
    return {
      quantities: slopes.map(() => ({ scale: onIdentity, none: 0 })),
      labels: columns.flatMap((term) => kinds.map(({ label }) => ({ before: { term }, after: label }))),
      measures: [measures.difference],
      estimator: (labels) => weightedSlopes(fit, rowsOf, estimand, slopes, labels),
      estimable: () => estimableSlopes(model, rowsOf, slopes),
    };
  };
  return yield* averagesTable(name, fit, wanted, "slope", averaged, report);
}

interface Kind {
  readonly label: Readonly<Record<string, string>>;
  readonly of: Omit<SlopeOf, "column">;
}

/** What has slopes: the mean, the probability of each category, a score, or on the scale of the link a predictor or the link of a mean. */
function kindsOf(
  { family, layout }: CompiledModel,
  estimand: Estimand,
  { scale, score }: Averaging,
  elasticity: Elasticity | null,
): readonly Kind[] {
  if (scale === "response") {
    const linear = family.link === "identity" && family.response !== "ordered" && elasticity === null;
    return expectedResponses(family, score).map(({ category, response }) => ({
      label: category === undefined ? {} : { category },
      of: { response, link: linear ? ("predictor" as const) : null, elasticity },
    }));
  }
  // refuses what has no link
  reportedQuantities(family, layout, estimand, "link", score);
  const link = estimand === "population" && family.response !== "ordered" ? "of mean" : "predictor";
  return [{ label: {}, of: { response: responseMean(family), link, elasticity: null } }];
}

/** The columns whose slopes are taken. @throws DeclarationError for those that have none */
function slopeColumns({ spec, table }: CompiledModel, asked: readonly string[] | undefined): readonly string[] {
  const factors = columnsOfFactors(spec);
  const used = [...usedColumns(spec).mean].filter((name) => table.column(name)?.kind === "numeric");
  const known = used.filter((name) => !factors.has(name));
  const issues: Issue[] = [];
  for (const name of asked ?? [])
    if (!known.includes(name))
      issues.push(used.includes(name) ? slopeThroughFactor(name) : slopeOfUnknown(name, known));
  if (asked === undefined && known.length === 0) issues.push(slopeOfUnknown(null, []));
  if (issues.length > 0) throw new DeclarationError(issues);
  return asked ?? known;
}

/** A slope is estimable where the derivatives of the design are, and unless it is linear the design too. */
function estimableSlopes(
  model: CompiledModel,
  rowsOf: readonly (readonly SlopeRows[])[],
  wanted: readonly SlopeOf[],
): EstimableAverages | null {
  const gaps = rowsOf.flatMap((cell) =>
    cell.map(({ rows, slopes }, k) => {
      const found = [
        unsupportedRows(model, slopes),
        wanted[k]!.link === "predictor" ? null : unsupportedRows(model, rows),
      ];
      return found.filter((gap) => gap?.rows.some((missing) => missing));
    }),
  );
  if (gaps.every((found) => found.length === 0)) return null;
  const average = (place: number) => gaps[place]!.length === 0;
  return {
    prior: gaps.every((found) => found.every((gap) => gap!.prior)),
    average,
    combination: (places) => places.every(average),
  };
}
