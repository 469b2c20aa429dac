/** AIC, AICc, BIC with either number of observations, and conditional AIC of one fit. */
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { DeclarationError } from "../messages/issue.ts";
import * as messages from "../messages/model-choice.ts";
import type { Fit } from "../model/fit.ts";
import { requireFit } from "../model/require-fit.ts";
import { numberColumn } from "../report/number-column.ts";
import { type Printable, printable } from "../report/printable.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { conditionalAIC, conditionalAicFaults } from "./conditional-aic.ts";

export interface InformationCriterionRow {
  readonly criterion: "AIC" | "AICc" | "BIC" | "cAIC";
  /** What `n` counts: `rows`, or the levels of a grouping factor by its name. Null where there is no n. */
  readonly of: string | null;
  readonly n: number | null;
  /** Parameters: of the conditional AIC their effective number. */
  readonly df: number;
  /** Of the conditional AIC given the random effects; restricted for REML else. */
  readonly logLik: number;
  readonly value: number;
}

export interface InformationCriteria extends Printable {
  readonly rows: readonly InformationCriterionRow[];
  /** Why there is no conditional AIC; null where there is one. */
  readonly without: string | null;
}

/**
 * The information criteria of a fit. BIC with the number of rows is lme4's; with the number of groups it is that of a sample of groups (SAS' and the one of
 * Pauler 1998 for what varies between groups), one row a grouping factor. AICc is with rows. Criteria of REML fits compare models of the same mean alone.
 *
 * @throws DeclarationError for posteriors, estimating equations and methods without a likelihood
 * @example informationCriteria(fit).print();
 */
export function informationCriteria(fit: Fit): InformationCriteria {
  requireFit(fit, "informationCriteria()");
  const glance = fit.glance();
  if (!(fit instanceof MaximumLikelihood) || glance.logLik === null)
    throw new DeclarationError([messages.criteriaNeedLikelihood(fit.method)]);
  const { logLik, df } = fit;
  const { nobs } = glance;
  const rows: InformationCriterionRow[] = [{ criterion: "AIC", of: null, n: null, df, logLik, value: glance.AIC! }];
  if (glance.AICc !== null) rows.push({ criterion: "AICc", of: "rows", n: nobs, df, logLik, value: glance.AICc });
  rows.push({ criterion: "BIC", of: "rows", n: nobs, df, logLik, value: glance.BIC! });
  const groups = new Map(fit.model.design.random.map(({ group, levels }) => [group, levels.length]));
  for (const [of, n] of groups)
    rows.push({ criterion: "BIC", of, n, df, logLik, value: -2 * logLik + df * Math.log(n) });
  const faults = conditionalAicFaults(fit);
  if (faults.length === 0) {
    const { cAIC, logLik: conditional, df: effective } = conditionalAIC(fit);
    rows.push({ criterion: "cAIC", of: null, n: null, df: effective, logLik: conditional, value: cAIC });
  }
  const without = faults[0]?.message ?? null;
  return printable({ rows, without }, (style) => report(rows, without, style));
}

function report(rows: readonly InformationCriterionRow[], without: string | null, style: Style): string {
  return [
    style("Information criteria", "title"),
    "",
    ...textTable(
      [
        {
          header: "",
          cells: rows.map(({ criterion, of }) => (of ? `${criterion} (${of})` : criterion)),
          align: "left",
        },
        { header: "n", cells: rows.map(({ n }) => (n === null ? "" : String(n))) },
        { header: "df", cells: rows.map(({ criterion, df }) => (criterion === "cAIC" ? df.toFixed(2) : String(df))) },
        numberColumn("logLik", rows, ({ logLik }) => logLik, 2),
        numberColumn("value", rows, ({ value }) => value, 2),
      ],
      style,
    ),
    ...(without ? ["", without] : []),
  ].join("\n");
}
