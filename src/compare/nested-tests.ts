/** Tests of one fit against another nested in it that are not a χ²: Kenward-Roger's F, the parametric bootstrap, the exact test of one variance. */

import { planOf } from "../effects/bootstrap/plan.ts";
import type { Outcomes } from "../effects/bootstrap/record.ts";
import { runRefits } from "../effects/bootstrap/run-refits.ts";
import { ofMean } from "../families/of-mean.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { coefficientInference } from "../frequentist/small-sample/coefficient-inference.ts";
import { nestedRestriction } from "../frequentist/small-sample/term-hypotheses.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import { likelihoodRatioDifferentData } from "../messages/likelihood-ratio.ts";
import * as messages from "../messages/small-sample.ts";
import type { Fit, MaximumLikelihoodFit } from "../model/fit.ts";
import { refuseFrequencies } from "../model/refuse-frequencies.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { createRng } from "../random/rng.ts";
import { formatColumn, formatPValue } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import type { Executor } from "../samplers/executor.ts";
import { differentData, likelihoodRatioTests } from "./likelihood-ratio.ts";
import { nullEigenvalues, restrictedRatioPValue } from "./restricted-ratio.ts";
import { settledRatio } from "./settled-ratio.ts";

export type NestedTestName = "bootstrap" | "kenward-roger" | "exact";

export interface NestedTestRow {
  readonly fit: string;
  readonly npar: number;
  readonly logLik: number;
  /** F, or twice the gain in (restricted) log-likelihood; null in the first row. */
  readonly statistic: number | null;
  /** Degrees of freedom of the hypothesis. */
  readonly df: number | null;
  /** Denominator degrees of freedom of an F. */
  readonly den_df: number | null;
  readonly p_value: number | null;
}

export interface NestedTests extends Printable {
  readonly test: NestedTestName;
  readonly rows: readonly NestedTestRow[];
  /** Simulated statistics that count: those of refits that failed do not. */
  readonly draws: number | null;
  readonly warnings: readonly FitWarning[];
}

interface Answer {
  readonly statistic: number;
  readonly df: number;
  readonly den_df: number | null;
  readonly p_value: number;
  readonly draws: number | null;
  readonly warnings: readonly FitWarning[];
}

type Named = readonly (readonly [string, Fit])[];

/** The smaller and the larger of two fits by maximum likelihood of the same rows. @throws DeclarationError for others */
function pairOf(named: Named, test: NestedTestName): readonly (readonly [string, MaximumLikelihoodFit])[] {
  if (named.length !== 2) throw new DeclarationError([messages.nestedNeedsTwo(test)]);
  const fits = named.map(([name, fit]) => {
    if (fit.kind !== "ml") throw new DeclarationError([messages.nestedNeedsLikelihood(name, test)]);
    return [name, fit] as const;
  });
  const [a, b] = fits as [(typeof fits)[number], (typeof fits)[number]];
  const difference = differentData(a[1], b[1]);
  if (difference) throw new DeclarationError([likelihoodRatioDifferentData(a[0], b[0], difference)]);
  const size = (fit: MaximumLikelihoodFit) => fit.glance().df ?? fit.estimate.length;
  return size(a[1]) <= size(b[1]) ? fits : [b, a];
}

/** Random terms of a fit by group and effects. */
const randomTerms = ({ model }: MaximumLikelihoodFit) =>
  model.design.random.map(({ group, names, covariance }) => `${group}/${covariance}/${names.join()}`);

function byKenwardRoger(small: MaximumLikelihoodFit, large: MaximumLikelihoodFit): Answer {
  if (randomTerms(small).sort().join("\n") !== randomTerms(large).sort().join("\n"))
    throw new DeclarationError([messages.kenwardRogerSameRandom()]);
  const L = nestedRestriction(small.model, large.model);
  if (!L || L.length === 0) throw new DeclarationError([messages.fixedNotNested()]);
  const { statistic, numDf, denDf, pValue } = coefficientInference(large, "kenward-roger").test(L);
  return { statistic, df: numDf, den_df: denDf, p_value: pValue, draws: null, warnings: [] };
}

/** Where the refits of a bootstrap run, and what stops them. */
export interface NestedTestRun {
  readonly executor?: Executor | undefined;
  readonly signal?: StopSignal | undefined;
}

/** Refits of both models to responses of the smaller one, each a function of the seed and its number alone, in this thread or over workers. */
function byBootstrap(named: Named, draws: number, seed: string | number, run: NestedTestRun): Answer | Promise<Answer> {
  const { rows, warnings } = likelihoodRatioTests(named);
  const refitted = warnings.some(({ code }) => code === "anova-refitted");
  const [small, large] = rows.map(({ fit: name }) => {
    const fit = named.find(([other]) => other === name)![1] as MaximumLikelihood;
    return refitted ? fit.unrestricted() : fit;
  }) as [MaximumLikelihood, MaximumLikelihood];
  refuseFrequencies(small.model, 'anova() with test: "bootstrap"');
  const plan = planOf({ kind: "parametric", seed });
  const items = Array.from({ length: draws }, (_, b) => b + 1);
  const refits = (fit: MaximumLikelihood) => runRefits(fit, plan, items, new Map(), run, small);
  const answer = (ofSmall: Outcomes, ofLarge: Outcomes): Answer => {
    const statistic = rows[1]!.Chisq!;
    let counted = 0;
    let larger = 0;
    for (const item of items) {
      const [one, other] = [ofSmall.get(item)!, ofLarge.get(item)!];
      // a response that cannot be fitted is counted as a failure
      if ("reason" in one || "reason" in other) continue;
      const gain = settledRatio(2 * (other.logLik - one.logLik), one.logLik);
      if (!Number.isFinite(gain)) continue;
      counted++;
      if (gain >= statistic) larger++;
    }
    const failures = draws - counted;
    return {
      statistic,
      df: rows[1]!.Df!,
      den_df: null,
      // the observed statistic is one of those that the null model may give
      p_value: (1 + larger) / (1 + counted),
      draws: counted,
      warnings: [
        ...warnings.filter(({ code }) => code !== "anova-boundary"),
        ...(failures > 0 ? [messages.bootstrapRefitsFailed(failures, draws)] : []),
      ],
    };
  };
  const ofSmall = refits(small);
  if (ofSmall instanceof Map) return answer(ofSmall, refits(large) as Outcomes);
  return ofSmall.then(async (found) => answer(found, await refits(large)));
}

