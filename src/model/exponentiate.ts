/** Coefficients as ratios: exponentiated estimates and intervals, errors by the delta method, as broom's `exponentiate`. */
import { distributionParameters, MEAN_COMPONENT } from "../families/distribution-parameters.ts";
import { declarationFault } from "../messages/issue.ts";
import { exponentiateNeedsLink } from "../messages/objects.ts";
import type { CompiledModel } from "./compiled-model.ts";
import type { TidyRow } from "./fit.ts";

/** Links whose coefficients are logarithms of ratios: of means or odds or hazards. */
const RATIOS: readonly string[] = ["log", "logit", "cloglog"];

/**
 * Which rows of a table are logarithms of ratios: coefficients, not thresholds, of predictors with such a link.
 *
 * @throws DeclarationError where the mean has another link
 */
export function logRatios({ family }: CompiledModel): (row: TidyRow) => boolean {
  if (family.curve || !RATIOS.includes(family.link))
    throw declarationFault(exponentiateNeedsLink(family.curve ? "nonlinear" : family.link));
  const components = new Set<string>([MEAN_COMPONENT]);
  for (const { predictor, component, link } of distributionParameters(family))
    if (predictor !== null && RATIOS.includes(link?.name ?? "")) components.add(component);
  return ({ effect, component, coef_type }) =>
    effect === "fixed" && coef_type !== "intercept" && components.has(component);
}

const exp = (value: number | null): number | null => (value === null ? null : Math.exp(value));

/** A row of a coefficient as a ratio; statistic and p value are of the coefficient being 0, as before. */
const exponentiated = (row: TidyRow): TidyRow => ({
  ...row,
  estimate: Math.exp(row.estimate),
  std_error: row.std_error === null ? null : row.std_error * Math.exp(row.estimate),
  conf_low: exp(row.conf_low),
  conf_high: exp(row.conf_high),
});

/** The rows of a table, those that are logarithms of ratios exponentiated. */
export function withRatios(rows: readonly TidyRow[], model: CompiledModel): TidyRow[] {
  const isLogRatio = logRatios(model);
  return rows.map((row) => (isLogRatio(row) ? exponentiated(row) : row));
}
