/** Fits side by side: the same parameters, whatever engine estimated them. */

import { formulaOf, predictorText } from "../dsl/print-formula.ts";
import { nothingToCompare } from "../messages/effects.ts";
import { DeclarationError, declarationFault, type FitWarning } from "../messages/issue.ts";
import { notAFit } from "../messages/options.ts";
import type { Fit, Glance, TidyRow } from "../model/fit.ts";
import { emptyRow, parameterLabel } from "../model/reported-parameters.ts";
import { isFit } from "../model/require-fit.ts";
import { type ConfLevelOptions, confLevelOptions } from "../options/conf-level-options.ts";
import { readOptions } from "../options/read-options.ts";
import { formatColumn } from "../report/format-number.ts";
import { namedInputs } from "../report/named-fits.ts";
import { type Printable, printable } from "../report/printable.ts";
import { formatFixed, ownDecimals } from "../report/row-decimals.ts";
import { tableOf } from "../report/table-of.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visible, visibleLines } from "../report/visible-text.ts";

/**
 * Coefficients that some function made of a fit: `marginalCoefficients`, `attenuatedCoefficients`, `clusterBootstrap`. They are compared with the fixed
 * effects of fits, unless their rows say that they are other parameters.
 */
export interface CoefficientTable {
  readonly rows: readonly (Pick<TidyRow, "term" | "estimate" | "std_error"> &
    Partial<Pick<TidyRow, "effect" | "component" | "group" | "conf_low" | "conf_high">>)[];
}

export type CompareOptions = ConfLevelOptions;

/** One fit's word on one parameter. */
export interface ComparedEstimate {
  readonly estimate: number;
  readonly std_error: number | null;
  readonly conf_low: number | null;
  readonly conf_high: number | null;
  /** (this estimate − the first fit's) / the first fit's standard error; null in the first fit, or where there is none. */
  readonly difference: number | null;
}

/** One parameter. */
export interface ComparisonRow {
  readonly effect: TidyRow["effect"];
  readonly component: string;
  readonly group: string | null;
  readonly term: string;
  /** By name of the fit; null where a fit does not have the parameter. */
  readonly fits: Readonly<Record<string, ComparedEstimate | null>>;
}

/** One fit as a whole. */
export interface ComparedFit extends Glance {
  readonly fit: string;
  readonly kind: Fit["kind"];
  readonly formula: string;
  readonly warnings: number;
}

/** What one fit says of one parameter: a row of the long table. */
export interface LongRow {
  readonly fit: string;
  readonly effect: TidyRow["effect"];
  readonly component: string;
  readonly group: string | null;
  readonly term: string;
  readonly estimate: number;
  readonly std_error: number | null;
  readonly statistic: number | null;
  readonly df: number | null;
  readonly p_value: number | null;
  readonly conf_low: number | null;
  readonly conf_high: number | null;
  readonly difference: number | null;
}

export interface Comparison extends Printable {
  /** Names of the fits in the order given; differences are from the first. */
  readonly names: readonly string[];
  readonly rows: readonly ComparisonRow[];
  readonly fits: readonly ComparedFit[];
  /** What the fits are to be read with, each with the name of its fit. */
  readonly warnings: readonly ComparedWarning[];
  /** One long table: a row for each fit and parameter that it has, in the columns of `tidy()`, parameter by parameter. */
  toLong(): { readonly rows: readonly LongRow[] } & Printable;
}

/** A warning of one of the fits. */
export interface ComparedWarning extends FitWarning {
  readonly fit: string;
}

/**
 * Compares fits parameter by parameter: coefficients, standard deviations and correlations of the random effects, and the family's own
 * parameters, with differences from the first fit in its standard errors. Tables of coefficients stand beside fits as columns; their intervals are
 * their own.
 *
 * @throws DeclarationError when no fit is given
 * @example
 * compare({ ml, bayes }).print();
 * compare({ gee: geeFit, marginal: marginalCoefficients(glmm), boot: clusterBootstrap(geeFit, { seed: 1 }) }).print();
 */
