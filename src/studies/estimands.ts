/** What a study is about: quantities that a method estimates and whose true value is known from the parameters that the data come from. */

import { type EstimateOptions, estimate, type Statistic } from "../effects/estimate.ts";
import { type PopulationAverageOptions, populationAverage } from "../effects/population-average.ts";
import { refusal } from "../messages/issue.ts";
import { noEstimate, severalAverages } from "../messages/studies.ts";
import type { DistributionFit, Fit, TidyRow } from "../model/fit.ts";
import { parameterLabel } from "../model/reported-parameters.ts";
import { madeOf } from "./source-of.ts";

/** What is said of an estimand: an estimate alone, or with its error, interval and test. */
export interface EstimandValue {
  readonly estimate: number | null;
  readonly std_error?: number | null;
  readonly df?: number | null;
  /** Null with an estimate: the interval is open, or there is none. */
  readonly conf_low?: number | null;
  readonly conf_high?: number | null;
  readonly p_value?: number | null;
}

/**
 * A function of a fit. It is also asked of the true parameters, as of a fit that has them without error: so the truth of a population average is the library's
 * own integral over the true random effects.
 */
export type StudyEstimand = (fit: Fit) => number | EstimandValue;

/** The tables of a fit, each made once however many estimands read it. */
const tables = new WeakMap<Fit, readonly TidyRow[]>();

function tidyOf(fit: Fit): readonly TidyRow[] {
  const known = tables.get(fit);
  if (known) return known;
  const rows = fit.tidy();
  tables.set(fit, rows);
  return rows;
}

/**
 * A parameter by its name in `tidy()`: the term alone, as `trt` or `sd__(Intercept)`, or with its group, as `Subject sd__Days`.
 *
 * @example estimands: { trt: parameter("trt"), sd: parameter("herd sd__(Intercept)") }
 */
export const parameter = (name: string): StudyEstimand =>
  madeOf(
    (fit) => {
      const rows = tidyOf(fit);
      const row = rows.find((one) => parameterLabel(one) === name) ?? rows.find(({ term }) => term === name);
      if (!row) throw refusal("unknown-parameter", ["estimands"], noEstimate(name, rows.map(parameterLabel)));
      return row;
    },
    "parameter",
    name,
  );

/**
 * The one contrast that `populationAverage()` makes with these options, or the one average without contrasts: random effects integrated out.
 * A contrast is the difference unless `measure` says otherwise.
 *
 * @example estimands: { difference: average({ by: "trt", contrasts: "pairwise" }) }
 */
export const average = (options: PopulationAverageOptions): StudyEstimand =>
  madeOf(
    (fit) => {
      const { rows, contrasts } = populationAverage(fit as DistributionFit, { estimands: ["population"], ...options });
      const differences = contrasts.filter(({ measure }) => options.measure !== undefined || measure === "difference");
      const found = differences.length > 0 ? differences : rows;
      if (found.length !== 1) throw refusal("bad-study", ["estimands"], severalAverages(found.length));
      return found[0]!;
    },
    "average",
    options,
  );

/**
 * A statistic as `estimate()` takes it, by a function of the parameters and of averages.
 *
 * @example estimands: { ratio: statistic((_, ask) => ask.average({ trt: 1 }) / ask.average({ trt: 0 }), { scale: "log", null: 1 }) }
 */
export const statistic = (of: Statistic, options?: EstimateOptions): StudyEstimand =>
  madeOf((fit) => estimate(fit, of, options).rows[0]!, "statistic", of, options);
