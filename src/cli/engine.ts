/** The library as the commands use it: from flags to a declaration, to fits, to tables. Sampling is in `sampling.ts`. */
import { type CompareOptions, compare, comparisonText } from "../compare/compare.ts";
import { textsOf } from "../data/number-text.ts";
import { toTable } from "../data/to-table.ts";
import { columnsOfFactors } from "../dsl/columns-used.ts";
import type { ContrastName, MissingPolicy, PriorSpec } from "../dsl/model-spec.ts";
import { type AverageSlopesOptions, averageSlopes } from "../effects/average-slopes.ts";
import { averagingGrid } from "../effects/grid.ts";
import { type PopulationAverageOptions, populationAverage } from "../effects/population-average.ts";
import { familyByName, familyNames } from "../families/registry.ts";
import type { FitWarning, Issue } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { Fit } from "../model/fit.ts";
import { type Model, model } from "../model-builder.ts";
import type { CsvTable } from "../node/csv.ts";
import { readKnownCovariance } from "../node/known-covariance-file.ts";
import { readColumns } from "../node/read-columns.ts";
import type { Estimand } from "../prediction/estimand.ts";
import { type PredictOptions, predict } from "../prediction/predict.ts";
import { priorTable, resolvePriors } from "../priors/resolve.ts";
import type { PriorRow } from "../priors/resolved.ts";
import { formatColumn } from "../report/format-number.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, type TextColumn, textTable } from "../report/text-table.ts";
import { collect, collectAsync } from "./collect.ts";
import type { GridChoice } from "./grid-options.ts";
import { type Declaration, type ModelFlags, readDeclaration, readDialect } from "./model-options.ts";

/** A declaration that has met its table without a fault. */
export interface Declared {
  /** To be sampled where there are priors, else to be maximised. */
  readonly compiled: CompiledModel;
  /** To be maximised, whatever the priors. */
  likelihood(): CompiledModel;
  /** The priors of all its parameters; null where nothing is sampled. */
  readonly priors: readonly PriorRow[] | null;
}

/** Rows for JSON, the same as text, and what is doubtful about them. */
export interface Result {
  readonly rows: readonly object[];
  readonly text: string;
  readonly warnings: readonly FitWarning[];
}

/**
 * Reads the table and declares the model on it, without compiling it. Every fault of the flags, the file and the declaration is added to `issues`;
 * undefined when there is one.
 *
 * @param priors those declared; null where nothing will be sampled
 */
export async function readModel(
  path: string | undefined,
  flags: ModelFlags,
  priors: readonly PriorSpec[] | null,
  issues: Issue[],
): Promise<Model | undefined> {
  const declaration = readDeclaration(flags, issues);
  if (path === undefined) return undefined;
  const columns = await collectAsync(issues, () => readColumns(path, readDialect(flags)));
  const table = columns && collect(issues, () => tableFrom(columns));
  const matrices = await Promise.all(
    Object.entries(declaration?.knownCovariances ?? {}).map(
      async ([name, file]) => [name, await collectAsync(issues, () => readKnownCovariance(file))] as const,
    ),
  );
  if (!table || !declaration || matrices.some(([, matrix]) => matrix === undefined)) return undefined;
  let builder: Model = model(table);
  let sound = true;
  const withMatrices = matrices.map(
    ([name, matrix]) =>
      (declared: Model) =>
        declared.knownCovariance(name, matrix!),
  );
  for (const step of [...declarationSteps(declaration, priors ?? []), ...withMatrices]) {
    const next: Model | undefined = collect(issues, () => step(builder));
    sound &&= next !== undefined;
    builder = next ?? builder;
  }
  if (sound) return builder;
  addColumnFaults(builder, declaration, issues);
  return undefined;
}

/** Columns that the table has not, of a declaration with other faults. The names in a curve's formula may be its parameters. */
function addColumnFaults(builder: Model, { nonlinear }: Declaration, issues: Issue[]): void {
  if (nonlinear !== undefined) return;
  const found: Issue[] = [];
  collect(found, () => builder.compile());
  issues.push(...found.filter(({ code }) => code === "unknown-column"));
}

/**
 * Reads the table, declares the model on it and compiles it. Every fault of the flags, the file, the declaration and the data is added to
 * `issues`; undefined when there is one.
 *
 * @param priors those declared; null where nothing will be sampled
 */
export async function declareModel(
  path: string | undefined,
  flags: ModelFlags,
  priors: readonly PriorSpec[] | null,
  issues: Issue[],
): Promise<Declared | undefined> {
  const builder = await readModel(path, flags, priors, issues);
  const compiled = builder && collect(issues, () => builder.compile(priors ? "posterior" : "likelihood"));
  if (!compiled) return undefined;
  const resolved = priors && collect(issues, () => priorTable(resolvePriors(compiled)));
  const likelihood = () => (priors ? builder.compile() : compiled);
  return resolved === undefined ? undefined : { compiled, likelihood, priors: resolved };
}

/** The family's name as it is registered, whatever its case: `gamma` is the response distribution, there being no prior to confuse. */
function familyName(name: string): string {
  return familyNames().find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
}

/** Missing values have been marked by the reader already: no text stands for one here. */
export const tableFrom = ({ columns }: CsvTable) => toTable(columns, { naStrings: [] });