export function compare(
  fits: Readonly<Record<string, Fit | CoefficientTable>> | readonly Fit[] | Fit,
  options?: CompareOptions,
): Comparison {
  const wanted = readOptions(confLevelOptions, options, { of: "compare()" });
  const given = namedInputs(fits, [], "compare()");
  const faults = given.flatMap(([name, value]) =>
    isFit(value) || isCoefficientTable(value) ? [] : [notAFit("compare()", value, name)],
  );
  if (faults.length > 0) throw new DeclarationError(faults);
  const named = given as readonly (readonly [string, Fit | CoefficientTable])[];
  if (named.length === 0) throw declarationFault(nothingToCompare());
  const names = named.map(([name]) => name);
  const tables = named.map(([, fit]) => new Map(parametersOf(fit, wanted).map((row) => [keyOf(row), row])));
  const keys = orderedKeys(tables);
  const rows = keys.map((key): ComparisonRow => {
    const shown = tables.map((table) => table.get(key));
    const { effect, component, group, term } = shown.find((row) => row !== undefined)!;
    const first = shown[0];
    const entries = shown.map(
      (row, k) => [names[k]!, row ? compared(row, k === 0 ? undefined : first) : null] as const,
    );
    return { effect, component, group, term, fits: Object.fromEntries(entries) };
  });
  const whole = named.flatMap(([name, fit]): ComparedFit[] =>
    "rows" in fit
      ? []
      : [
          {
            fit: name,
            kind: fit.kind,
            formula: formulaText(fit),
            ...fit.glance(),
            warnings: fit.warnings.length,
          },
        ],
  );
  const warnings = named.flatMap(([name, fit]): ComparedWarning[] =>
    "rows" in fit ? [] : fit.warnings.map((warning) => ({ fit: name, ...warning })),
  );
  const result = { names, rows, fits: whole, warnings };
  const long = () =>
    keys.flatMap((key, k) =>
      names.flatMap((fit, f): LongRow[] => {
        const row = tables[f]!.get(key);
        return row ? [longRow(fit, row, rows[k]!.fits[fit]!.difference)] : [];
      }),
    );
  const shown = printable(
    result,
    (style) =>
      [
        comparisonText(result, style),
        ...warnings.map(({ fit, message }) => style(`Warning (${visible(fit)}): ${visibleLines(message)}`, "warning")),
      ].join("\n"),
    long,
  );
  const toLong: Comparison["toLong"] = () => tableOf(long());
  return Object.defineProperty(shown, "toLong", { value: toLong }) as typeof shown & Pick<Comparison, "toLong">;
}

function longRow(fit: string, row: TidyRow, difference: number | null): LongRow {
  const { effect, component, group, term, estimate, std_error, statistic, df, p_value, conf_low, conf_high } = row;
  const tested = { statistic, df, p_value, conf_low, conf_high };
  return { fit, effect, component, group, term, estimate, std_error, ...tested, difference };
}

/** The formula of a fit, with predictors of other parameters than the mean. */
const formulaText = ({ model: { spec, family } }: Fit): string =>
  [
    formulaOf(spec),
    ...spec.predictors
      .slice(family.curve?.parameters.length ?? 1)
      .map((predictor) => `${predictor.role} ~ ${predictorText(predictor)}`),
  ].join("; ");

const isCoefficientTable = (value: unknown): value is CoefficientTable =>
  Array.isArray((value as CoefficientTable)?.rows) &&
  (value as CoefficientTable).rows.every((row) => typeof row?.term === "string" && typeof row.estimate === "number");

const parametersOf = (fit: Fit | CoefficientTable, options: CompareOptions): readonly TidyRow[] =>
  "rows" in fit
    ? fit.rows.map(({ effect = "fixed", component = "cond", group = null, ...row }) => ({
        ...emptyRow({ effect, component, group, term: row.term }),
        estimate: row.estimate,
        std_error: row.std_error,
        conf_low: row.conf_low ?? null,
        conf_high: row.conf_high ?? null,
      }))
    : fit.tidy(options);

const keyOf = ({ effect, component, group, term }: TidyRow) => JSON.stringify([effect, component, group, term]);

/** Parameters by kind, in the order in which the fits list them; those of later fits after the one they follow there. */
function orderedKeys(tables: readonly ReadonlyMap<string, TidyRow>[]): string[] {
  const keys: string[] = [];
  for (const table of tables) {
    let after = -1;
    for (const key of table.keys()) {
      const place = keys.indexOf(key);
      if (place >= 0) after = place;
      else keys.splice(++after, 0, key);
    }
  }
  const rank = { fixed: 0, ran_pars: 1, aux: 2, ran_vals: 3 };
  const effectOf = (key: string) => rank[(JSON.parse(key) as [TidyRow["effect"]])[0]];
  return keys.sort((a, b) => effectOf(a) - effectOf(b));
}

