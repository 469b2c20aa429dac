/** The tables of what is averaged at the cells of a grid, and of its contrasts: for averages of the response and for slopes. */

import { toTable } from "../data/to-table.ts";
import { type Estimator, type EstimatorRow, withCombinations } from "../estimates/estimator.ts";
import { type EffectRow, summariseInSlices, Tails } from "../estimates/summarise.ts";
import type { Family } from "../families/family.ts";
import {
  contrastAllZero,
  contrastCoefficients,
  contrastLevelUnknown,
  emptyCells,
  measureNotOfThis,
  referenceLevelUnknown,
} from "../messages/averages.ts";
import {
  answeredByPrior,
  averageErrorsNotIdentified,
  averagesAtInfinity,
  averagesBeyondDoubles,
  averagesNotEstimable,
  contrastsOfNothing,
  gridColumnUnknown,
} from "../messages/effects.ts";
import { DeclarationError, declarationFault, type FitWarning, type Issue } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import { robustAsked } from "../model/tidy-options.ts";
import type { Pausable } from "../optimise/pausable.ts";
import type { Report } from "../options/long-work.ts";
import { infiniteRows } from "../prediction/estimability.ts";
import type { Estimand } from "../prediction/estimand.ts";
import { averagedRows, type CellDesigns, type CellRows, cellDesigns, rowSource } from "./averaged-rows.ts";
import type { Averaging } from "./averaging-options.ts";
import { testedRows } from "./contrast-tests.ts";
import {
  type CellContrast,
  type ColumnContrasts,
  type ContrastKind,
  type ContrastMatrix,
  type ContrastMeasure,
  cellContrasts,
  contrastMeasures,
  exponentiated,
  type LevelContrast,
  levelContrasts,
  levelsOf,
  type Measure,
  measures,
} from "./contrasts.ts";
import type { EstimableAverages } from "./estimable-averages.ts";
import { averagingGrid, type Grid, type GridValue } from "./grid.ts";
import { intervalSource } from "./interval-source.ts";
import { readMargin } from "./margin.ts";
import { withDegreesOfFreedom } from "./with-degrees-of-freedom.ts";

export interface Numbers {
  /** Null, as all else, where it is not estimable. */
  readonly estimate: number | null;
  readonly std_error: number | null;
  readonly conf_low: number | null;
  readonly conf_high: number | null;
}

export interface TestNumbers {
  readonly statistic: number | null;
  /** Degrees of freedom of the test and of the interval; null: normal, and for draws. */
  readonly df: number | null;
  readonly p_value: number | null;
}

/** One contrast: the other columns of the grid by name, the two levels as `2 vs 1` under the name of the contrasted column. */
export type ContrastRow = Readonly<Record<string, GridValue | null>> &
  Numbers &
  TestNumbers & {
    readonly estimand: Estimand;
    readonly measure: ContrastMeasure;
  };

/** One quantity at a cell: the grid's columns by name, what it is of, its numbers; tested where it has a value of no effect. */
export type QuantityRow = Readonly<Record<string, GridValue | null>> &
  Numbers & {
    readonly estimand: Estimand;
    readonly df: number | null;
  };

