/** Likelihood-ratio tests between nested maximum-likelihood fits. */

import { MEAN_COMPONENT, predictedParameters } from "../families/distribution-parameters.ts";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { DeclarationError, declarationFault, type FitWarning, type Issue } from "../messages/issue.ts";
import {
  likelihoodRatioBoundary,
  likelihoodRatioDifferentData,
  likelihoodRatioMethods,
  likelihoodRatioMixed,
  likelihoodRatioNeedsTwo,
  likelihoodRatioNegative,
  likelihoodRatioNestingUnseen,
  likelihoodRatioNotMaximumLikelihood,
  likelihoodRatioRefitted,
  likelihoodRatioRestricted,
  likelihoodRatioSameSize,
  likelihoodRatioSimulated,
} from "../messages/likelihood-ratio.ts";
import { noLikelihood } from "../messages/linearised-fits.ts";
import type { Fit, Glance, MaximumLikelihoodFit, TidyRow } from "../model/fit.ts";
import { effectOfSd, RESIDUAL_GROUP } from "../model/term-names.ts";
import { formatColumn, formatPValue } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import { type ChiSquareMixture, mixtureError, mixtureUpper } from "../special/chi-bar-square.ts";
import { chiSquareUpper } from "../special/distributions.ts";
import { boundaryTest } from "./boundary-mixture.ts";
import { settledRatio } from "./settled-ratio.ts";

export interface LikelihoodRatioRow {
  readonly fit: string;
  /** Number of estimated parameters. */
  readonly npar: number;
  readonly AIC: number | null;
  readonly BIC: number | null;
  /** Restricted for REML. */
  readonly logLik: number;
  /**
   * −2 logLik, for every family: what lme4's anova prints as `-2*log(L)` and once called deviance, which in `glance()` is another thing for families
   * that are not Gaussian.
   */
  readonly minus2logLik: number;
  /** Twice the gain in log-likelihood over the row before; null in the first. */
  readonly Chisq: number | null;
  readonly Df: number | null;
  /** Upper tail of `distribution`. */
  readonly p_value: number | null;
  /** What the statistic is compared with: `χ²₁`, or where variances are 0 under the hypothesis a mixture, `½χ²₁ + ½χ²₂`. */
  readonly distribution: string | null;
  /** Upper tail of the plain χ² of `Df`, as lme4's anova prints it. */
  readonly p_chisq: number | null;
}

export interface LikelihoodRatioTable extends Printable {
  readonly rows: readonly LikelihoodRatioRow[];
  readonly warnings: readonly FitWarning[];
}

interface Candidate {
  readonly name: string;
  readonly fit: MaximumLikelihoodFit;
  readonly glance: Glance;
  readonly tidy: readonly TidyRow[];
  readonly logLik: number;
  readonly npar: number;
}

/** Log-likelihoods that fall by less than this when parameters are added are the optimiser's tolerance. */
const tolerance = 1e-4;

/**
 * Likelihood-ratio tests, each fit against the next smaller one, in the order of their numbers of parameters.
 *
 * Restricted likelihoods are compared only between models with the same fixed effects; others are refitted by maximum likelihood first, as lme4's `anova`
 * does, and a warning says so. Where a test sets variances to 0 the statistic is a mixture of χ²
 * (`boundary-mixture.ts`), and the row says which; where that is not known p is that of a plain χ², which is conservative, and a warning says so.
 *
 * @throws DeclarationError for posteriors, for different data, for equal numbers of parameters
 */
