/** Tests of the terms of one fit: Wald's χ², or F with denominator degrees of freedom. */

import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { robustInference } from "../frequentist/robust/robust-inference.ts";
import { coefficientInference } from "../frequentist/small-sample/coefficient-inference.ts";
import { type TermHypothesis, typeThree, typeTwo } from "../frequentist/small-sample/term-hypotheses.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import {
  emptyCells,
  termTestsNeedLikelihood,
  termTestsNeedTerms,
  withoutDegrees,
  withoutTerms,
} from "../messages/small-sample.ts";
import type { Fit } from "../model/fit.ts";
import { refuseParts } from "../model/model-parts.ts";
import { parameterLabel, reportedParameters } from "../model/reported-parameters.ts";
import type { DdfMethod, RobustKind, robustAsked } from "../model/tidy-options.ts";
import { formatColumn, formatPValue } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import { chiSquareUpper } from "../special/distributions.ts";

export interface TermTestRow {
  /** As R labels it: `recipe:factor(temp)`. */
  readonly term: string;
  /** F, or the χ² of Wald where there are no denominator degrees of freedom; null where the rows say nothing of the term. */
  readonly statistic: number | null;
  /** Degrees of freedom of the hypothesis. */
  readonly num_df: number;
  /** Denominator degrees of freedom; null: the statistic is a χ². */
  readonly den_df: number | null;
  readonly p_value: number | null;
}

export interface TermTests extends Printable {
  readonly type: 2 | 3;
  readonly ddf: DdfMethod;
  readonly rows: readonly TermTestRow[];
  /** What is to be known of the hypotheses. */
  readonly warnings: readonly FitWarning[];
}

/**
 * Type II or III tests of the mean's terms.
 *
 * @param robust a robust covariance in the place of the model's
 * @param ddf default: Satterthwaite's degrees of freedom for REML fits, else none: χ²
 * @throws DeclarationError for posteriors and estimating equations, for a nonlinear mean, and where the fit has no such degrees of freedom
 */
export function termTests(
  fit: Fit,
  type: 2 | 3,
  ddf?: DdfMethod,
  robust: ReturnType<typeof robustAsked> = null,
): TermTests {
  if (fit.kind !== "ml") throw new DeclarationError([termTestsNeedLikelihood(fit.kind === "gee")]);
  refuseParts(fit.model, { "nonlinear mean": termTestsNeedTerms });
  const inference = robust ? robustInference(fit, { ...robust, ddf }) : coefficientInference(fit, ddf);
  // which hypothesis is tested does not depend on how
  const hypotheses =
    type === 3
      ? typeThree(fit.model)
      : typeTwo(fit.model, (robust ? coefficientInference(fit, "normal") : inference).covariance);
  const undetermined = fit instanceof MaximumLikelihood ? fit.undetermined : [];
  // the coefficients of the mean come first
  const without = reportedParameters(fit.model).flatMap((parameter, a) =>
    undetermined.includes(parameterLabel(parameter)) ? [a] : [],
  );
  const rows = hypotheses.map(({ term, L }: TermHypothesis): TermTestRow => {
    // coefficients without an error have no test
    if (L.some((row) => touches(row, without)))
      return { term, statistic: null, num_df: L.length, den_df: null, p_value: null };
    const { statistic, numDf, denDf, pValue } = inference.test(L);
    if (numDf === 0) return { term, statistic: null, num_df: 0, den_df: null, p_value: null };
    if (denDf < Number.POSITIVE_INFINITY) return { term, statistic, num_df: numDf, den_df: denDf, p_value: pValue };
    const chisq = numDf * statistic;
    return { term, statistic: chisq, num_df: numDf, den_df: null, p_value: chiSquareUpper(chisq, numDf) };
  });
  const warnings = hypotheses.some(({ estimable }) => estimable) ? [emptyCells()] : [];
  return printable({ type, ddf: inference.ddf, rows, warnings }, (style) =>
    [
      report(type, inference.ddf, rows, style, robust?.vcov),
      ...warnings.flatMap(({ message }) => ["", style(`Warning: ${visibleLines(message)}`, "warning")]),
    ].join("\n"),
  );
}

/** An entry of a contrast below this share of its largest is rounding. */
const ROUNDING = 1e-10;

function touches(row: ArrayLike<number>, places: readonly number[]): boolean {
  const largest = Array.from(row).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return places.some((a) => a < row.length && Math.abs(row[a]!) > ROUNDING * largest);
}

const DDF_TEXTS: Readonly<Record<DdfMethod, string>> = {
  satterthwaite: "F tests with Satterthwaite's degrees of freedom",
  "kenward-roger": "F tests of Kenward and Roger",
  "between-within": "F tests with degrees of freedom between and within groups",
  normal: "Wald χ² tests",
};

function report(type: 2 | 3, ddf: DdfMethod, rows: readonly TermTestRow[], style: Style, vcov?: RobustKind): string {
  const tested = rows.filter(({ statistic }) => statistic !== null);
  const without = ddf !== "normal" && tested.length > 0 && tested.every(({ den_df }) => den_df === null);
  if (rows.length === 0) return withoutTerms();
  return [
    style(
      `Type ${type === 2 ? "II" : "III"} tests of terms: ${vcov === undefined ? DDF_TEXTS[ddf] : `robust covariance ${vcov}${ddf === "normal" ? "" : ", approximate Hotelling T² (HTZ)"}`}`,
      "title",
    ),
    "",
    ...textTable(
      [
        { header: "", cells: rows.map(({ term }) => term), align: "left" },
        {
          header: "statistic",
          cells: formatColumn(
            rows.map(({ statistic }) => statistic),
            4,
            3,
          ),
        },
        {
          header: "num_df",
          cells: formatColumn(
            rows.map(({ num_df }) => num_df),
            4,
            0,
          ),
        },
        ...(rows.some(({ den_df }) => den_df !== null)
          ? [
              {
                header: "den_df",
                cells: formatColumn(
                  rows.map(({ den_df }) => den_df),
                  4,
                  1,
                ),
              },
            ]
          : []),
        { header: "p_value", cells: rows.map(({ p_value }) => formatPValue(p_value)) },
      ],
      style,
    ),
    ...(without ? ["", withoutDegrees()] : []),
  ].join("\n");
}
