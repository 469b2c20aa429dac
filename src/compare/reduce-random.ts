/**
 * Backward reduction of random terms from a maximal model, as lmerTest's `step` and buildmer do: correlations first, then slopes, then terms (Barr et al. 2013,
 * J. Mem. Lang. 68, 255–278; Matuschek et al. 2017, J. Mem. Lang. 94, 305–315).
 */
import { optional } from "valibot";
import { formulaOf } from "../dsl/print-formula.ts";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import { likelihoodRatioNestingUnseen } from "../messages/likelihood-ratio.ts";
import * as messages from "../messages/model-choice.ts";
import type { Fit } from "../model/fit.ts";
import { refuseParts } from "../model/model-parts.ts";
import { boundaryEntries } from "../model/parameter-layout.ts";
import { requireFit } from "../model/require-fit.ts";
import { choice, proportion } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { formatColumn, formatPValue } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import { changedModel, refitBy, withMean } from "./changed-mean.ts";
import { likelihoodRatioTests } from "./likelihood-ratio.ts";
import { type RandomReduction, randomReductions, reductionStages } from "./random-reductions.ts";

export const reductionCriteria = ["LRT", "AIC", "BIC"] as const;

export type ReductionCriterion = (typeof reductionCriteria)[number];

const reduceRandomOptions = optionsSchema({
  /** What decides: the likelihood-ratio test (the default), or which model has the lower AIC or BIC. */
  criterion: optional(choice(reductionCriteria)),
  /** What has a p value above it is left out; default 0.05. With `criterion: "LRT"` alone. */
  alpha: optional(proportion),
  /** A singular fit loses what makes it singular whatever the criterion says (`reduce`, the default), or is treated as others (`keep`). */
  singular: optional(choice(["reduce", "keep"])),
});

export type ReduceRandomOptions = OptionsOf<typeof reduceRandomOptions>;

/** `maximal`: what was begun with; `passed over`: at this step something else was left out; `failed`: the smaller model could not be fitted. */
export type ReductionVerdict = "maximal" | "left out" | "kept" | "passed over" | "failed";

/** One model that was compared with the larger one of its step. */
export interface ReductionRow {
  /** 0 for the maximal model. */
  readonly step: number;
  readonly formula: string;
  /** What the larger model has besides; null for the maximal model. */
  readonly left_out: string | null;
  readonly npar: number | null;
  /** Restricted for REML. */
  readonly logLik: number | null;
  readonly AIC: number | null;
  /** With the number of rows. */
  readonly BIC: number | null;
  /** Twice the loss of log-likelihood. */
  readonly statistic: number | null;
  readonly df: number | null;
  /** Upper tail of `distribution`. */
  readonly p_value: number | null;
  /** What the statistic is compared with, as in `anova`: `χ²₁`, `½χ²₁ + ½χ²₂`. */
  readonly distribution: string | null;
  readonly verdict: ReductionVerdict;
  /** Why: `p > 0.05`, `lower AIC`, `singular`. Empty where the verdict says all. */
  readonly reason: string;
}

export interface RandomReductions extends Printable {
  readonly criterion: ReductionCriterion;
  readonly alpha: number | null;
  readonly rows: readonly ReductionRow[];
  /** The last model as a formula. */
  readonly formula: string;
  /** The last model, fitted as the first was. */
  readonly fit: MaximumLikelihood;
  readonly warnings: readonly FitWarning[];
}

interface Settings {
  readonly criterion: ReductionCriterion;
  readonly alpha: number;
  readonly singular: "reduce" | "keep";
}

/** A candidate that was fitted. */
interface Tried {
  readonly reduction: RandomReduction;
  readonly fit: MaximumLikelihood | null;
  readonly row: ReductionRow;
}

/** A gain in log-likelihood below this is the optimiser's. */
const NOTHING = 1e-3;

/**
 * Leaves out of a maximal model what its random terms do not need: first correlations, then slopes, then whole terms. At each step every candidate is
 * fitted by the same method on the same rows, and the one that is needed least is left out; where none is, the next kind is tried. REML fits are compared
 * by REML, as their means are the same. Variances at 0 are tested by mixtures of χ², as in `anova`.
 *
 * A singular fit (a standard deviation of 0, a correlation of ±1) first loses what costs no likelihood, else the correlations of the singular terms;
 * `singular: "keep"` leaves the decision to the criterion. Random terms of other predictors than the mean's stay.
 *
 * @param fit of the maximal model, by (restricted) maximum likelihood
 * @throws DeclarationError for posteriors, estimating equations and quasi-likelihood, for nonlinear means, and where the mean has no random term
 * @example
 * const fit = await model(table).formula("y ~ x + (x | subject) + (x | item)").fit();
 * const reduced = reduceRandom(fit, { criterion: "LRT", alpha: 0.2 });
 * reduced.print();
 * reduced.fit.tidy();
 */
