/** The tables of what is averaged at the cells of a grid, and of its contrasts: for averages of the response and for slopes. */

import { toTable } from "../data/to-table.ts";
import { type Estimator, type EstimatorRow, withCombinations } from "../estimates/estimator.ts";
import type { Source } from "../estimates/sources.ts";
import { type EffectRow, summariseInSlices, Tails } from "../estimates/summarise.ts";
import { nothingToContrast } from "../messages/averages.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import { robustAsked } from "../model/tidy-options.ts";
import type { Pausable } from "../optimise/pausable.ts";
import type { Report } from "../options/long-work.ts";
import { infiniteRows } from "../prediction/estimability.ts";
import type { Estimand } from "../prediction/estimand.ts";
import { averagedRows, type CellDesigns, type CellRows, cellDesigns, rowSource } from "./averaged-rows.ts";
import { AveragesFindings } from "./averages-findings.ts";
import {
  averageRow,
  type ContrastRow,
  contrastRow,
  inference,
  type OwnLabels,
  type Place,
  type QuantityRow,
} from "./averages-rows.ts";
import type { Averaging } from "./averaging-options.ts";
import { testedRows } from "./contrast-tests.ts";
import type { CellContrast, Measure } from "./contrasts.ts";
import type { EstimableAverages } from "./estimable-averages.ts";
import { averagingGrid, type Grid } from "./grid.ts";
import { intervalSource } from "./interval-source.ts";
import { marginColumns, readMargin } from "./margin.ts";
import { wantedContrasts } from "./wanted-contrasts.ts";
import { withDegreesOfFreedom } from "./with-degrees-of-freedom.ts";

/** What is taken at each cell. */
export interface Averaged {
  /** The quantities of a cell. */
  readonly quantities: readonly Pick<EstimatorRow<unknown>, "scale" | "none" | "range">[];
  /** What tells them apart, before and after the grid's columns in a row. */
  readonly labels: readonly OwnLabels[];
  /** The quantities cell by cell. */
  estimator<Label>(labels: readonly EstimatorRow<Label>[]): Estimator<Label>;
  /** What is estimable; null: all is. */
  estimable(): EstimableAverages | null;
  /** Measures of contrasts. */
  readonly measures: readonly Measure[];
}

export interface AveragesOfFit {
  readonly rows: readonly QuantityRow[];
  readonly contrasts: readonly ContrastRow[];
  readonly warnings: readonly FitWarning[];
}

/** The rows that the cells of a grid are averaged over, and their designs. */
interface CellPlaces {
  readonly cells: readonly CellRows[];
  readonly designs: CellDesigns;
}

/** What averages of one fit are taken of. */
interface Task {
  readonly name: string | null;
  readonly fit: Fit;
  readonly wanted: Averaging;
  readonly kind: string;
  readonly grid: Grid;
  readonly lines: readonly CellContrast[];
  readonly tails: Tails;
  readonly findings: AveragesFindings;
}

/**
 * Averages of one fit and their contrasts, estimand by estimand.
 *
 * @param name of the fit among several; null: it is alone
 * @param kind one of the quantities in a word, as `average`
 * @param of what is averaged, given the rows of the cells and their designs
 */
export function* averagesTable(
  name: string | null,
  fit: Fit,
  wanted: Averaging,
  kind: string,
  of: (estimand: Estimand, cells: readonly CellRows[], designs: CellDesigns) => Averaged,
  report: Report,
): Pausable<AveragesOfFit> {
  const { spec, design, table } = fit.model;
  const newRows = wanted.newdata && toTable(wanted.newdata);
  const grid = averagingGrid(spec, table, design, wanted.by, wanted.at, newRows);
  const lines = wantedContrasts(grid, wanted);
  const source = rowSource(fit, wanted);
  const rows: QuantityRow[] = [];
  const contrasts: ContrastRow[] = [];
  const warnings: FitWarning[] = [];
  const tails = new Tails();
  const findings = new AveragesFindings();
  const task: Task = { name, fit, wanted, kind, grid, lines, tails, findings };
  const places = new Map<boolean, CellPlaces>();
  const cellsOf = (withGroups: boolean) => {
    let found = places.get(withGroups);
    if (!found) {
      const cells = averagedRows(fit, source, grid, wanted, withGroups);
      places.set(withGroups, (found = { cells, designs: cellDesigns(fit, cells) }));
      warnings.push(...found.designs.warnings);
    }
    return found;
  };
  for (const estimand of wanted.estimands) {
    const { cells, designs } = cellsOf(estimand === "conditional");
    const part = yield* averagesOfEstimand(task, estimand, designs, of(estimand, cells, designs), report);
    rows.push(...part.rows);
    contrasts.push(...part.contrasts);
    warnings.push(...part.warnings);
  }
  if (wanted.contrasts !== "none" && lines.length === 0)
    warnings.push(
      nothingToContrast(wanted.contrastColumns ?? (wanted.simple ? grid.columns : grid.columns.slice(0, 1))),
    );
  warnings.push(...tails.warnings(), ...findings.warnings(`the ${kind}s at`));
  return { rows, contrasts, warnings };
}

