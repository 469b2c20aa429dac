/** The table of performance of a simulation study: every measure with its Monte Carlo error, and failures counted beside them. */
import { optional } from "valibot";
import { DeclarationError } from "../messages/issue.ts";
import * as messages from "../messages/studies.ts";
import { choice, confidenceLevel, listOf, proportion as proportionOption, text } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { formatColumn } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, textTable } from "../report/text-table.ts";
import {
  isFailure,
  type Measured,
  type MeasureName,
  measure,
  measureNames,
  pairedDifference,
  pairedMeasures,
} from "./measures.ts";
import type { ReplicateRow } from "./replicate-row.ts";

const measuresOption = listOf(choice(measureNames), 'a list of measures, as ["bias", "coverage"]');

const performanceOptions = optionsSchema({
  /** Which measures; default all that the results allow. */
  measures: optional(measuresOption),
  /** Level of the tests that `rejection` counts, default 0.05. */
  alpha: optional(proportionOption, 0.05),
  /** Level of the limits of proportions, default 0.95. */
  confLevel: optional(confidenceLevel, 0.95),
  /** The method that `relativePrecision` is relative to; default the first. */
  reference: optional(text),
});

export type PerformanceOptions = OptionsOf<typeof performanceOptions>;

export interface PerformanceRow extends Measured {
  readonly scenario: string;
  readonly method: string;
  readonly estimand: string;
  readonly measure: MeasureName;
  /** Replicates that failed, whatever the measure; of a difference, those in which one of the two failed. */
  readonly failed: number;
}

export interface Performance extends Printable {
  readonly rows: readonly PerformanceRow[];
}

/** Measures that are of no use where there is one method only. */
const NEEDS_REFERENCE: MeasureName = "relativePrecision";

/**
 * How well methods did: bias, errors, coverage, power, … of every estimand in every scenario, each with its Monte Carlo standard error and the number of
 * replicates that it is of. Failed replicates are counted by `failure`; coverage and rejection are of those that did not fail, and `with_failures` counts every
 * failure as no coverage and no rejection: the truth lies between.
 *
 * @throws DeclarationError for results without rows, replicates that stand twice, unknown measures and methods
 * @example performance(results, { measures: ["bias", "coverage"], reference: "laplace" }).print();
 */
export function performance(results: readonly ReplicateRow[], options?: PerformanceOptions): Performance {
  const read = readOptions(performanceOptions, options, { of: "performance()" });
  const cells = cellsOf(checked(results));
  const methods = [...new Set(results.map(({ method }) => method))];
  const reference = referenceOf(methods, read.reference);
  const wanted = read.measures ?? measureNames.filter((name) => name !== NEEDS_REFERENCE || methods.length > 1);
  const rows = cells.flatMap(({ scenario, method, estimand, rows: own }) => {
    const others = method === reference ? null : byReplicate(cells, scenario, reference, estimand);
    const context = { alpha: read.alpha, confLevel: read.confLevel, reference: others };
    const failed = own.filter(isFailure).length;
    const found = wanted
      .filter((name) => name !== NEEDS_REFERENCE || method !== reference)
      .map(
        (name): PerformanceRow => ({
          scenario,
          method,
          estimand,
          measure: name,
          failed,
          ...measure(name, own, context),
        }),
      );
    // measures that the method gives nothing for are left out, but not a method that gave nothing at all
    const measured = found.filter(({ n }) => n > 0);
    return measured.length > 0 ? measured : found;
  });
  return performanceTable(rows);
}

/** Rows of performance, of one table or of several that belong together, as a table. */
export const performanceTable = (rows: readonly PerformanceRow[]): Performance =>
  printable({ rows }, (style) => report(rows, style));

const differenceOptions = optionsSchema({
  /** Default bias, mse, coverage, rejection and width. */
  measures: optional(listOf(choice(pairedMeasures), 'a list of measures, as ["mse", "coverage"]')),
  /** Level of the tests that `rejection` counts, default 0.05. */
  alpha: optional(proportionOption, 0.05),
  /** The method that the others are compared with; default the first. */
  reference: optional(text),
});

export type PairedDifferenceOptions = OptionsOf<typeof differenceOptions>;

/**
 * Differences of methods from one of them, over the replicates that both have: methods see the same data, so that the Monte Carlo error of a difference is
 * that of the differences, often a fraction of the errors of the two.
 *
 * @throws DeclarationError as `performance()`
 * @example pairedDifferences(results, { reference: "laplace", measures: ["mse"] }).print();
 */
export function pairedDifferences(results: readonly ReplicateRow[], options?: PairedDifferenceOptions): Performance {
  const read = readOptions(differenceOptions, options, { of: "pairedDifferences()" });
  const cells = cellsOf(checked(results));
  const methods = [...new Set(results.map(({ method }) => method))];
  const reference = referenceOf(methods, read.reference);
  const rows = cells
    .filter(({ method }) => method !== reference)
    .flatMap(({ scenario, method, estimand, rows: own }) => {
      const others = byReplicate(cells, scenario, reference, estimand);
      const failed = own.filter((row) => isFailure(row) || isFailure(others.get(row.replicate) ?? row)).length;
      return (read.measures ?? pairedMeasures).map((name): PerformanceRow => {
        const found = pairedDifference(name, own, others, read.alpha);
        return { scenario, method: `${method} - ${reference}`, estimand, measure: name, failed, ...found };
      });
    });
  return performanceTable(rows);
}

