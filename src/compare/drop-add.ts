/** `drop1` and `add1`: a model with each of its terms left out in turn, or each of a scope added (Chambers & Hastie 1992, *Statistical Models in S*, 6.3). */
import { LuDecomposition, Matrix } from "ml-matrix";
import { optional } from "valibot";
import { termLabel } from "../dsl/deparse.ts";
import type { FixedTermSpec } from "../dsl/model-spec.ts";
import { ofMean } from "../families/of-mean.ts";
import { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { type FitMethod, ml } from "../frequentist/method.ts";
import { coefficientInference, waldInference } from "../frequentist/small-sample/coefficient-inference.ts";
import { nestedRestriction } from "../frequentist/small-sample/term-hypotheses.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import { fixedNotNested, termTestsNeedTerms } from "../messages/small-sample.ts";
import * as messages from "../messages/term-changes.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { Fit } from "../model/fit.ts";
import { refuseParts } from "../model/model-parts.ts";
import { refuseFrequencies } from "../model/refuse-frequencies.ts";
import { requireFit } from "../model/require-fit.ts";
import { choice, parameterNames, seedOf, wholeNumber } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readArgument, readOptions } from "../options/read-options.ts";
import { formatColumn, formatPValue } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import { chiSquareUpper } from "../special/distributions.ts";
import { addableTerms, changedModel, droppableTerms, readScope, refitBy, refitGee, withMean } from "./changed-mean.ts";
import { nestedTests } from "./nested-tests.ts";

export const termChangeTests = ["lrt", "satterthwaite", "kenward-roger", "wald", "bootstrap", "none"] as const;

export type TermChangeTest = (typeof termChangeTests)[number];

const termChangeOptions = optionsSchema({
  /**
   * `lrt`: likelihood ratio (the default of maximum likelihood); `satterthwaite` (the default of REML fits, as lmerTest's `drop1`) and `kenward-roger`: F;
   * `wald`: χ² (the default of estimating equations and penalised quasi-likelihood); `bootstrap`: the likelihood ratio by simulation, of REML fits
   * by maximum likelihood; `none`: AIC alone.
   */
  test: optional(choice(termChangeTests)),
  /** Simulated statistics of each term's bootstrap, default 1000. */
  draws: optional(wholeNumber(1)),
  /** What random numbers begin from, default 1. */
  seed: optional(seedOf),
});

export type TermChangeOptions = OptionsOf<typeof termChangeOptions>;

export interface TermChangeRow {
  /** The term that is left out or added; `<none>`: the model as it is. */
  readonly term: string;
  /** Parameters that the change is of: the degrees of freedom of the hypothesis. Null in the first row. */
  readonly df: number | null;
  /** Of the changed model, by maximum likelihood (of REML fits too, as lme4's); null where there is no likelihood. */
  readonly AIC: number | null;
  /** The likelihood ratio, F or Wald's χ². */
  readonly statistic: number | null;
  /** Denominator degrees of freedom of an F. */
  readonly den_df: number | null;
  readonly p_value: number | null;
}

export interface TermChanges extends Printable {
  readonly change: "drop" | "add";
  readonly test: TermChangeTest;
  readonly rows: readonly TermChangeRow[];
  readonly warnings: readonly FitWarning[];
}

type TestedFit = MaximumLikelihood | EstimatingEquations;

/**
 * Leaves out each term of the mean that no other term contains, one at a time, and tests it.
 *
 * @throws DeclarationError for posteriors, for likelihood ratios of REML fits, for a mean without terms, and where the fit has no test of that name
 * @example
 * drop1(fit).print();                            // Satterthwaite's F of a REML fit, else likelihood ratios
 * drop1(fit, { test: "kenward-roger" }).rows;
 */
export function drop1(fit: Fit, options?: TermChangeOptions): TermChanges {
  const { tested, test, settings } = asked(fit, options, "drop1()");
  const { terms } = ofMean(fit.model.spec.predictors);
  const dropped = droppableTerms(terms);
  if (dropped.length === 0) throw new DeclarationError([messages.nothingToDrop()]);
  const changes = dropped.map((term) => ({ term, terms: terms.filter((other) => other !== term) }));
  return changed("drop", tested, changes, test, settings);
}

/**
 * Adds each term of a scope that the model has not, one at a time, and tests it. A term that contains another of them waits for that one.
 *
 * @param scope a formula, in which a dot stands for the terms of the model (`~ . + x * z`), or names of terms
 * @throws DeclarationError as `drop1`, and for a scope that adds nothing
 * @example add1(fit, "~ . + age + sex", { test: "lrt" }).print();
 */
