/** What is averaged over rows: the mean of a row, or where its linear predictor or the link of its mean lies. */

import { type DifferentiableScale, onIdentity } from "../estimates/estimator.ts";
import type { Family } from "../families/family.ts";
import { ofMean } from "../families/of-mean.ts";
import { noLinkToAverage } from "../messages/averages.ts";
import { declarationFault } from "../messages/issue.ts";
import type { ParameterLayout } from "../model/parameter-layout.ts";
import type { Estimand } from "../prediction/estimand.ts";
import { expectedResponses } from "../prediction/expected-responses.ts";
import { linkFunction } from "../prediction/link-function.ts";
import { type ResponseMean, responseMean } from "../prediction/response-mean.ts";
import type { RowMeans } from "../prediction/row-means.ts";

/**
 * `response`: averages of means. `link`: averages of linear predictors, of the population those of the link of each row's mean.
 * `back-transformed`: the mean at the average on the scale of the link, as emmeans has by `type = "response"`.
 */
export const averageScales = ["response", "link", "back-transformed"] as const;

export type AverageScale = (typeof averageScales)[number];

/** A quantity of a row, a function of its means and predictors. */
export interface AveragedQuantity {
  readonly response: ResponseMean;
  /** After `means.evaluate`. */
  value(means: RowMeans, i: number): number;
  addGradient(means: RowMeans, i: number, scale: number, gx: Float64Array, gb: readonly Float64Array[] | null): void;
}

/** A quantity with how its average is reported. */
export interface ReportedQuantity {
  readonly quantity: AveragedQuantity;
  /** What tells it from the others of the row: the category of an ordered response. */
  readonly label: Readonly<Record<string, string>>;
  /** Where its estimate is taken to be normal. */
  readonly scale: DifferentiableScale;
  /** Taken of the average at last; absent: it is as it is. */
  readonly after?: { value(average: number): number; slope(average: number): number };
}

export const meanOf = (response: ResponseMean): AveragedQuantity => ({
  response,
  value: (means, i) => means.mean.value[i]!,
  addGradient: (means, i, scale, gx, gb) => means.addMeanGradient(i, scale, gx, gb),
});

const linearPredictor = (family: Family): AveragedQuantity => ({
  response: responseMean(family),
  value: (means, i) => ofMean(means.eta)[i]!,
  addGradient: (means, i, scale, gx, gb) => means.addPredictorGradient(0, i, scale, gx, gb),
});

/** g of a row's mean, for a named link. */
function linkOfMean(family: Family): AveragedQuantity {
  const link = linkFunction(family.link as Exclude<Family["link"], "custom">);
  return {
    response: responseMean(family),
    value: (means, i) => link.link(means.mean.value[i]!),
    addGradient(means, i, scale, gx, gb) {
      means.addMeanGradient(i, scale / link.slope(link.link(means.mean.value[i]!)), gx, gb);
    },
  };
}

/**
 * The latent variable of an ordered response, from the average of the thresholds: random effects of mean 0 do not move its average over the population.
 */
function latentVariable(family: Family, { phi }: ParameterLayout): AveragedQuantity {
  const thresholds = family.parameters.flatMap(({ threshold }, g) => (threshold ? [g] : []));
  return {
    response: responseMean(family),
    value: (means, i) =>
      ofMean(means.eta)[i]! - thresholds.reduce((sum, g) => sum + means.phi[g]!, 0) / thresholds.length,
    addGradient(means, i, scale, gx, gb) {
      means.addPredictorGradient(0, i, scale, gx, gb);
      for (const g of thresholds) gx[phi.offset + g]! -= scale / thresholds.length;
    },
  };
}

/**
 * What is averaged of the rows of a family: the mean, the probability of each category, or its expected number; on the scale of the link one quantity.
 *
 * @throws DeclarationError where there is no link of the mean
 */
export function reportedQuantities(
  family: Family,
  layout: ParameterLayout,
  estimand: Estimand,
  scale: AverageScale,
  score: boolean,
): readonly ReportedQuantity[] {
  if (scale === "response")
    return expectedResponses(family, score).map(({ category, response, scale: own }) => ({
      quantity: meanOf(response),
      label: category === undefined ? {} : { category },
      scale: own,
    }));
  if (family.response === "ordered" && scale === "link" && !score)
    return [{ quantity: latentVariable(family, layout), label: {}, scale: onIdentity }];
  if (family.response === "ordered" || family.link === "custom")
    throw declarationFault(noLinkToAverage(scale, family.name));
  const quantity = estimand === "population" ? linkOfMean(family) : linearPredictor(family);
  if (scale === "link") return [{ quantity, label: {}, scale: onIdentity }];
  const own = expectedResponses(family)[0]!.scale;
  const link = linkFunction(family.link);
  return [{ quantity, label: {}, scale: own, after: { value: link.mean, slope: link.slope } }];
}