/** The averages of one estimand, and their contrasts. */
function* averagesOfEstimand(
  task: Task,
  estimand: Estimand,
  designs: CellDesigns,
  averaged: Averaged,
  report: Report,
): Pausable<AveragesOfFit> {
  const { fit, wanted, kind, grid, lines, tails } = task;
  const count = averaged.quantities.length;
  const base = grid.cells.flatMap((cell, c) =>
    averaged.quantities.map((quantity, k) => ({
      ...quantity,
      label: { cell, text: cellText(cell), cells: [c], own: averaged.labels[k]! } satisfies Place,
      kind,
    })),
  );
  const compared = averaged.measures.flatMap((measure) =>
    lines
      .filter(({ contrast }) => contrast || measure.name === "difference")
      .flatMap((line) => averaged.labels.map((own, k) => comparedRow(line, measure, own, k, count))),
  );
  const estimator = withCombinations(averaged.estimator(base), compared);
  const usesEffects = estimator.usesEffects ?? false;
  const estimable = averaged.estimable();
  const given = !estimable || estimable.prior;
  const infinite = designs.sets.map((set) => infiniteRows(fit, set.rows) !== null);
  const source = withDegreesOfFreedom(intervalSource(fit, wanted.ci, { withEffects: usesEffects }), fit, {
    ddf: wanted.ddf,
    robust: robustAsked(wanted),
    usesEffects,
  });
  const whole = yield* summariseInSlices(
    estimator,
    source,
    {
      confLevel: wanted.confLevel,
      tails,
      infinite: (k) => (base[k] ?? compared[k - base.length]!).label.cells.some((c) => infinite[c]),
      estimable(k) {
        const pair = compared[k - base.length];
        if ((base[k] ?? pair!).label.cells.some((c) => designs.empty[c])) return false;
        return given || (pair ? estimable.combination(pair.of, pair.by) : estimable.average(k));
      },
    },
    report,
  );
  const found = whole.rows.map((row, k) => {
    const pair = compared[k - base.length];
    return pair ? nothingWhereItIs(row, pair, whole.rows) : row;
  });
  findCells(task, designs, infinite, (c) => !estimable || estimable.average(c * count));
  if (estimable?.prior) task.findings.prior = true;
  for (const [k, row] of found.entries()) findRow(task.findings, row, k >= base.length, designs);
  const tests = testedRows(
    found.slice(base.length),
    compared.map(({ family, scale, none, label: { cells } }) => ({ family, scale, none, cells })),
    {
      adjust: wanted.adjust,
      margin: readMargin(wanted),
      confLevel: wanted.confLevel,
      covariance: (a, b) => whole.covariance(base.length + a, base.length + b),
    },
  );
  const by = { ddf: ddfOf(source), sampled: source.kind === "draws" };
  const rows = found
    .slice(0, base.length)
    .map((row, k) => averageRow(task.name, estimand, row, inference(wanted, row, by, base[k]!.scale)));
  const families = familySizes(compared);
  const contrasts = found.slice(base.length).map((row, k) => {
    const { measure, family, scale } = compared[k]!;
    const said = {
      ...inference(wanted, row, by, scale),
      ...(wanted.adjust !== "none" && { adjust: wanted.adjust, family_size: families.get(family)! }),
      ...marginColumns(readMargin(wanted), measure),
    };
    return contrastRow(task.name, estimand, measure, { ...row, ...tests[k] }, said);
  });
  return { rows, contrasts, warnings: whole.warnings };
}

