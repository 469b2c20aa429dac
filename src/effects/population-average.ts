/**
 * Averages of the response over the population, beside those for a typical group and for the groups observed: E[Y | x] at a grid of
 * values, with the other columns averaged over the rows of the data (g-computation or standardisation: Lane & Nelder 1982,
 * Biometrics 38, 613–621) and the random effects integrated out (Zeger, Liang & Albert 1988, Biometrics 44, 1049–1060).
 */
import { check, custom, type GenericSchema, type InferOutput, optional, pipe, transform } from "valibot";
import { withPairs } from "../estimates/estimator.ts";
import { summarise, Tails } from "../estimates/summarise.ts";
import type { Family } from "../families/family.ts";
import {
  adjustNotOfThis,
  answeredByPrior,
  averageErrorsNotIdentified,
  averagesAtInfinity,
  averagesNotEstimable,
  contrastColumnUnused,
  contrastsOfNothing,
  gridColumnUnknown,
  marginNotOfThis,
} from "../messages/effects.ts";
import { DeclarationError, declarationFault, type FitWarning } from "../messages/issue.ts";
import { notAFit } from "../messages/options.ts";
import { scoreWithoutCategories } from "../messages/ordinal.ts";
import type { Fit } from "../model/fit.ts";
import { isFit } from "../model/require-fit.ts";
import { ddfOption } from "../model/tidy-options.ts";
import { choice, columnName, columnNames, confidenceLevel, flag, listOf, recordOf } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { infiniteRows } from "../prediction/estimability.ts";
import { estimands as allEstimands, type Estimand } from "../prediction/estimand.ts";
import { expectedResponses } from "../prediction/expected-responses.ts";
import { namedFits } from "../report/named-fits.ts";
import { type Printable, printable } from "../report/printable.ts";
import { adjustments, twoSidedAdjustments } from "./adjust-contrasts.ts";
import { averagesReport } from "./averages-report.ts";
import type { ColumnsOfFit, ColumnsToAverage } from "./checked-columns.ts";
import { testedRows } from "./contrast-tests.ts";
import {
  type ContrastMeasure,
  contrastKinds,
  contrastLabel,
  contrastPairs,
  type Measure,
  measures,
} from "./contrasts.ts";
import { estimableAverages } from "./estimable-averages.ts";
import { averagingGrid, type GridValue } from "./grid.ts";
import { countsOf, gridRows } from "./grid-rows.ts";
import { intervalSource, sourceMethods } from "./interval-source.ts";
import { marginOptions, readMargin } from "./margin.ts";
import { weightedMeans } from "./weighted-means.ts";
import { withDegreesOfFreedom } from "./with-degrees-of-freedom.ts";

const gridValue: GenericSchema<GridValue> = custom<GridValue>(
  (value) => typeof value === "string" || Number.isFinite(value),
  "a text or a finite number",
);

const populationAverageOptions = optionsSchema({
  /** Columns of the model to average by, at the values seen in the data; see `averagingGrid`. */
  by: optional(columnNames, []),
  /** Columns of the model held at values of your own, crossed with each other and with `by`. */
  at: optional(recordOf(listOf(gridValue, "a list of values"), "lists of values by column, as { Days: [0, 5] }"), {}),
  /** Differences, ratios and (for probabilities) odds ratios between levels of one column; default `none`. */
  contrasts: optional(choice(contrastKinds), "none"),
  /** The column contrasted, within each combination of the others; default the first of `by`, else of `at`. */
  contrastColumn: optional(columnName),
  /** Default all three; of a fit by estimating equations `population`, the only one it has. */
  estimands: optional(
    pipe(
      listOf(choice(allEstimands), "a list of estimands"),
      check((names) => names.length > 0, "a list of at least one estimand"),
      transform((names): readonly Estimand[] => [...new Set(names)]),
    ),
  ),
  /** Of an ordered response, average the expected number of its category instead of the probability of each; default false. */
  score: optional(flag, false),
  /**
   * What counts once in an average of binomial responses: a row of the data (`rows`, the default), or each of its trials (`trials`), as if every
   * trial had a row of its own.
   */
  weights: optional(choice(["rows", "trials"]), "rows"),
  /** Default 0.95. */
  confLevel: optional(confidenceLevel, 0.95),
  /**
   * Intervals: `wald`, by the delta method (the default of fits with an estimate), `profile`, by the profile likelihood of each average and contrast, or
   * `posterior`, a posterior's only ones. Conditional averages have no profile.
   */
  ci: optional(choice(sourceMethods)),
  /**
   * Degrees of freedom of t tests and intervals, as `tidy()` has them: of averages and contrasts that are linear in the coefficients, those of Gaussian
   * fits by REML or ML. Default `satterthwaite` for REML; `kenward-roger`, with adjusted errors, `between-within` or `normal`. Conditional averages
   * depend on the variances and have none: they are normal, and left out where degrees of freedom are asked for.
   */
  ddf: optional(ddfOption),
  /**
   * P values and intervals of contrasts that hold for all of one family together: those of one estimand and measure at the same values of the other
   * columns. `tukey` is of pairwise contrasts, `dunnett` of those with a reference; `mvt` (multivariate t), `holm`, `bonferroni`, `sidak`, `fdr`, `scheffe`;
   * default `none`.
   */
  adjust: optional(choice(adjustments), "none"),
  ...marginOptions,
});

