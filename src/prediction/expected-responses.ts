/** What is expected of a row: one mean, or of an ordered response the probability of each category, or its expected number. */
import { dispersionOf } from "../families/distribution-parameters.ts";
import type { Family } from "../families/family.ts";
import { categoryProbabilities } from "./category-probability.ts";
import { categoryNumbers, expectedScore } from "./category-score.ts";
import type { IntervalScale } from "./interval.ts";
import { meanScale, scoreScale } from "./quantity.ts";
import { customMean, type ResponseMean, responseMean, tracedMean } from "./response-mean.ts";

export interface ExpectedResponse {
  /** The category whose probability it is. */
  readonly category?: string;
  readonly response: ResponseMean;
  /** Where its estimates are taken to be normal. */
  readonly scale: IntervalScale & { slope(value: number): number };
}

/**
 * The mean of a family's response; of an ordered one the probabilities of its categories, lowest first, or the expected number.
 *
 * @param score the expected number of the category; for families with categories only
 */
export function expectedResponses(family: Family, score = false): readonly ExpectedResponse[] {
  const { categories } = family;
  if (!categories) return [{ response: responseMean(family), scale: meanScale(family) }];
  if (score) return [{ response: expectedScore(family), scale: scoreScale(categoryNumbers(categories)) }];
  const scale = meanScale(family);
  return categoryProbabilities(family)!.map((response, k) => ({ category: categories[k]!, response, scale }));
}

const dispersions = new WeakMap<Family, ExpectedResponse>();

/**
 * The dispersion parameter of a family in the place of its mean, taken to be normal on the scale of its link; undefined where the family has none that
 * is estimated.
 */
export function expectedDispersion(family: Family): ExpectedResponse | undefined {
  const parameter = dispersionOf(family);
  if (!parameter) return undefined;
  let expected = dispersions.get(family);
  if (!expected) {
    const { name, predictor } = parameter;
    const { forward, inverse, slope, traced } = parameter.link!;
    const { variance: _, ...rest } = family;
    const response = customMean(
      tracedMean({
        ...rest,
        mean: (ops, row) => (predictor === null ? row.parameter[name]! : traced(ops, row.eta[predictor]!)),
      }),
    );
    expected = { response, scale: { to: forward, from: inverse, slope: (value) => 1 / slope(forward(value)) } };
    dispersions.set(family, expected);
  }
  return expected;
}
