/** The options that averages and slopes have in common. */
import { check, custom, type GenericSchema, type InferOutput, optional, pipe, transform, union } from "valibot";
import type { TableInput } from "../data/to-table.ts";
import {
  contrastKindsPerColumn,
  measureUnused,
  referenceUnused,
  simpleBesideColumn,
  simpleOfNothing,
  weightsNotBeside,
} from "../messages/averages.ts";
import { adjustNotOfThis, contrastColumnUnused, marginNotOfThis } from "../messages/effects.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import { ddfOption, robustEntries } from "../model/tidy-options.ts";
import {
  callback,
  choice,
  columnNames,
  confidenceLevel,
  finiteNumber,
  flag,
  isRecord,
  listOf,
  recordOf,
} from "../options/kinds.ts";
import { longWorkEntries } from "../options/long-work.ts";
import { optionsSchema } from "../options/read-options.ts";
import { estimands as allEstimands, type Estimand } from "../prediction/estimand.ts";
import { newRowsTable } from "../prediction/new-rows.ts";
import { adjustments, twoSidedAdjustments } from "./adjust-contrasts.ts";
import { averageScales } from "./averaged-quantity.ts";
import { type AverageWeights, averageWeights } from "./averaged-rows.ts";
import { type ContrastKind, type ContrastMatrix, contrastKinds, contrastMeasures } from "./contrasts.ts";
import { type AtValues, type GridValue, gridSummaries } from "./grid.ts";
import { sourceMethods } from "./interval-source.ts";
import { type MarginOptions, marginOptions, readMargin } from "./margin.ts";
import type { Target } from "./target-weights.ts";

const gridValue: GenericSchema<GridValue> = custom<GridValue>(
  (value) => typeof value === "string" || Number.isFinite(value),
  "a text or a finite number",
);

const atValues: GenericSchema<AtValues> = union(
  [gridValue, listOf(gridValue, "a list of values"), callback<(values: Float64Array) => number | readonly number[]>()],
  `a list of values, one value, a function of the column's values, or one of ${gridSummaries.join(", ")}`,
) as GenericSchema<AtValues>;

const TARGET = `one of ${averageWeights.map((name) => `"${name}"`).join(", ")}, or the table of a target population`;

/** A name, a table, or a table beside the name of its column of shares. */
const weightsOption: GenericSchema<(typeof averageWeights)[number] | TableInput | Target, AverageWeights> = pipe(
  union(
    [
      choice(averageWeights),
      custom<TableInput | Target>((value) => typeof value === "object" && value !== null, TARGET),
    ],
    TARGET,
  ),
  transform((value): AverageWeights => {
    if (typeof value === "string") return value;
    const given = value as unknown as Partial<Target>;
    const named =
      isRecord(value) &&
      typeof given.table === "object" &&
      Object.keys(value).every((key) => key === "table" || key === "share") &&
      (given.share === undefined || typeof given.share === "string");
    return named ? (given as Target) : { table: value as TableInput };
  }),
);

const contrastNames = contrastKinds.map((name) => `"${name}"`).join(", ");

const contrastMatrix = recordOf(
  union(
    [listOf(finiteNumber, "a list of numbers"), recordOf(finiteNumber, "numbers by value")],
    "a list of coefficients, or coefficients by value",
  ),
  "contrasts by name",
);

const contrastsOption: GenericSchema<ContrastKind | readonly ContrastKind[] | ContrastMatrix> = union(
  [choice(contrastKinds), listOf(choice(contrastKinds), "a list of kinds"), contrastMatrix],
  `${contrastNames}, a list of these, or coefficients by name`,
) as GenericSchema<ContrastKind | readonly ContrastKind[] | ContrastMatrix>;

