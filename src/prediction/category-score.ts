/**
 * The expected number of a row's category, E[Y] = Σ_k s_k P(Y = k), with random effects in η or integrated out of it. The numbers are the categories'
 * own where all their labels are numbers, else 1, 2, ….
 */
import { isNumberText } from "../data/number-text.ts";
import type { Family } from "../families/family.ts";
import { categoryProbabilities } from "./category-probability.ts";
import { type MeanBuffers, meanBuffers } from "./conditional-mean.ts";
import type { ResponseMean } from "./response-mean.ts";

/** The numbers of categories. */
export const categoryNumbers = (categories: readonly string[]): readonly number[] =>
  categories.every(isNumberText) && new Set(categories.map(Number)).size === categories.length
    ? categories.map(Number)
    : categories.map((_, k) => k + 1);

/** Responses as a fit has them, with the categories of an ordered one by their own numbers and not by their places. */
export function ownNumbers(family: Pick<Family, "categories">, y: Float64Array): Float64Array {
  if (!family.categories) return y;
  const numbers = categoryNumbers(family.categories);
  return y.map((place) => numbers[place - 1] ?? Number.NaN);
}

/** The score of a family with categories. */
function categoryScore(family: Family): ResponseMean {
  const probabilities = categoryProbabilities(family)!;
  const thresholds = family.parameters.length;
  const score = categoryNumbers(family.categories!);
  let part: MeanBuffers = meanBuffers(0, 1, thresholds);
  return {
    evaluate(eta, variance, phi, n, out) {
      if (part.value.length < n) part = meanBuffers(n, 1, thresholds);
      const to = numbersOf(out);
      const from = numbersOf(part);
      for (const numbers of [...to, ...out.dCovariance, out.error]) numbers.fill(0, 0, n);
      probabilities.forEach((probability, k) => {
        probability.evaluate(eta, variance, phi, n, part);
        from.forEach((numbers, j) => {
          const sum = to[j]!;
          for (let i = 0; i < n; i++) sum[i]! += score[k]! * numbers[i]!;
        });
      });
    },
  };
}

const numbersOf = ({ value, dEta, dVariance, dPhi }: MeanBuffers): Float64Array[] => [
  value,
  ...dEta,
  ...dVariance,
  ...dPhi,
];

const known = new WeakMap<Family, ResponseMean>();

/** The expected number of the category of a family with categories, made once. */
export function expectedScore(family: Family): ResponseMean {
  let score = known.get(family);
  if (!score) {
    score = categoryScore(family);
    known.set(family, score);
  }
  return score;
}