export function reduceRandom(fit: Fit, options?: ReduceRandomOptions): RandomReductions {
  requireFit(fit, "reduceRandom()");
  const read = readOptions(reduceRandomOptions, options, { of: "reduceRandom()" });
  if (!(fit instanceof MaximumLikelihood) || fit.glance().logLik === null)
    throw new DeclarationError([messages.reductionNeedsLikelihood(fit.method)]);
  refuseParts(fit.model, { "nonlinear mean": messages.reductionOfCurve });
  const { criterion = "LRT", singular = "reduce" } = read;
  if (criterion !== "LRT" && read.alpha !== undefined)
    throw new DeclarationError([messages.alphaOfRatiosAlone(criterion)]);
  if (randomReductions(fit.model).length === 0) throw new DeclarationError([messages.nothingToReduce()]);
  const settings: Settings = { criterion, alpha: read.alpha ?? 0.05, singular };
  const warnings: FitWarning[] = [];
  const rows: ReductionRow[] = [maximalRow(fit)];
  let current: MaximumLikelihood = fit;
  for (let step = 1; ; ) {
    const next = reducedOnce(current, settings, step, warnings);
    rows.push(...next.rows);
    if (!next.fit) break;
    current = next.fit;
    step = next.step;
  }
  if (singularTerms(current).size > 0) warnings.push(messages.stillSingular(current.formula));
  const alpha = criterion === "LRT" ? settings.alpha : null;
  const once = [...new Map(warnings.map((warning) => [warning.message, warning])).values()];
  const result = { criterion, alpha, rows, formula: current.formula, fit: current, warnings: once };
  return printable(
    result,
    (style) => report(result, style),
    () => rows,
  );
}

const about = (fit: MaximumLikelihood) => {
  const { AIC, BIC } = fit.glance();
  return { formula: fit.formula, npar: fit.df, logLik: fit.logLik, AIC, BIC };
};

const untested = { statistic: null, df: null, p_value: null, distribution: null };

const maximalRow = (fit: MaximumLikelihood): ReductionRow => ({
  step: 0,
  left_out: null,
  ...about(fit),
  ...untested,
  verdict: "maximal",
  reason: fit.verdict.code === "converged" ? "" : fit.verdict.code,
});

/** Places of terms with a singular covariance matrix; of a fit that is not identified or has failed, of all. */
function singularTerms(fit: MaximumLikelihood): ReadonlySet<number> {
  const { layout } = fit.model;
  const whole = fit.verdict.code === "failed" || fit.verdict.code === "not identified";
  const x = fit.estimate;
  return new Set(layout.terms.flatMap((term, t) => (whole || boundaryEntries(term, x).length > 0 ? [t] : [])));
}

/** The steps up to the next model that takes the place of this one; without a fit where there is none. */
function reducedOnce(
  fit: MaximumLikelihood,
  settings: Settings,
  first: number,
  warnings: FitWarning[],
): { readonly rows: readonly ReductionRow[]; readonly fit: MaximumLikelihood | null; readonly step: number } {
  const reductions = randomReductions(fit.model);
  const known = new Map<RandomReduction, Tried>();
  const tried = (reduction: RandomReduction): Tried => {
    let found = known.get(reduction);
    if (!found) known.set(reduction, (found = tryReduction(fit, reduction, warnings)));
    return found;
  };
  const rows: ReductionRow[] = [];
  let step = first;
  const said = (all: readonly Tried[], taken: Tried | null, reason: string) => {
    for (const one of all) {
      const verdict =
        one === taken ? "left out" : !one.fit ? "failed" : needed(one, fit, settings) ? "kept" : "passed over";
      rows.push({ ...one.row, step, verdict, reason: one === taken ? reason : "" });
    }
    step++;
  };
  const singular = settings.singular === "reduce" ? singularTerms(fit) : new Set<number>();
  if (singular.size > 0) {
    const own = reductions.filter(({ place }) => place !== null && singular.has(place)).map(tried);
    const fitted = own.filter((one) => one.fit);
    // what costs nothing, as much of it as there is
    const free = fitted.filter(({ row }) => row.statistic! < NOTHING).sort((a, b) => b.row.df! - a.row.df!);
    const correlations = fitted.filter(({ reduction }) => reduction.stage === "correlations");
    const taken = free[0] ?? leastNeeded(correlations, settings);
    if (taken) {
      said(own, taken, free[0] ? "singular, nothing lost" : "singular");
      return { rows, fit: taken.fit, step };
    }
  }
  for (const stage of reductionStages) {
    const all = reductions.filter((reduction) => reduction.stage === stage).map(tried);
    if (all.length === 0) continue;
    const taken = leastNeeded(
      all.filter((one) => one.fit && !needed(one, fit, settings)),
      settings,
    );
    said(all, taken, settings.criterion === "LRT" ? `p > ${settings.alpha}` : `${settings.criterion} not higher`);
    if (taken) return { rows, fit: taken.fit, step };
  }
  return { rows, fit: null, step };
}