/** What is taken at each cell. */
export interface Averaged {
  /** The quantities of a cell. */
  readonly quantities: readonly Pick<EstimatorRow<unknown>, "scale" | "none" | "range">[];
  /** What tells them apart, before and after the grid's columns in a row. */
  readonly labels: readonly {
    readonly before?: Readonly<Record<string, string>>;
    readonly after?: Readonly<Record<string, string>>;
  }[];
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
  const grid = averagingGrid(spec, table, design.rows, wanted.by, wanted.at, newRows);
  const lines = contrastsWanted(grid, wanted);
  const source = rowSource(fit, wanted);
  const label = name === null ? {} : { fit: name };
  const rows: QuantityRow[] = [];
  const contrasts: ContrastRow[] = [];
  const warnings: FitWarning[] = [];
  const seen = notes();
  const tails = new Tails();
  const places = new Map<boolean, { readonly cells: readonly CellRows[]; readonly designs: CellDesigns }>();
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
    const averaged = of(estimand, cells, designs);
    const count = averaged.quantities.length;
    const base = grid.cells.flatMap((cell, c) =>
      averaged.quantities.map((quantity, k) => ({
        ...quantity,
        label: { cell, text: cellText(cell), cells: [c], own: averaged.labels[k]! },
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
    const whole = yield* summariseInSlices(
      estimator,
      withDegreesOfFreedom(intervalSource(fit, wanted.ci, { withEffects: usesEffects }), fit, {
        ddf: wanted.ddf,
        robust: robustAsked(wanted),
        usesEffects,
      }),
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
    warnings.push(...whole.warnings);
    const tableRows = whole.rows.map((row, k) => {
      const pair = compared[k - base.length];
      return pair ? nothingWhereItIs(row, pair, whole.rows) : row;
    });
    const adjusted = testedRows(
      tableRows.slice(base.length),
      compared.map(({ family, scale, none, label: { cells } }) => ({ family, scale, none, cells })),
      {
        adjust: wanted.adjust,
        margin: readMargin(wanted),
        confLevel: wanted.confLevel,
        covariance: (a, b) => whole.covariance(base.length + a, base.length + b),
      },
    );
    grid.cells.forEach((cell, c) => {
      if (designs.empty[c]) seen.empty.add(cellText(cell));
      else if (estimable && !estimable.average(c * count)) seen.noAverage.add(cellText(cell));
      if (infinite[c]) seen.ends.add(cellText(cell));
    });
    if (estimable?.prior) seen.prior = true;
    tableRows.forEach(({ label: { cell, text, own }, numbers, test, df = null, state }, k) => {
      const pair = compared[k - base.length];
      if (state === "known" && numbers.estimate !== null && !Number.isFinite(numbers.estimate))
        (pair ? seen.beyondContrasts : seen.beyondAverages).add(text);
      if (state === "moves") (pair ? seen.movingContrasts : seen.movingAverages).add(text);
      const tested = state === "infinite" ? LIMIT : test;
      if (!pair) {
        const result = tested ? { statistic: tested.statistic, df, p_value: tested.p_value } : { df };
        rows.push({ ...label, estimand, ...own.before, ...cell, ...own.after, ...numbers, ...result } as QuantityRow);
        return;
      }
      if (state === "not estimable" && !pair.label.cells.some((c) => designs.empty[c])) seen.noContrast.add(text);
      const { statistic, p_value } = tested!;
      const before = { ...label, estimand, measure: pair.measure.name, ...own.before };
      const result = { ...numbers, statistic, df, p_value, ...adjusted[k - base.length] };
      contrasts.push({ ...before, ...cell, ...own.after, ...result } as ContrastRow);
    });
  }
  warnings.push(...tails.warnings(), ...seen.warnings(`the ${kind}s at`));
  return { rows, contrasts, warnings };
}

/** What is left of a contrast by rounding, as a share of what it is made of. */
const ROUNDING = 1e-9;

/** A difference that the model makes 0 whatever the parameters, as a quadratic trend of a straight line, is 0 and has no test. */
function nothingWhereItIs<Label>(
  row: EffectRow<Label>,
  { of, coefficients, measure }: Pick<ReturnType<typeof comparedRow>, "of" | "coefficients" | "measure">,
  rows: readonly EffectRow<Label>[],
): EffectRow<Label> {
  const { estimate, std_error } = row.numbers;
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
function comparedRow(line: CellContrast, measure: Measure, own: Averaged["labels"][number], k: number, count: number) {
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

/** What was seen of cells, as warnings in the end. */
function notes() {
  const own = {
    noAverage: new Set<string>(),
    noContrast: new Set<string>(),
    empty: new Set<string>(),
    ends: new Set<string>(),
    movingAverages: new Set<string>(),
    movingContrasts: new Set<string>(),
    beyondAverages: new Set<string>(),
    beyondContrasts: new Set<string>(),
    prior: false,
  };
  return Object.assign(own, {
    warnings(what: string): FitWarning[] {
      const { noAverage, noContrast, empty, ends, movingAverages, movingContrasts, prior } = own;
      const out: FitWarning[] = [];
      if (empty.size > 0) out.push(emptyCells([...empty]));
      if (prior) out.push(answeredByPrior(what, [...noAverage]));
      else if (noAverage.size + noContrast.size > 0) out.push(averagesNotEstimable([...noAverage], [...noContrast]));
      if (ends.size > 0) out.push(averagesAtInfinity([...ends]));
      if (own.beyondAverages.size + own.beyondContrasts.size > 0)
        out.push(averagesBeyondDoubles([...own.beyondAverages], [...own.beyondContrasts]));
      if (movingAverages.size + movingContrasts.size > 0)
        out.push(averageErrorsNotIdentified([...movingAverages], [...movingContrasts]));
      return out;
    },
  });
}

/** What a Wald test tends to as coefficients go to infinity, errors faster than estimates (Hauck & Donner 1977): it says nothing. */
const LIMIT = { statistic: 0, p_value: 1 };

/** A combination of values in words. */
const cellText = (cell: Readonly<Record<string, unknown>>): string =>
  Object.entries(cell)
    .map(([name, value]) => `${name} = ${value}`)
    .join(", ") || "all rows";

/** The contrasts of cells that are asked for. @throws DeclarationError where they are of nothing, or name what is not there */
function contrastsWanted(grid: Grid, wanted: Averaging): readonly CellContrast[] {
  const { contrasts, contrastColumns, simple } = wanted;
  for (const name of contrastColumns ?? [])
    if (!grid.columns.includes(name)) throw declarationFault(gridColumnUnknown(name, "contrastColumn", grid.columns));
  if (contrasts === "none") return [];
  const columns = contrastColumns ?? grid.columns.slice(0, 1);
  if (columns.length === 0) throw declarationFault(contrastsOfNothing(typeof contrasts === "string" ? contrasts : "…"));
  const of = (column: string, k: number): ColumnContrasts => {
    const own = Array.isArray(contrasts)
      ? (contrasts as readonly ContrastKind[])[k]!
      : (contrasts as ContrastKind | ContrastMatrix);
    return { column, contrasts: contrastsOfLevels(column, levelsOf(grid, column), own, wanted.ref) };
  };
  if (simple) return grid.columns.flatMap((column, k) => cellContrasts(grid, [of(column, k)]));
  return cellContrasts(grid, columns.map(of));
}

function contrastsOfLevels(
  column: string,
  levels: readonly GridValue[],
  contrasts: ContrastKind | ContrastMatrix,
  ref: GridValue | undefined,
): readonly LevelContrast[] {
  if (typeof contrasts === "string") {
    const reference = ref === undefined ? 0 : levels.findIndex((level) => String(level) === String(ref));
    if (reference < 0) throw declarationFault(referenceLevelUnknown(String(ref), column, levels));
    return levelContrasts(contrasts, levels, reference);
  }
  const issues: Issue[] = [];
  const lines = Object.entries(contrasts).map(([label, given]): LevelContrast => {
    const coefficients = Array.isArray(given)
      ? (given as readonly number[])
      : levels.map((level) => (given as Readonly<Record<string, number>>)[String(level)] ?? 0);
    if (coefficients.length !== levels.length)
      issues.push(contrastCoefficients(label, coefficients.length, column, levels.length));
    if (!Array.isArray(given))
      for (const value of Object.keys(given))
        if (!levels.some((level) => String(level) === value))
          issues.push(contrastLevelUnknown(label, value, column, levels));
    if (coefficients.every((c) => c === 0)) issues.push(contrastAllZero(label));
    return { label, coefficients };
  });
  if (issues.length > 0) throw new DeclarationError(issues);
  return lines;
}

const LINKS: Readonly<Partial<Record<Family["link"], ContrastMeasure>>> = { log: "ratio", logit: "odds ratio" };

/**
 * Measures of contrasts of averages. Of the response differences always; ratios of means that cannot be negative; odds ratios of probabilities; a score has
 * no natural zero. At the average on the scale of the link what a difference there is: of the log a ratio, of the logit an odds ratio.
 *
 * @throws DeclarationError for measures asked for that there are none of
 */
export function averageMeasures(
  family: Family,
  { score, scale, measure: asked, contrasts }: Averaging,
): readonly Measure[] {
  const own = LINKS[family.link === "custom" && family.base ? "identity" : family.link];
  const possible: readonly ContrastMeasure[] =
    scale === "link" ? ["difference", ...(own ? [own] : [])] : score ? ["difference"] : measuresOf(family);
  const wrong = asked?.find((name) => !possible.includes(name) && !(name === "ratio" && scale !== "link" && !score));
  if (wrong !== undefined)
    throw declarationFault(
      measureNotOfThis(
        wrong,
        scale === "link" ? "is none of the scale of this link" : "does not suit this response",
        possible,
      ),
    );
  const trend = contrasts === "polynomial";
  const names =
    asked ??
    (trend || scale === "link" ? ["difference"] : scale === "back-transformed" ? [own ?? "difference"] : possible);
  return contrastMeasures
    .filter((name) => (names as readonly string[]).includes(name))
    .map((name) => (scale === "link" && name !== "difference" ? exponentiated(name) : measures[name]));
}

function measuresOf(family: Family): readonly ContrastMeasure[] {
  if (family.response === "ordered") return contrastMeasures;
  const refuses = (y: number) =>
    family.checkResponse(new Float64Array([y]), new Float64Array([1]), new Int32Array(1), "y").length > 0;
  if (!refuses(-1)) return ["difference"];
  return refuses(2) ? contrastMeasures : ["difference", "ratio"];
}