export function likelihoodRatioTests(named: readonly (readonly [string, Fit])[]): LikelihoodRatioTable {
  const warnings: FitWarning[] = [];
  const candidates = checkedCandidates(named, warnings);
  const methods = [...new Set(candidates.map(({ fit }) => fit.method))];
  if (methods.length > 1) warnings.push(likelihoodRatioMethods(methods));
  const rows = candidates.map((candidate, k): LikelihoodRatioRow => {
    const { name, npar, logLik, glance } = candidate;
    const common = { fit: name, npar, AIC: glance.AIC, BIC: glance.BIC, logLik, minus2logLik: -2 * logLik };
    const smaller = candidates[k - 1];
    if (!smaller) return { ...common, Chisq: null, Df: null, p_value: null, distribution: null, p_chisq: null };
    const gain = logLik - smaller.logLik;
    if (gain < -tolerance) warnings.push(likelihoodRatioNegative(name, -gain));
    const Chisq = settledRatio(2 * gain, logLik);
    const Df = npar - smaller.npar;
    const nested = nestingWarnings(smaller, candidate);
    const boundary = nested.length === 0 ? boundaryTest(smaller.fit, candidate.fit, Df) : "unknown";
    warnings.push(...nested);
    if (boundary === "unknown" && hasNewVariances(smaller, candidate)) warnings.push(likelihoodRatioBoundary(name));
    const p_chisq = chiSquareUpper(Chisq, Df);
    if (typeof boundary === "string")
      return { ...common, Chisq, Df, p_value: p_chisq, distribution: chiSquareText(Df), p_chisq };
    const error = mixtureError(boundary, Chisq);
    if (error > 0.05 * mixtureUpper(boundary, Chisq) && error > 1e-4)
      warnings.push(likelihoodRatioSimulated(name, error));
    const p_value = mixtureUpper(boundary, Chisq);
    return { ...common, Chisq, Df, p_value, distribution: mixtureText(boundary), p_chisq };
  });
  return printable({ rows, warnings }, (style) => report(rows, warnings, style));
}

/** What of a fit is compared. */
const candidateOf = (name: string, fit: MaximumLikelihoodFit): Candidate => {
  const glance = fit.glance();
  return { name, fit, glance, tidy: fit.tidy(), logLik: fit.logLik, npar: glance.df ?? fit.estimate.length };
};

/** @param warnings told of fits that are compared as refitted by maximum likelihood */
function checkedCandidates(named: readonly (readonly [string, Fit])[], warnings: FitWarning[]): Candidate[] {
  if (named.length < 2) throw declarationFault(likelihoodRatioNeedsTwo());
  const issues: Issue[] = [];
  let candidates: Candidate[] = [];
  for (const [name, fit] of named) {
    if (fit.kind !== "ml") {
      issues.push(likelihoodRatioNotMaximumLikelihood(name, fit.kind === "gee"));
      continue;
    }
    const candidate = candidateOf(name, fit);
    if (candidate.glance.logLik === null)
      issues.push({ code: "no-likelihood", path: [name], message: `${name}: ${noLikelihood(fit.method)}` });
    candidates.push(candidate);
  }
  if (issues.length > 0) throw new DeclarationError(issues);
  candidates.sort((a, b) => a.npar - b.npar);
  for (let k = 1; k < candidates.length; k++) {
    const a = candidates[k - 1]!;
    const b = candidates[k]!;
    const difference = differentData(a.fit, b.fit);
    if (difference) issues.push(likelihoodRatioDifferentData(a.name, b.name, difference));
    if (a.npar === b.npar) issues.push(likelihoodRatioSameSize(a.name, b.name));
  }
  const restricted = candidates.filter(({ glance }) => glance.REMLcrit !== null);
  if (restricted.length > 0) {
    if (restricted.length < candidates.length) issues.push(likelihoodRatioMixed());
    else if (
      new Set(candidates.map(({ tidy }) => names(tidy.filter(isOfMean), ["fixed"]).sort().join("\n"))).size > 1
    ) {
      const refitted = candidates.map(({ name, fit }) =>
        fit instanceof MaximumLikelihood ? candidateOf(name, fit.unrestricted()) : null,
      );
      if (refitted.includes(null)) issues.push(likelihoodRatioRestricted(candidates.map(({ name }) => name)));
      else if (issues.length === 0) {
        candidates = refitted as Candidate[];
        warnings.push(likelihoodRatioRefitted(candidates.map(({ name }) => name)));
      }
    }
  }
  if (issues.length > 0) throw new DeclarationError(issues);
  return candidates;
}

/** What differs between the data of two fits, in words; null when nothing does. */
export function differentData(a: MaximumLikelihoodFit, b: MaximumLikelihoodFit): string | null {
  const one = a.model.design;
  const other = b.model.design;
  if (one.n !== other.n) return `${one.n} rows and ${other.n}`;
  if (one.responseName !== other.responseName) return `the responses ${one.responseName} and ${other.responseName}`;
  const same = (x: Float64Array | null, y: Float64Array | null) =>
    x === y || (x !== null && y !== null && x.every((value, i) => value === y[i]));
  if (!same(one.y, other.y)) return "the responses have other values";
  if (!same(one.trials, other.trials)) return "the trials differ";
  if ((a.model.family.given === "variances") !== (b.model.family.given === "variances"))
    return "only one has known variances";
  if (!same(one.weights, other.weights) || !same(one.frequencyWeights, other.frequencyWeights))
    return "the weights differ";
  return null;
}