interface CellRows {
  readonly scenario: string;
  readonly method: string;
  readonly estimand: string;
  readonly rows: ReplicateRow[];
}

const keyOf = (scenario: string, method: string, estimand: string) => JSON.stringify([scenario, method, estimand]);

/** Rows by scenario, estimand and method, in the order in which they come. */
function cellsOf(results: readonly ReplicateRow[]): CellRows[] {
  const cells = new Map<string, CellRows>();
  const seen = new Set<string>();
  for (const row of results) {
    const { scenario, method, estimand, replicate } = row;
    const key = keyOf(scenario, method, estimand);
    const once = `${key}${replicate}`;
    if (seen.has(once)) throw new DeclarationError([messages.replicateTwice(scenario, replicate, method, estimand)]);
    seen.add(once);
    const cell = cells.get(key);
    if (cell) cell.rows.push(row);
    else cells.set(key, { scenario, method, estimand, rows: [row] });
  }
  return [...cells.values()];
}

function byReplicate(
  cells: readonly CellRows[],
  scenario: string,
  method: string,
  estimand: string,
): ReadonlyMap<number, ReplicateRow> {
  const found = cells.find(
    (cell) => cell.scenario === scenario && cell.method === method && cell.estimand === estimand,
  );
  return new Map((found?.rows ?? []).map((row) => [row.replicate, row]));
}

function referenceOf(methods: readonly string[], asked: string | undefined): string {
  if (asked !== undefined && !methods.includes(asked))
    throw new DeclarationError([messages.unknownReference(asked, methods)]);
  return asked ?? methods[0]!;
}

const COLUMNS = ["scenario", "replicate", "method", "estimand", "true_value", "estimate", "status"] as const;

function checked(results: readonly ReplicateRow[]): readonly ReplicateRow[] {
  if (!Array.isArray(results) || results.length === 0) throw new DeclarationError([messages.noResults()]);
  const missing = COLUMNS.filter((name) => !(name in results[0]!));
  if (missing.length > 0) throw new DeclarationError([messages.notResults(missing)]);
  return results;
}

/** A line a scenario, estimand and method, a column a measure, with its Monte Carlo error in parentheses. */
function report(rows: readonly PerformanceRow[], style: Style): string {
  const measures = [...new Set(rows.map(({ measure }) => measure))];
  const lines = [...new Map(rows.map((row) => [keyOf(row.scenario, row.method, row.estimand), row])).values()];
  const several = (of: (row: PerformanceRow) => string) => new Set(lines.map(of)).size > 1;
  const labels = (["scenario", "estimand", "method"] as const).filter(
    (name) => name === "estimand" || several((row) => row[name]),
  );
  const columns = measures.flatMap((name) => {
    const found = lines.map(({ scenario, method, estimand }) =>
      rows.find(
        (row) =>
          row.measure === name && row.scenario === scenario && row.method === method && row.estimand === estimand,
      ),
    );
    const errors = found.map((row) => ({ estimate: row?.estimate ?? null, std_error: row?.mcse ?? null }));
    const decimals = rowDecimals(errors, 2);
    const estimates = formatRows(
      errors.map(({ estimate }) => estimate),
      decimals,
    );
    const mcse = formatRows(
      errors.map(({ std_error }) => std_error),
      decimals,
    );
    const cells = found.map((row, k) => (row?.estimate == null ? "" : `${estimates[k]} (${mcse[k]})`));
    // a failure is no coverage and no rejection: with those counted so the share lies between the two
    const bounds = found.map((row) => (row && row.failed > 0 ? row.with_failures : null));
    const bounded = formatColumn(bounds).map((cell, k) => (bounds[k] === null ? "" : cell));
    const counted = bounds.some((bound) => bound !== null) && name !== "failure";
    return [{ header: name, cells }, ...(counted ? [{ header: `${name}*`, cells: bounded }] : [])];
  });
  const table = [
    ...labels.map((name) => ({ header: name, cells: lines.map((row) => row[name]), align: "left" as const })),
    ...columns,
    { header: "n", cells: lines.map((line) => String(Math.max(...ofLine(rows, line).map(({ n }) => n)))) },
    { header: "failed", cells: lines.map(({ failed }) => String(failed)) },
  ];
  const notes = [
    "In parentheses: Monte Carlo standard errors.",
    ...(table.some(({ header }) => header.endsWith("*"))
      ? ["*: failures counted as no coverage and no rejection."]
      : []),
  ];
  return [...textTable(table, style), "", ...notes].join("\n");
}

const ofLine = (rows: readonly PerformanceRow[], { scenario, method, estimand }: PerformanceRow) =>
  rows.filter((row) => row.scenario === scenario && row.method === method && row.estimand === estimand);