function compared(row: TidyRow, first: TidyRow | undefined): ComparedEstimate {
  const { estimate, std_error, conf_low, conf_high } = row;
  const scale = first?.std_error;
  const difference = first && scale ? (estimate - first.estimate) / scale : null;
  return { estimate, std_error, conf_low, conf_high, difference };
}

/** The tables of a comparison as text, without the warnings of its fits. */
export function comparisonText(
  { names, rows, fits }: Pick<Comparison, "names" | "rows" | "fits">,
  style: Style,
): string {
  // estimate and error of one parameter share their decimals in all fits
  const decimals = rows.map((row) => decimalsOf(Object.values(row.fits)));
  const cells = (pick: (entry: ComparedEstimate) => number | null, name: string) =>
    rows.map((row, k) => {
      const entry = row.fits[name];
      return entry ? formatFixed(pick(entry), decimals[k]!) : "";
    });
  const lines = [
    ...formulaLines(fits),
    style(
      "Parameters: estimate (standard error) [interval]; diff = difference from the first in its standard errors",
      "title",
    ),
    "",
    ...textTable(
      [
        { header: "", cells: rows.map(parameterLabel), align: "left" },
        ...names.flatMap((name, k) => [
          { header: name, cells: cells(({ estimate }) => estimate, name) },
          { header: "(se)", cells: cells(({ std_error }) => std_error, name).map((text) => (text ? `(${text})` : "")) },
          { header: "", cells: intervals(rows, name, decimals) },
          ...(k === 0 ? [] : [{ header: "diff", cells: rows.map((row) => differenceText(row.fits[name])) }]),
        ]),
      ],
      style,
    ),
    ...(fits.length > 0 ? ["", ...glanceTable(fits, style)] : []),
  ];
  return lines.join("\n");
}

/** What was fitted: one formula where it is that of all. */
function formulaLines(fits: readonly ComparedFit[]): string[] {
  const formulas = new Set(fits.map(({ formula }) => formula));
  if (formulas.size === 0) return [];
  if (formulas.size === 1) return [`Formula: ${visible(fits[0]!.formula)}`, ""];
  return [...fits.map(({ fit, formula }) => `${visible(fit)}: ${visible(formula)}`), ""];
}

function decimalsOf(entries: readonly (ComparedEstimate | null)[]): number {
  const errors = entries.flatMap((entry) => (entry?.std_error ? [entry.std_error] : []));
  const basis = errors.length > 0 ? errors : entries.flatMap((entry) => (entry ? [entry.estimate] : []));
  return ownDecimals(Math.min(...basis.map(Math.abs).filter((value) => value > 0)), 3) ?? 0;
}

function intervals(rows: readonly ComparisonRow[], name: string, decimals: readonly number[]): string[] {
  return rows.map((row, k) => {
    const entry = row.fits[name];
    if (!entry || entry.conf_low === null || entry.conf_high === null) return "";
    return `[${formatFixed(entry.conf_low, decimals[k]!)}, ${formatFixed(entry.conf_high, decimals[k]!)}]`;
  });
}

function differenceText(entry: ComparedEstimate | null | undefined): string {
  if (entry?.difference === null || entry?.difference === undefined) return "";
  const text = Math.abs(entry.difference).toFixed(2);
  return Number(text) === 0 ? text : `${entry.difference < 0 ? "-" : "+"}${text}`;
}

function glanceTable(fits: readonly ComparedFit[], style: Style): string[] {
  const number = (header: string, pick: (fit: ComparedFit) => number | null, decimals: number) => ({
    header,
    cells: formatColumn(fits.map(pick), 4, decimals),
  });
  const columns = [
    number("nobs", ({ nobs }) => nobs, 0),
    number("df", ({ df }) => df, 0),
    number("logLik", ({ logLik }) => logLik, 2),
    number("AIC", ({ AIC }) => AIC, 2),
    number("BIC", ({ BIC }) => BIC, 2),
    number("REMLcrit", ({ REMLcrit }) => REMLcrit, 2),
    number("warnings", ({ warnings }) => warnings, 0),
  ].filter(({ cells }) => cells.some((cell) => cell !== ""));
  return textTable(
    [
      { header: "", cells: fits.map(({ fit }) => fit), align: "left" },
      { header: "method", cells: fits.map(({ method }) => method), align: "left" },
      ...columns,
    ],
    style,
  );
}
