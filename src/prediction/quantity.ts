/** How a predicted quantity follows from a row's mean and linear predictor, and the scale its interval is formed on. */

import type { Family } from "../families/family.ts";
import { ofMean } from "../families/of-mean.ts";
import type { Estimand } from "./estimand.ts";
import { type IntervalScale, identityScale, logScale } from "./interval.ts";
import { linkFunction } from "./link-function.ts";
import type { RowMeans } from "./row-means.ts";

/** Probabilities of categories are taken to be normal on the logit scale, whatever the link. */
const probabilityScale: IntervalScale & { slope(mean: number): number } = {
  name: "logit",
  to: linkFunction("logit").link,
  from: linkFunction("logit").mean,
  slope: (p) => 1 / (p * (1 - p)),
};

/** The expected number of a category, between the least and the greatest of them: the logit scale of where it lies. */
export function scoreScale(numbers: readonly number[]): IntervalScale & { slope(score: number): number } {
  const least = Math.min(...numbers);
  const span = Math.max(...numbers) - least;
  return {
    to: (score) => probabilityScale.to((score - least) / span),
    from: (value) => least + span * probabilityScale.from(value),
    slope: (score) => probabilityScale.slope((score - least) / span) / span,
  };
}

/** The scale on which a mean of this family is taken to be normal: its link; log for the inverse link, whose interval could cross 0. */
export function meanScale(family: Family): IntervalScale & { slope(mean: number): number } {
  if (family.response === "ordered") return probabilityScale;
  if (family.link === "custom" || family.link === "identity") return { ...identityScale, slope: () => 1 };
  if (family.link === "inverse") return { ...logScale, slope: (mean) => 1 / mean };
  const link = linkFunction(family.link);
  const from = link.name === "sqrt" ? (value: number) => (value > 0 ? value * value : 0) : link.mean;
  return { name: link.name, to: link.link, from, slope: (mean) => 1 / link.slope(link.link(mean)) };
}

/** How a predicted quantity follows from a row's mean and η: value, and the factor its gradient takes of which gradient. */
export interface Quantity {
  value(means: RowMeans, i: number): number;
  addGradient(means: RowMeans, i: number, gx: Float64Array, gb: readonly Float64Array[] | null): void;
}

/** The expected value, or the linear predictor; of a population mean its link. */
export function quantityOf(family: Family, type: "response" | "link", estimand: Estimand): Quantity {
  if (type === "response")
    return {
      value: (means, i) => means.mean.value[i]!,
      addGradient: (means, i, gx, gb) => means.addMeanGradient(i, 1, gx, gb),
    };
  if (estimand !== "population" || family.link === "custom")
    return {
      value: (means, i) => ofMean(means.eta)[i]!,
      addGradient: (means, i, gx, gb) => means.addPredictorGradient(0, i, 1, gx, gb),
    };
  const link = linkFunction(family.link);
  return {
    value: (means, i) => link.link(means.mean.value[i]!),
    addGradient(means, i, gx, gb) {
      means.addMeanGradient(i, 1 / link.slope(link.link(means.mean.value[i]!)), gx, gb);
    },
  };
}