/** A restricted likelihood integrates over the coefficients of the mean alone. */
const isOfMean = ({ component }: TidyRow) => component === MEAN_COMPONENT;

/** Whether a constant of one model is the intercept of a predictor of the other. */
const becamePredictor = (row: TidyRow, { fit: { model } }: Candidate) =>
  predictedParameters(model.family).some(({ name, predictor, said }) => {
    const isIt = said!.reported === "sigma" ? row.group === RESIDUAL_GROUP : row.effect === "aux" && row.term === name;
    return isIt && model.design.predictors[predictor!]!.names.includes("(Intercept)");
  });

const names = (rows: readonly TidyRow[], effects: readonly TidyRow["effect"][]) =>
  rows
    .filter(({ effect }) => effects.includes(effect))
    .map(({ component, group, term }) => `${component}/${group ?? ""}/${term}`);

function nestingWarnings(small: Candidate, large: Candidate): FitWarning[] {
  const all: TidyRow["effect"][] = ["fixed", "ran_pars", "aux"];
  const inLarge = new Set(names(large.tidy, all));
  const constants = small.tidy.filter((row) => !becamePredictor(row, large));
  const missing = names(constants, all).filter((name) => !inLarge.has(name));
  const family = ({ fit }: Candidate) => `${fit.model.family.name}(${fit.model.family.link})`;
  const warnings: FitWarning[] = [];
  if (missing.length > 0 || family(small) !== family(large))
    warnings.push(likelihoodRatioNestingUnseen(small.name, large.name));
  return warnings;
}

/** Whether the larger model has standard deviations that the smaller one has not. */
function hasNewVariances(small: Candidate, large: Candidate): boolean {
  const inSmall = new Set(names(small.tidy, ["ran_pars"]));
  return large.tidy.some(
    (row) => effectOfSd(row) !== null && !inSmall.has(`${row.component}/${row.group ?? ""}/${row.term}`),
  );
}

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
const chiSquareText = (df: number): string => `χ²${[...String(df)].map((digit) => SUBSCRIPTS[Number(digit)]).join("")}`;

/** `½χ²₁ + ½χ²₂`. */
const mixtureText = ({ weights }: ChiSquareMixture): string =>
  weights
    .filter(({ weight }) => weight > 0)
    .map(({ df, weight }) => `${weight === 0.5 ? "½" : weight === 0.25 ? "¼" : weight.toFixed(3)}${chiSquareText(df)}`)
    .join(" + ");

function report(rows: readonly LikelihoodRatioRow[], warnings: readonly FitWarning[], style: Style): string {
  const column = (header: string, values: readonly (number | null)[], decimals?: number) => ({
    header,
    cells: formatColumn(values, 4, decimals),
  });
  const lines = textTable(
    [
      { header: "", cells: rows.map(({ fit }) => fit), align: "left" },
      column(
        "npar",
        rows.map(({ npar }) => npar),
        0,
      ),
      column(
        "AIC",
        rows.map(({ AIC }) => AIC),
        2,
      ),
      column(
        "BIC",
        rows.map(({ BIC }) => BIC),
        2,
      ),
      column(
        "logLik",
        rows.map(({ logLik }) => logLik),
        2,
      ),
      column(
        "-2*log(L)",
        rows.map(({ minus2logLik }) => minus2logLik),
        2,
      ),
      column(
        "Chisq",
        rows.map(({ Chisq }) => Chisq),
        4,
      ),
      column(
        "Df",
        rows.map(({ Df }) => Df),
        0,
      ),
      { header: "p_value", cells: rows.map(({ p_value }) => formatPValue(p_value)) },
      ...(rows.some(({ distribution }) => distribution?.includes("+"))
        ? [
            {
              header: "distribution",
              cells: rows.map(({ distribution }) => distribution ?? ""),
              align: "left" as const,
            },
          ]
        : []),
    ],
    style,
  );
  for (const warning of warnings) lines.push("", style(`Warning: ${visibleLines(warning.message)}`, "warning"));
  return lines.join("\n");
}