export const averagingOptions = {
  /** Columns of the model to average by, at the values seen in the data; see `averagingGrid`. */
  by: optional(columnNames, []),
  /**
   * Columns of the model held at values of your own, crossed with each other and with `by`: a value, a list, a function of the values of a numeric column, or
   * a summary of them: `mean`, `median`, `min`, `max`, `range` (both), `quartiles` (three), `fivenum`.
   */
  at: optional(recordOf(atValues, "lists of values by column, as { Days: [0, 5] }"), {}),
  /**
   * What is averaged over, and how it counts. `rows` (the default), each row of the data, times its frequency weight; `trials`, each trial of binomial
   * responses; `frequency`, as `rows`, refused without frequency weights. Over a reference grid, all combinations of the factors' levels with covariates
   * at their means, as emmeans: `equal`, `proportional`, `outer`, `cells`, `flat`. A table, or `{ table, share }`: the shares (or counts) of a target population
   * in its rows, cells of columns of the model (post-stratification); what it does not have is as in the rows of the data.
   */
  weights: optional(weightsOption, "rows"),
  /** Rows to average over in the place of those of the fit. */
  newdata: optional(newRowsTable),
  /** Default true: every row stands in every cell, with the grid's columns replaced; false: the rows that have the cell's values. */
  counterfactual: optional(flag, true),
  /**
   * Comparisons between levels of a column: `reference`, `sequential`, `pairwise`, `polynomial`, `effects`, `deletion-effects`, `helmert`, or coefficients of
   * your own by name, as `{ "late vs early": [-0.5, -0.5, 0.5, 0.5] }` or `{ "b vs a": { a: -1, b: 1 } }`; of several columns a list. Default `none`.
   */
  contrasts: optional(contrastsOption, "none"),
  /**
   * The column contrasted, within each combination of the others; default the first of `by`, else of `at`. Several: their contrasts' products, which are
   * differences of differences (or ratios of ratios).
   */
  contrastColumn: optional(columnNames),
  /** Contrasts of each column of the grid in turn, within the others (simple effects); default false. */
  simple: optional(flag, false),
  /** The level that `reference` compares with; default the first. */
  ref: optional(gridValue),
  /** Measures of contrasts; default all that suit the response. */
  measure: optional(
    pipe(
      union([choice(contrastMeasures), listOf(choice(contrastMeasures), "a list of measures")]),
      transform((value) => (typeof value === "string" ? [value] : value)),
      check((names) => names.length > 0, "a list of at least one measure"),
    ),
  ),
  /** `population` by default; `typical` (random effects 0) and `conditional` (the groups observed) where asked for. */
  estimands: optional(
    pipe(
      listOf(choice(allEstimands), "a list of estimands"),
      check((names) => names.length > 0, "a list of at least one estimand"),
      transform((names): readonly Estimand[] => [...new Set(names)]),
    ),
    ["population"],
  ),
  /** Of an ordered response, the expected number of its category instead of the probability of each; default false. */
  score: optional(flag, false),
  /**
   * `response` (the default); `link`, averages of linear predictors, of the population those of the link of each row's mean, of an ordered response the latent
   * variable from the average of the thresholds; `back-transformed`, the mean at the average on the scale of the link.
   */
  scale: optional(choice(averageScales), "response"),
  /** Default 0.95. */
  confLevel: optional(confidenceLevel, 0.95),
  /**
   * Intervals: `wald`, by the delta method (the default of fits with an estimate), `profile`, by the profile likelihood of each quantity, or
   * `posterior`, a posterior's only ones. What is conditional on the groups has no profile.
   */
  ci: optional(choice(sourceMethods)),
  /**
   * Degrees of freedom of t tests and intervals, as `tidy()` has them: of what is linear in the coefficients, of Gaussian fits by REML or ML.
   * Default `satterthwaite` for REML; `kenward-roger`, with adjusted errors, `between-within` or `normal`. Conditional quantities depend on the
   * variances and have none: they are normal, and refused where degrees of freedom are asked for.
   */
  ddf: optional(ddfOption),
  ...robustEntries,
  /**
   * P values and intervals of contrasts that hold for all of one family together: those of one estimand and measure at the same values of the other
   * columns. `tukey` is of pairwise contrasts, `dunnett` of those with a reference; `mvt` (multivariate t), `holm`, `bonferroni`, `sidak`, `fdr`, `scheffe`;
   * default `none`.
   */
  adjust: optional(choice(adjustments), "none"),
  ...marginOptions,
};

export const averagingSchema = optionsSchema(averagingOptions);

/** The same of averages that go in slices. */
export const averagingInSlices = optionsSchema({ ...averagingOptions, ...longWorkEntries });

type Read = InferOutput<typeof averagingSchema>;

/** What was asked for, checked. */
export type Averaging = Omit<Read, "by" | "contrastColumn"> & {
  readonly by: readonly string[];
  /** Columns contrasted; undefined: the first. */
  readonly contrastColumns: readonly string[] | undefined;
};

/** @throws DeclarationError for options that do not go together */
export function averagingOf({ by, contrastColumn, ...more }: Read, fits: readonly Fit[]): Averaging {
  const list = (names: string | readonly string[]) => (typeof names === "string" ? [names] : names);
  const contrastColumns = contrastColumn === undefined ? undefined : list(contrastColumn);
  const { contrasts, weights, simple, counterfactual } = more;
  const issues: Issue[] = [];
  if (contrasts === "none") {
    if (contrastColumns !== undefined) issues.push(contrastColumnUnused(contrastColumns.join(", ")));
    if (simple) issues.push(simpleOfNothing());
    if (more.measure !== undefined) issues.push(measureUnused());
  }
  if (simple && contrastColumns !== undefined) issues.push(simpleBesideColumn());
  if (more.ref !== undefined && ![contrasts].flat().includes("reference" as never)) issues.push(referenceUnused());
  if (Array.isArray(contrasts) && (simple || contrasts.length !== (contrastColumns?.length ?? 1)))
    issues.push(contrastKindsPerColumn(contrasts.length, simple ? 1 : (contrastColumns?.length ?? 1)));
  if (!counterfactual && !["rows", "trials", "frequency"].includes(weights as string))
    issues.push(weightsNotBeside(typeof weights === "string" ? weights : "target"));
  issues.push(
    ...familyTestFaults(
      more,
      fits.some(({ kind }) => kind === "posterior"),
    ),
  );
  if (issues.length > 0) throw new DeclarationError(issues);
  return { ...more, by: list(by), contrastColumns };
}

/** Adjustments and margins that do not go with the rest. */
function familyTestFaults(
  { adjust, contrasts, ci, equivalence, delta, side }: Pick<Read, "adjust" | "contrasts" | "ci" | keyof MarginOptions>,
  draws: boolean,
): Issue[] {
  const margin = readMargin({ equivalence, delta, side });
  const issues: Issue[] = [];
  const wrong = { tukey: contrasts !== "pairwise", dunnett: contrasts !== "reference" } as Record<string, boolean>;
  const twoSided = margin.kind === "two-sided";
  if (adjust !== "none") {
    if (contrasts === "none" || wrong[adjust]) issues.push(adjustNotOfThis(adjust, "contrasts"));
    else if (ci === "profile") issues.push(adjustNotOfThis(adjust, "profile"));
    else if (draws) issues.push(adjustNotOfThis(adjust, "draws"));
    if (!twoSided && twoSidedAdjustments.includes(adjust)) issues.push(adjustNotOfThis(adjust, "side"));
  }
  if (twoSided) return issues;
  if (contrasts === "none") issues.push(marginNotOfThis("none"));
  if (draws) issues.push(marginNotOfThis("draws"));
  if (ci === "profile") issues.push(marginNotOfThis("profile"));
  return issues;
}