export function add1(fit: Fit, scope: string | readonly string[], options?: TermChangeOptions): TermChanges {
  const { tested, test, settings } = asked(fit, options, "add1()");
  readArgument(parameterNames, scope, { of: "add1()", name: "The scope" });
  const { spec } = fit.model;
  const { terms } = ofMean(spec.predictors);
  const wanted = readScope(spec, scope);
  const text = typeof scope === "string" ? scope : scope.join(" + ");
  if (wanted.random.length > 0) throw new DeclarationError([messages.scopeWithRandom(text)]);
  const added = addableTerms(terms, wanted.terms);
  if (added.length === 0) throw new DeclarationError([messages.nothingToAdd(text, terms.map(termLabel))]);
  const changes = added.map((term) => ({ term, terms: [...terms, term] }));
  return changed("add", tested, changes, test, settings);
}

type Settings = Pick<TermChangeOptions, "draws" | "seed">;

function asked(fit: Fit, options: TermChangeOptions | undefined, of: string) {
  requireFit(fit, of);
  const { test: wanted, ...settings } = readOptions(termChangeOptions, options, { of });
  if (!(fit instanceof MaximumLikelihood || fit instanceof EstimatingEquations))
    throw new DeclarationError([messages.termChangesNeedFit(of)]);
  refuseParts(fit.model, { "nonlinear mean": termTestsNeedTerms });
  const test = wanted ?? defaultTest(fit);
  if (test !== "bootstrap")
    for (const option of ["draws", "seed"] as const)
      if (settings[option] !== undefined) throw new DeclarationError([messages.simulationAlone(option)]);
  if (test === "lrt" || test === "bootstrap") {
    if (fit.kind === "gee") throw new DeclarationError([messages.testNotOfEquations(of, test)]);
    if (!hasLikelihood(fit)) throw new DeclarationError([messages.testNeedsLikelihood(of, test, fit.method)]);
    if (test === "lrt" && fit.restricted) throw new DeclarationError([messages.ratioNeedsMl(of)]);
    if (test === "bootstrap") refuseFrequencies(fit.model, `${of} with test: "bootstrap"`);
  }
  if (fit.kind === "gee" && test !== "wald" && test !== "none")
    throw new DeclarationError([messages.testNotOfEquations(of, test)]);
  return { tested: fit, test, settings };
}

const hasLikelihood = (fit: MaximumLikelihood): boolean => fit.glance().logLik !== null;

function defaultTest(fit: TestedFit): TermChangeTest {
  if (fit.kind === "gee" || !hasLikelihood(fit)) return "wald";
  return fit.restricted ? "satterthwaite" : "lrt";
}

interface Change {
  readonly term: FixedTermSpec;
  /** Terms of the changed mean. */
  readonly terms: readonly FixedTermSpec[];
}

/** What is known of one change. */
type Answer = Omit<TermChangeRow, "term"> & { readonly warnings: readonly FitWarning[] };

function changed(
  change: "drop" | "add",
  fit: TestedFit,
  changes: readonly Change[],
  test: TermChangeTest,
  settings: Settings,
): TermChanges {
  const answer = answers(change, fit, test, settings);
  const found = changes.map(({ term, terms }) => {
    const model = changedModel(fit.model, withMean(fit.model.spec, { terms }));
    return { term: termLabel(term), ...answer.of(model) };
  });
  const none: TermChangeRow = {
    term: "<none>",
    df: null,
    AIC: answer.AIC,
    statistic: null,
    den_df: null,
    p_value: null,
  };
  const rows = [none, ...found.map(({ warnings: _, ...row }): TermChangeRow => row)];
  const warnings = found.flatMap(({ term, warnings: own }) =>
    own.map(({ code, message }) => ({ code, message: `${term}: ${message}` })),
  );
  return printable({ change, test, rows, warnings }, (style) => report(change, test, rows, warnings, style));
}

/** How a change is tested, and the AIC of the model as it is. */
function answers(
  change: "drop" | "add",
  fit: TestedFit,
  test: TermChangeTest,
  settings: Settings,
): { readonly AIC: number | null; of(model: CompiledModel): Answer } {
  if (fit.kind === "gee")
    return {
      AIC: null,
      of: (model) => ({
        AIC: null,
        warnings: [],
        ...(change === "drop"
          ? byContrast(fit, fit.model, model, test)
          : test === "none"
            ? untested(fit.model, model)
            : byContrast(refitGee(fit, model), model, fit.model, test)),
      }),
    };
  // restricted likelihoods of other coefficients cannot be compared, so that AIC is of maximum likelihood, as lme4's
  const own = hasLikelihood(fit) ? fit.unrestricted() : null;
  const method: FitMethod = fit.restricted ? ml() : fit.requested;
  return {
    AIC: own?.glance().AIC ?? null,
    of(model) {
      const other = own && refitBy(fit, model, method);
      const AIC = other?.glance().AIC ?? null;
      const [small, large] = change === "drop" ? [other, own] : [own, other];
      if (test === "bootstrap") {
        const { rows, warnings } = nestedTests(
          [
            ["smaller", small!],
            ["larger", large!],
          ],
          "bootstrap",
          settings,
        );
        const { df, statistic, p_value } = rows[1]!;
        return { df, AIC, statistic, den_df: null, p_value, warnings };
      }
      if (test === "lrt") {
        const df = large!.df - small!.df;
        const statistic = Math.max(0, 2 * (large!.logLik - small!.logLik));
        return {
          df,
          AIC,
          statistic,
          den_df: null,
          p_value: df > 0 ? chiSquareUpper(statistic, df) : null,
          warnings: other!.warnings,
        };
      }
      const [few, many] = change === "drop" ? [model, fit.model] : [fit.model, model];
      if (test === "none") return { AIC, warnings: [], ...untested(few, many) };
      const tested = change === "drop" ? fit : refitBy(fit, model);
      return { AIC, warnings: [], ...byContrast(tested, many, few, test) };
    },
  };
}