function byExactDistribution(
  small: MaximumLikelihoodFit,
  large: MaximumLikelihoodFit,
  draws: number,
  seed: string | number,
): Answer {
  if (small.method !== "REML" || large.method !== "REML") throw new DeclarationError([messages.exactNeedsReml()]);
  const before = randomTerms(small);
  const added = large.model.design.random.filter((_, t) => !before.includes(randomTerms(large)[t]!));
  const [term] = added;
  const { design } = large.model;
  if (added.length !== 1 || term!.q !== 1 || term!.known || term!.sd || design.residual || design.frequencyWeights)
    throw new DeclarationError([messages.exactNeedsOneVariance()]);
  const restriction = nestedRestriction(small.model, large.model);
  if (!restriction || restriction.length > 0) throw new DeclarationError([messages.exactSameFixed()]);
  const { X, names } = ofMean(design.predictors);
  const p = names.length;
  const eigenvalues = nullEigenvalues(X, design.n, p, design.weights, term!.index, term!.Z, term!.levels.length);
  const statistic = settledRatio(2 * (large.logLik - small.logLik), large.logLik);
  const p_value = restrictedRatioPValue(statistic, eigenvalues, design.n - p, draws, createRng(seed));
  return { statistic, df: 1, den_df: null, p_value, draws, warnings: [] };
}

const DEFAULT_DRAWS: Readonly<Record<NestedTestName, number>> = { bootstrap: 1000, exact: 10000, "kenward-roger": 0 };

interface Simulation {
  readonly draws?: number | undefined;
  readonly seed?: string | number | undefined;
}

/**
 * @returns the tests; of a bootstrap with an executor or a signal a promise of them
 * @throws DeclarationError for fits that the test cannot compare
 */
export function nestedTests(named: Named, test: NestedTestName, simulation: Simulation): NestedTests;
export function nestedTests(
  named: Named,
  test: NestedTestName,
  simulation: Simulation & NestedTestRun,
): NestedTests | Promise<NestedTests>;
export function nestedTests(
  named: Named,
  test: NestedTestName,
  { draws = DEFAULT_DRAWS[test], seed = 1, ...run }: Simulation & NestedTestRun,
): NestedTests | Promise<NestedTests> {
  const [small, large] = pairOf(named, test);
  const table = ({ draws: counted, warnings, ...own }: Answer): NestedTests => {
    // a bootstrap of fits by REML with other coefficients is of both by maximum likelihood
    const refitted = warnings.some(({ code }) => code === "anova-refitted");
    const common = ([fit, one]: readonly [string, MaximumLikelihoodFit]) => ({
      fit,
      npar: one.glance().df ?? one.estimate.length,
      logLik: refitted ? (one as MaximumLikelihood).unrestricted().logLik : one.logLik,
    });
    const rows: NestedTestRow[] = [
      { ...common(small!), statistic: null, df: null, den_df: null, p_value: null },
      { ...common(large!), ...own },
    ];
    return printable({ test, rows, draws: counted, warnings }, (style) => report(test, rows, counted, warnings, style));
  };
  if (test === "kenward-roger") return table(byKenwardRoger(small![1], large![1]));
  if (test === "exact") return table(byExactDistribution(small![1], large![1], draws, seed));
  const found = byBootstrap(named, draws, seed, run);
  return found instanceof Promise ? found.then(table) : table(found);
}

function report(
  test: NestedTestName,
  rows: readonly NestedTestRow[],
  draws: number | null,
  warnings: readonly FitWarning[],
  style: Style,
): string {
  const titles: Readonly<Record<NestedTestName, string>> = {
    bootstrap: `Parametric bootstrap of the likelihood ratio, ${draws} draw${draws === 1 ? "" : "s"}`,
    "kenward-roger": "F test of Kenward and Roger",
    exact: `Exact restricted likelihood-ratio test of a variance, ${draws} draw${draws === 1 ? "" : "s"}`,
  };
  const column = (key: "npar" | "logLik" | "statistic" | "df" | "den_df", decimals: number) => ({
    header: key,
    cells: formatColumn(
      rows.map((row) => row[key]),
      4,
      decimals,
    ),
  });
  return [
    style(titles[test], "title"),
    "",
    ...textTable(
      [
        { header: "", cells: rows.map(({ fit }) => fit), align: "left" },
        column("npar", 0),
        column("logLik", 2),
        column("statistic", 4),
        column("df", 0),
        ...(rows.some(({ den_df }) => den_df !== null) ? [column("den_df", 1)] : []),
        { header: "p_value", cells: rows.map(({ p_value }) => formatPValue(p_value)) },
      ],
      style,
    ),
    ...warnings.flatMap(({ message }) => ["", style(`Warning: ${visibleLines(message)}`, "warning")]),
  ].join("\n");
}