/** What is seen of cells. */
function findCells(
  { findings, grid }: Task,
  { empty }: CellDesigns,
  infinite: readonly boolean[],
  estimable: (c: number) => boolean,
): void {
  grid.cells.forEach((cell, c) => {
    const text = cellText(cell);
    if (empty[c]) findings.empty.add(text);
    else if (!estimable(c)) findings.notEstimable.add(false, text);
    if (infinite[c]) findings.ends.add(text);
  });
}

/** What is seen of a row. */
function findRow(
  findings: AveragesFindings,
  { label, numbers: { estimate }, state }: EffectRow<Place>,
  contrast: boolean,
  { empty }: CellDesigns,
): void {
  const { text, cells } = label;
  if (state === "known" && estimate !== null && !Number.isFinite(estimate)) findings.beyond.add(contrast, text);
  if (state === "moves") findings.moving.add(contrast, text);
  if (state === "exact") findings.exact.add(contrast, text);
  if (contrast && state === "not estimable" && !cells.some((c) => empty[c])) findings.notEstimable.add(true, text);
}

/** By family of contrasts how many cells (of Tukey's method) or contrasts its adjustment is for: the words are the report's. */
function familySizes(compared: readonly ReturnType<typeof comparedRow>[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { family } of compared) sizes.set(family, (sizes.get(family) ?? 0) + 1);
  return sizes;
}

/** What degrees of freedom are by; null: there are none. */
const ddfOf = (source: Source): string | null =>
  (source.kind === "point" ? source.ddf : source.kind === "profile" ? source.point.ddf : undefined) ?? null;

/** What is left of a contrast by rounding, as a share of what it is made of. */
const ROUNDING = 1e-9;

/** A difference that the model makes 0 whatever the parameters, as a quadratic trend of a straight line, is 0 and has no test. */
function nothingWhereItIs<Label>(
  row: EffectRow<Label>,
  { of, coefficients, measure }: Pick<ReturnType<typeof comparedRow>, "of" | "coefficients" | "measure">,
  rows: readonly EffectRow<Label>[],
): EffectRow<Label> {
  const { estimate, std_error } = row.numbers;
  if (measure.name === "difference" && row.state === "exact") {
    const parts = of.reduce(
      (sum, place, k) => sum + Math.abs(coefficients[k]! * (rows[place]!.numbers.estimate ?? 0)),
      0,
    );
    return Math.abs(estimate!) > ROUNDING * parts ? row : { ...row, numbers: { ...row.numbers, estimate: 0 } };
  }
  if (measure.name !== "difference" || row.state !== "known" || estimate === null || std_error === null) return row;
  const size = (name: "estimate" | "std_error") =>
    of.reduce((sum, place, k) => sum + Math.abs(coefficients[k]! * (rows[place]!.numbers[name] ?? 0)), 0);
  const errors = size("std_error");
  if (!(errors > 0 && std_error <= ROUNDING * errors && Math.abs(estimate) <= ROUNDING * (size("estimate") + errors)))
    return row;
  const { df: _, ...rest } = row;
  const numbers = { estimate: 0, std_error: 0, conf_low: 0, conf_high: 0 };
  return { ...rest, numbers, test: row.test && { statistic: null, p_value: null } };
}

/** A contrast of quantity k of the cells, measured so. */
function comparedRow(line: CellContrast, measure: Measure, own: OwnLabels, k: number, count: number) {
  return {
    label: { cell: line.label, text: cellText(line.label), cells: line.cells, own },
    // what is adjusted together
    family: JSON.stringify([measure.name, line.family, own]),
    of: line.cells.map((c) => c * count + k),
    coefficients: line.coefficients,
    by: measure.of(line.coefficients),
    measure,
    scale: measure.scale,
    none: measure.none,
    kind: "contrast",
  };
}

/** A combination of values in words. */
const cellText = (cell: Readonly<Record<string, unknown>>): string =>
  Object.entries(cell)
    .map(([name, value]) => `${name} = ${value}`)
    .join(", ") || "all rows";