/** Whether what was left out is needed by the criterion. */
function needed({ row }: Tried, fit: MaximumLikelihood, { criterion, alpha }: Settings): boolean {
  if (criterion === "LRT") return !(row.p_value! > alpha);
  return row[criterion]! > fit.glance()[criterion]!;
}

function leastNeeded(all: readonly Tried[], { criterion }: Settings): Tried | null {
  const cost = ({ row }: Tried): number => (criterion === "LRT" ? -row.p_value! : row[criterion]!);
  return all.toSorted((a, b) => cost(a) - cost(b) || b.row.df! - a.row.df!)[0] ?? null;
}

function tryReduction(fit: MaximumLikelihood, reduction: RandomReduction, warnings: FitWarning[]): Tried {
  const { spec } = fit.model;
  const changed = withMean(spec, { random: reduction.random });
  const common = { step: 0, left_out: reduction.leftOut, verdict: "failed", reason: "" } as const;
  const failed = (formula: string, reason: string): Tried => {
    warnings.push(messages.candidateRefused(formula, reason));
    const row = { ...common, formula, npar: null, logLik: null, AIC: null, BIC: null, ...untested };
    return { reduction, fit: null, row };
  };
  const text = formulaOf(changed);
  let small: MaximumLikelihood;
  try {
    small = refitBy(fit, changedModel(fit.model, changed));
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    return failed(text, error.message);
  }
  if (small.verdict.code === "failed") return failed(text, small.verdict.reason);
  const table = likelihoodRatioTests([
    [small.formula, small],
    [fit.formula, fit],
  ]);
  // nested by construction, whatever the names of parameters
  warnings.push(...table.warnings.filter(({ code }) => code !== likelihoodRatioNestingUnseen("", "").code));
  const { Chisq, Df, p_value, distribution } = table.rows[1]!;
  const row = { ...common, ...about(small), statistic: Chisq, df: Df, p_value, distribution };
  return { reduction, fit: small, row };
}

function report(
  { criterion, alpha, rows, formula, warnings }: Omit<RandomReductions, keyof Printable>,
  style: Style,
): string {
  const column = (key: "npar" | "AIC" | "BIC" | "statistic" | "df", decimals: number) => ({
    header: key,
    cells: formatColumn(
      rows.map((row) => row[key]),
      4,
      decimals,
    ),
  });
  const how = criterion === "LRT" ? `likelihood-ratio tests, left out where p > ${alpha}` : `by ${criterion}`;
  return [
    style(`Random terms reduced step by step: ${how}`, "title"),
    "",
    ...textTable(
      [
        { header: "step", cells: rows.map(({ step }) => String(step)) },
        { header: "left out", cells: rows.map(({ left_out }) => left_out ?? "<none>"), align: "left" },
        column("npar", 0),
        column("AIC", 2),
        column("BIC", 2),
        column("statistic", 4),
        column("df", 0),
        { header: "p_value", cells: rows.map(({ p_value }) => formatPValue(p_value)) },
        { header: "distribution", cells: rows.map(({ distribution }) => distribution ?? ""), align: "left" },
        {
          header: "verdict",
          cells: rows.map(({ verdict, reason }) => (reason ? `${verdict} (${reason})` : verdict)),
          align: "left",
        },
      ],
      style,
    ),
    "",
    ...rows
      .filter(({ verdict }) => verdict === "left out" || verdict === "maximal")
      .map((row) => `Step ${row.step}: ${visibleLines(row.formula)}`),
    `Last model: ${visibleLines(formula)}`,
    ...warnings.flatMap(({ message }) => ["", style(`Warning: ${visibleLines(message)}`, "warning")]),
  ].join("\n");
}