export type PopulationAverageOptions = OptionsOf<typeof populationAverageOptions>;

export interface Numbers {
  /** Null, as all else, where it is not estimable. */
  readonly estimate: number | null;
  readonly std_error: number | null;
  readonly conf_low: number | null;
  readonly conf_high: number | null;
}

/**
 * One average: the grid's columns by name beside the estimand, `fit` where several fits were given, and `category` for an ordered response,
 * whose averages are the probabilities of its categories, unless its score was asked for.
 */
export type AverageRow = Readonly<Record<string, GridValue | null>> &
  Numbers & {
    readonly estimand: Estimand;
    /** Degrees of freedom of the interval; null: normal, and for draws. */
    readonly df: number | null;
  };

/** One contrast: the other columns of the grid by name, the two levels as `2 vs 1` under the name of the contrasted column. */
export type ContrastRow = Readonly<Record<string, GridValue | null>> &
  Numbers & {
    readonly estimand: Estimand;
    readonly measure: ContrastMeasure;
    readonly statistic: number | null;
    /** Degrees of freedom of the test and of the interval; null: normal, and for draws. */
    readonly df: number | null;
    readonly p_value: number | null;
  };

export interface PopulationAverages extends Printable {
  readonly rows: readonly AverageRow[];
  /** Of every estimand; what is printed are those of the population average alone, unless `estimands` were asked for. */
  readonly contrasts: readonly ContrastRow[];
  readonly warnings: readonly FitWarning[];
}

/**
 * Population averages of one fit, or of several side by side.
 *
 * For every cell of the grid each row of the data is taken with the grid's columns replaced and all else as it is, and the means are
 * averaged; a row counts once times its frequency weight, and with `weights: "trials"` times its binomial trials.
 * `population` integrates the random effects out, `typical` sets them to 0, `conditional` leaves each row its own group's.
 * A cell that is not estimable (a combination of factor levels without rows, say) has nulls, and a warning `not-estimable` names it; a
 * contrast of two such cells is given where it is estimable. Where coefficients are at infinity (separation), means at the end of their range have
 * no errors, and Wald tests of contrasts with them are at their limits, statistic 0 and p value 1. Maximum likelihood: delta method with the full covariance of coefficients and variance parameters, exact derivatives, intervals on
 * the scale of the link, normal or, where an average is a contrast of the coefficients of a linear mixed model, of t (`ddf`). Posterior: draw by draw, estimate = mean, std_error = sd, interval = quantiles.
 *
 * @throws DeclarationError for columns or values that the model cannot have, and for a population mean that does not exist
 * @example
 * populationAverage({ ml, bayes }, { by: "period", contrasts: "reference" }).print();
 */
export function populationAverage<
  const F extends Fit | Readonly<Record<string, Fit>>,
  const By = never,
  const At = never,
  const Contrast extends string = never,
>(
  fits: F,
  options?: PopulationAverageOptions & ColumnsToAverage<ColumnsOfFit<F>, By, At, Contrast>,
): PopulationAverages;
export function populationAverage(
  fits: Fit | Readonly<Record<string, Fit>>,
  options?: PopulationAverageOptions,
): PopulationAverages {
  const named: readonly (readonly [string | null, Fit])[] = isFit(fits)
    ? [[null, fits]]
    : namedFits(fits, [], "populationAverage()");
  if (named.length === 0) throw new DeclarationError([notAFit("populationAverage()", fits)]);
  const { by, ...more } = readOptions(populationAverageOptions, options, { of: "populationAverage()" });
  const wanted: Checked = { ...more, by: typeof by === "string" ? [by] : by };
  if (wanted.contrastColumn !== undefined && wanted.contrasts === "none")
    throw declarationFault(contrastColumnUnused(wanted.contrastColumn));
  checkFamilyTests(
    wanted,
    named.some(([, fit]) => fit.kind === "posterior"),
  );
  const parts = named.map(([name, fit]) => averagesOf(name, fit, wanted));
  const rows = parts.flatMap((part) => part.rows);
  const contrasts = parts.flatMap((part) => part.contrasts);
  const warnings = parts.flatMap((part) => part.warnings);
  return printable({ rows, contrasts, warnings }, (style) =>
    averagesReport(rows, contrasts, wanted.estimands !== undefined, warnings, style),
  );
}