function declarationSteps(declaration: Declaration, priors: readonly PriorSpec[]): ((builder: Model) => Model)[] {
  const { formula, family, weights, frequencyWeights, factors, contrasts, missing, residual, nonlinear } = declaration;
  const { knownVariance, sigma, dispersion, parameters = {} } = declaration;
  return [
    (builder) => {
      const name = familyName(family.name);
      familyByName(name, family.link);
      return builder.family({ ...family, name });
    },
    ...(weights === undefined ? [] : [(builder: Model) => builder.weights(weights)]),
    ...(frequencyWeights === undefined ? [] : [(builder: Model) => builder.frequencyWeights(frequencyWeights)]),
    ...(knownVariance === undefined ? [] : [(builder: Model) => builder.knownVariance(knownVariance)]),
    ...(sigma === undefined ? [] : [(builder: Model) => builder.sigma(sigma)]),
    ...Object.entries(factors).map(
      ([name, levels]) =>
        (builder: Model) =>
          builder.factor(name, levels),
    ),
    ...Object.entries(contrasts).map(
      ([name, kind]) =>
        (builder: Model) =>
          builder.contrasts(name, kind as ContrastName),
    ),
    (builder) => builder.missing(missing as MissingPolicy),
    ...(residual === undefined ? [] : [(builder: Model) => builder.residual(residual)]),
    ...priors.map(({ class: of, name, distribution }) => (builder: Model) => {
      return builder.prior(name === undefined ? of : `${of}:${name}`, distribution);
    }),
    (builder) => builder.formula(formula),
    ...(dispersion === undefined ? [] : [(builder: Model) => builder.dispersion(dispersion)]),
    ...Object.entries(parameters).map(
      ([name, predictor]) =>
        (builder: Model) =>
          builder.parameter(name, `~ ${predictor}`),
    ),
    ...(nonlinear === undefined ? [] : [(builder: Model) => builder.mean(nonlinear.mean, nonlinear.options)]),
  ];
}

/** Adds the faults of a grid before anything is fitted. */
export function checkGrid({ compiled }: Declared, { by, at }: GridChoice, issues: Issue[]): void {
  const { spec, table, design } = compiled;
  collect(issues, () => averagingGrid(spec, table, design, by, at));
}

export function averageOver(
  fit: Fit,
  options: PopulationAverageOptions,
  style: Style,
): Result & { readonly contrasts: readonly object[] } {
  const averages = populationAverage(fit, options);
  const { rows, contrasts, warnings } = averages;
  return { rows, contrasts, warnings, text: averages.toString(style) };
}

export function slopesOver(
  fit: Fit,
  options: AverageSlopesOptions,
  style: Style,
): Result & { readonly contrasts: readonly object[] } {
  const slopes = averageSlopes(fit, options);
  const { rows, contrasts, warnings } = slopes;
  return { rows, contrasts, warnings, text: slopes.toString(style) };
}

export function compareFits(
  fits: Readonly<Record<string, Fit>>,
  options: CompareOptions,
  style: Style,
): Result & { readonly fits: readonly object[]; readonly long: readonly object[] } {
  const comparison = compare(fits, options);
  return {
    long: comparison.toLong().rows,
    rows: comparison.rows,
    fits: comparison.fits,
    text: comparisonText(comparison, style),
    warnings: [],
  };
}

/** Predictions beside the columns of the rows predicted for: of the new rows, or of those fitted. */
export function predictRows(
  fit: Fit,
  newdata: CsvTable | undefined,
  options: Omit<PredictOptions, "newdata"> & { readonly estimand: Estimand },
  style: Style,
): Result {
  const { rows, warnings } = predict(fit, { ...(newdata && { newdata: tableFrom(newdata) }), ...options });
  const { table, spec } = fit.model;
  const factors = columnsOfFactors(spec);
  // levels are shown as they were written
  const given = newdata
    ? newdata.names.map((name) => {
        const values = newdata.columns[name]!;
        return { name, values: (factors.has(name) && textsOf(values)) || values };
      })
    : table.names.flatMap((name) => {
        const column = table.column(name);
        if (!column) return [];
        const texts = column.kind === "numeric" && factors.has(name) ? column.texts : undefined;
        return [{ name, values: texts ?? column.values }];
      });
  const merged = rows.map(({ row, ...summary }) => ({
    row,
    ...Object.fromEntries(given.map(({ name, values }) => [name, values[row - 1]])),
    estimand: options.estimand,
    ...summary,
  }));
  const decimals = rowDecimals(rows);
  const columns: TextColumn[] = [
    // a column of the table's own says which row it is
    ...(given.some(({ name }) => name === "row") ? [] : [{ header: "row", cells: rows.map(({ row }) => String(row)) }]),
    ...given.map(({ name, values }): TextColumn => {
      const cells = rows.map(({ row }) => values[row - 1]);
      if (values instanceof Float64Array)
        return { header: name, cells: formatColumn((cells as number[]).map((x) => (Number.isNaN(x) ? null : x))) };
      return { header: name, cells: cells.map((cell) => String(cell ?? "")), align: "left" };
    }),
    ...(rows.some(({ category }) => category !== undefined)
      ? [{ header: "category", cells: rows.map(({ category }) => category ?? ""), align: "left" as const }]
      : []),
    ...(["estimate", "std_error", "conf_low", "conf_high"] as const).map((name) => ({
      header: name,
      cells: formatRows(
        rows.map((row) => row[name]),
        decimals,
      ),
    })),
  ];
  return { rows: merged, text: textTable(columns, style).join("\n"), warnings };
}