type Tested = Pick<TermChangeRow, "df" | "statistic" | "den_df" | "p_value">;

/**
 * The coefficients that the smaller mean has none of, each a row of its own where they can be told by their names: Fai and Cornelius' degrees of freedom
 * depend on the rows, and these are lmerTest's.
 */
function restrictionOf(few: CompiledModel, many: CompiledModel): readonly ArrayLike<number>[] {
  const L = nestedRestriction(few, many);
  if (!L) throw new DeclarationError([fixedNotNested()]);
  const known = new Set(ofMean(few.design.predictors).names);
  const fresh = ofMean(many.design.predictors).names.flatMap((name, a) => (known.has(name) ? [] : [a]));
  if (L.length === 0 || fresh.length !== L.length) return L;
  const own = new LuDecomposition(new Matrix(L.map((row) => fresh.map((a) => row[a]!))));
  return own.isSingular() ? L : own.solve(new Matrix(L)).to2DArray();
}

const untested = (a: CompiledModel, b: CompiledModel): Tested => {
  const size = ({ design }: CompiledModel) => ofMean(design.predictors).names.length;
  return { df: Math.abs(size(a) - size(b)), statistic: null, den_df: null, p_value: null };
};

/** The hypothesis that the larger model's mean is the smaller one's, in the larger model. */
function byContrast(fit: TestedFit, many: CompiledModel, few: CompiledModel, test: TermChangeTest): Tested {
  if (test === "none") return untested(few, many);
  const inference =
    fit.kind === "gee" || test === "wald"
      ? waldInference(fit)
      : coefficientInference(fit, test as "satterthwaite" | "kenward-roger");
  const L = restrictionOf(few, many);
  if (L.length === 0) return { df: 0, statistic: null, den_df: null, p_value: null };
  const { statistic, numDf, denDf, pValue } = inference.test(L);
  if (numDf === 0) return { df: 0, statistic: null, den_df: null, p_value: null };
  if (denDf < Number.POSITIVE_INFINITY) return { df: numDf, statistic, den_df: denDf, p_value: pValue };
  const chisq = numDf * statistic;
  return { df: numDf, statistic: chisq, den_df: null, p_value: chiSquareUpper(chisq, numDf) };
}

const TEST_TEXTS: Readonly<Record<TermChangeTest, string>> = {
  lrt: "likelihood-ratio tests",
  satterthwaite: "F tests with Satterthwaite's degrees of freedom",
  "kenward-roger": "F tests of Kenward and Roger",
  wald: "Wald χ² tests",
  bootstrap: "likelihood ratios by parametric bootstrap",
  none: "no tests",
};

function report(
  change: "drop" | "add",
  test: TermChangeTest,
  rows: readonly TermChangeRow[],
  warnings: readonly FitWarning[],
  style: Style,
): string {
  const column = (key: "df" | "AIC" | "statistic" | "den_df", decimals: number) => {
    const values = rows.map((row) => row[key]);
    return values.every((value) => value === null) ? [] : [{ header: key, cells: formatColumn(values, 4, decimals) }];
  };
  return [
    style(`Terms ${change === "drop" ? "left out" : "added"} one at a time: ${TEST_TEXTS[test]}`, "title"),
    "",
    ...textTable(
      [
        { header: "", cells: rows.map(({ term }) => term), align: "left" },
        ...column("df", 0),
        ...column("AIC", 2),
        ...column("statistic", 4),
        ...column("den_df", 1),
        ...(test === "none" ? [] : [{ header: "p_value", cells: rows.map(({ p_value }) => formatPValue(p_value)) }]),
      ],
      style,
    ),
    ...warnings.flatMap(({ message }) => ["", style(`Warning: ${visibleLines(message)}`, "warning")]),
  ].join("\n");
}