type Checked = Omit<InferOutput<typeof populationAverageOptions>, "by"> & { readonly by: readonly string[] };

/** A GEE has the population mean only, and what depends on random effects no profile and no degrees of freedom. */
const estimandsOf = (fit: Fit, { ci, ddf }: Checked): readonly Estimand[] => {
  if (fit.kind === "gee") return ["population"];
  const linear = ddf !== undefined && ddf !== "normal" && fit.model.design.random.length > 0;
  return ci === "profile" || linear ? allEstimands.filter((estimand) => estimand !== "conditional") : allEstimands;
};

function averagesOf(name: string | null, fit: Fit, wanted: Checked) {
  const { spec, design, table, family } = fit.model;
  if (wanted.score && family.response !== "ordered") throw declarationFault(scoreWithoutCategories(family.name));
  const grid = averagingGrid(spec, table, design.rows, wanted.by, wanted.at);
  const column = wanted.contrastColumn ?? grid.columns[0];
  if (wanted.contrastColumn !== undefined && !grid.columns.includes(wanted.contrastColumn))
    throw declarationFault(gridColumnUnknown(wanted.contrastColumn, "contrastColumn", grid.columns));
  if (column === undefined && wanted.contrasts !== "none") throw declarationFault(contrastsOfNothing(wanted.contrasts));
  const pairs = column === undefined ? [] : contrastPairs(grid, column, wanted.contrasts);
  const label = name === null ? {} : { fit: name };
  const rows: AverageRow[] = [];
  const contrasts: ContrastRow[] = [];
  const warnings: FitWarning[] = [];
  const noAverage = new Set<string>();
  const noContrast = new Set<string>();
  const ends = new Set<string>();
  const movingAverages = new Set<string>();
  const movingContrasts = new Set<string>();
  let byPrior = false;
  const tails = new Tails();
  const counts = countsOf(fit, wanted.weights);
  const withoutGroups = gridRows(fit, grid, counts, false);
  // what is averaged in each cell: the mean, the probability of each category, or its expected number
  const expected = expectedResponses(family, wanted.score);
  const responses = expected.map(({ response }) => response);
  const kinds = expected.map(({ category, scale }) => ({ label: category === undefined ? {} : { category }, scale }));
  const averages = grid.cells.flatMap((cell, c) =>
    kinds.map((kind) => ({
      label: { cell, text: cellText(cell), cells: [c], category: kind.label },
      scale: kind.scale,
      kind: "average",
    })),
  );
  const compared = measuresOf(family, wanted.score).flatMap((measure) =>
    pairs.flatMap(([i, j]) => {
      const cell = {
        ...grid.cells[i]!,
        [column!]: contrastLabel(grid.cells[i]![column!]!, grid.cells[j]![column!]!),
      };
      return kinds.map((kind, k) => ({
        label: { cell, text: cellText(cell), cells: [i, j], category: kind.label },
        // what is adjusted together
        family: JSON.stringify([measure.name, { ...grid.cells[i]!, [column!]: null }, kind.label]),
        of: [i * kinds.length + k, j * kinds.length + k] as const,
        by: measure,
        scale: measure.scale,
        none: measure.none,
        kind: "contrast",
      }));
    }),
  );
  for (const estimand of wanted.estimands ?? estimandsOf(fit, wanted)) {
    const sets = (estimand === "conditional" ? gridRows(fit, grid, counts, true) : withoutGroups)();
    const means = weightedMeans(fit, sets, estimand, responses, averages);
    const usesEffects = means.usesEffects ?? false;
    const estimable = estimableAverages(fit, sets, estimand, responses);
    const given = !estimable || estimable.prior;
    const infinite = sets.map(({ rows: averaged }) => infiniteRows(fit, averaged) !== null);
    const table = summarise(
      withPairs(means, compared),
      withDegreesOfFreedom(intervalSource(fit, wanted.ci, { withEffects: usesEffects }), fit, {
        ddf: wanted.ddf,
        usesEffects,
      }),
      {
        confLevel: wanted.confLevel,
        tails,
        infinite: (k) => (averages[k] ?? compared[k - averages.length]!).label.cells.some((c) => infinite[c]),
        estimable(k) {
          const pair = compared[k - averages.length];
          return given || (pair ? estimable.pair(...pair.of, pair.by) : estimable.average(k));
        },
      },
    );
    warnings.push(...table.warnings);
    const first = averages.length;
    const adjusted = testedRows(
      table.rows.slice(first),
      compared.map(({ family, scale, none, label }) => ({ family, scale, none, cells: label.cells })),
      {
        adjust: wanted.adjust,
        margin: readMargin(wanted),
        confLevel: wanted.confLevel,
        covariance: (a, b) => table.covariance(first + a, first + b),
      },
    );
    if (estimable)
      grid.cells.forEach((cell, c) => {
        if (!estimable.average(c * kinds.length)) noAverage.add(cellText(cell));
      });
    if (estimable?.prior) byPrior = true;
    infinite.forEach((at, c) => {
      if (at) ends.add(cellText(grid.cells[c]!));
    });
    table.rows.forEach(({ label: { cell, text, category }, numbers, test, df = null, state }, k) => {
      const pair = compared[k - averages.length];
      if (state === "moves") (pair ? movingContrasts : movingAverages).add(text);
      if (!pair) {
        rows.push({ ...label, estimand, ...cell, ...category, ...numbers, df } as AverageRow);
        return;
      }
      if (state === "not estimable") noContrast.add(text);
      const { statistic, p_value } = state === "infinite" ? LIMIT : test!;
      const tested = { statistic, df, p_value };
      const measure = pair.by.name;
      const own = { ...label, estimand, measure, ...cell, ...category, ...numbers, ...tested };
      contrasts.push({ ...own, ...adjusted[k - averages.length] } as ContrastRow);
    });
  }
  warnings.push(...tails.warnings());
  if (byPrior) warnings.push(answeredByPrior("the averages at", [...noAverage]));
  else if (noAverage.size + noContrast.size > 0) warnings.push(averagesNotEstimable([...noAverage], [...noContrast]));
  if (ends.size > 0) warnings.push(averagesAtInfinity([...ends]));
  if (movingAverages.size + movingContrasts.size > 0)
    warnings.push(averageErrorsNotIdentified([...movingAverages], [...movingContrasts]));
  return { rows, contrasts, warnings };
}

/** @throws DeclarationError for adjustments and margins that do not go with the rest */
function checkFamilyTests({ adjust, contrasts, ci, equivalence, delta, side }: Checked, draws: boolean): void {
  const margin = readMargin({ equivalence, delta, side });
  if (adjust !== "none") {
    const wrong = { tukey: contrasts !== "pairwise", dunnett: contrasts !== "reference" } as Record<string, boolean>;
    if (contrasts === "none" || wrong[adjust]) throw declarationFault(adjustNotOfThis(adjust, "contrasts"));
    if (ci === "profile") throw declarationFault(adjustNotOfThis(adjust, "profile"));
    if (draws) throw declarationFault(adjustNotOfThis(adjust, "draws"));
    if (margin.kind !== "two-sided" && twoSidedAdjustments.includes(adjust))
      throw declarationFault(adjustNotOfThis(adjust, "side"));
  }
  if (margin.kind === "two-sided") return;
  if (contrasts === "none") throw declarationFault(marginNotOfThis("none"));
  if (draws) throw declarationFault(marginNotOfThis("draws"));
  if (ci === "profile") throw declarationFault(marginNotOfThis("profile"));
}

/** What a Wald test tends to as coefficients go to infinity, errors faster than estimates (Hauck & Donner 1977): it says nothing. */
const LIMIT = { statistic: 0, p_value: 1 };

/** A combination of values in words. */
const cellText = (cell: Readonly<Record<string, unknown>>): string =>
  Object.entries(cell)
    .map(([name, value]) => `${name} = ${value}`)
    .join(", ") || "all rows";

/** Differences always; ratios of means that cannot be negative; odds ratios of probabilities. A score has no natural zero. */
function measuresOf(family: Family, score: boolean): readonly Measure[] {
  if (score) return [measures.difference];
  if (family.response === "ordered") return [measures.difference, measures.ratio, measures["odds ratio"]];
  const refuses = (y: number) =>
    family.checkResponse(new Float64Array([y]), new Float64Array([1]), new Int32Array(1), "y").length > 0;
  if (!refuses(-1)) return [measures.difference];
  return refuses(2)
    ? [measures.difference, measures.ratio, measures["odds ratio"]]
    : [measures.difference, measures.ratio];
}
