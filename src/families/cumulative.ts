/**
 * Ordered responses by cumulative links: P(Y ≤ k) = F(τ_k − η) with thresholds τ_1 < … < τ_{K−1} (McCullagh 1980, "Regression models
 * for ordinal data", JRSS B 42, 109–142; the sign as in R's `clm` and `polr`: a positive coefficient goes with higher categories).
 */

import { categoryNumber } from "../messages/ordinal.ts";
import { checkRows } from "./checks.ts";
import { CUMULATIVE_LINK_NAMES, CUMULATIVE_LINKS, type CumulativeLinkName } from "./cumulative-link.ts";
import type { Family, FamilyParameter, RowNumbers } from "./family.ts";
import { ofMean } from "./of-mean.ts";
import { type LinkOptions, remembered } from "./remembered.ts";

/** A family that is made anew for the categories of a response. */
export type OrdinalFamily = Family & Required<Pick<Family, "categories" | "forCategories">>;

/** Names of the thresholds between neighbouring categories, as R's `clm` writes them: `1|2`. */
export const thresholdNames = (labels: readonly string[]): string[] =>
  labels.slice(1).map((label, k) => `${labels[k]}|${label}`);

/**
 * An ordered response with a cumulative link (`logit`, the default: proportional odds; `probit`; `cloglog`: proportional hazards;
 * `loglog`, the same of the reversed order), P(Y ≤ k) = F(τ_k − η). There is no intercept: the thresholds take its place, whatever the formula says of one. The response is a factor
 * (`.factor("rating", ["low", "middle", "high"])` gives the order) or whole numbers; its categories become the family's when the model is
 * compiled.
 *
 * @example model(wine).formula("rating ~ temp + contact + (1 | judge)").family(cumulative({ link: "probit" }))
 */
export function cumulative(options?: LinkOptions<CumulativeLinkName>): OrdinalFamily {
  return cumulativeOf(options) as OrdinalFamily;
}

const cumulativeOf = remembered<CumulativeLinkName>("cumulative", CUMULATIVE_LINK_NAMES, (link) => {
  const made = new Map<string, OrdinalFamily>();
  const forCategories = (labels: readonly string[]): OrdinalFamily => {
    const key = JSON.stringify(labels);
    const family = made.get(key) ?? ofCategories(link, labels, forCategories);
    made.set(key, family);
    return family;
  };
  return forCategories(["1", "2"]);
});

/** The thresholds of the observed shares at η = 0, half an observation added to each category so that they are finite and ordered. */
function thresholdStart(link: CumulativeLinkName, k: number, count: number): FamilyParameter["start"] {
  return (y) => {
    let below = 0.5 * (k + 1);
    for (const category of y) if (category <= k + 1) below++;
    return CUMULATIVE_LINKS[link].forward(below / (y.length + 0.5 * count));
  };
}

function ofCategories(
  link: CumulativeLinkName,
  labels: readonly string[],
  forCategories: OrdinalFamily["forCategories"],
): OrdinalFamily {
  const { below, between, above, cdf, inverse } = CUMULATIVE_LINKS[link];
  const count = labels.length;
  const names = thresholdNames(labels);
  /** P(Y ≤ k), k from 1. */
  const upTo = (k: number, { eta, parameter }: RowNumbers): number =>
    k < 1 ? 0 : k >= count ? 1 : inverse(parameter[names[k - 1]!]! - ofMean(eta));
  return Object.freeze({
    name: "cumulative",
    response: "ordered",
    link,
    predictors: ["mu"],
    parameters: names.map(
      (name, k): FamilyParameter => ({
        name,
        support: k === 0 ? "real" : "ordered",
        start: thresholdStart(link, k, count),
        threshold: true,
      }),
    ),
    columns: ["y"],
    categories: Object.freeze([...labels]),
    forCategories,
    classes: count,
    classOf: (column) => column["y"]! - 1,
    logDensity(ops, { eta, parameter }, rowClass) {
      const lower = parameter[names[rowClass - 1]!];
      const upper = parameter[names[rowClass]!];
      if (!lower) return below(ops, ofMean(eta), upper!);
      return upper ? between(ops, ofMean(eta), upper, lower) : above(ops, ofMean(eta), lower);
    },
    mean: (ops, { eta, parameter }) =>
      names.reduce((sum, name) => ops.sub(sum, cdf(ops, ops.sub(parameter[name]!, ofMean(eta)))), ops.constant(count)),
    notation: {
      mean: "P(y_i ≤ k)",
      statement: () => "Categorical(p_i1, p_i2, …), P(y_i ≤ k) = p_i1 + … + p_ik",
    },
    simulate(rng, row) {
      const u = rng.uniform();
      let k = 1;
      while (k < count && u > upTo(k, row)) k++;
      return k;
    },
    cdf: (y, row) => upTo(Math.floor(y), row),
    ...(link === "probit" && { augmentation: "latent-normals" }),
    logConcave: true,
    startEta: () => 0,
    checkResponse: (y, _trials, rows, responseName) =>
      checkRows(
        "not-a-category",
        responseName,
        y,
        rows,
        (value) => Number.isInteger(value) && value >= 1 && value <= count,
        categoryNumber(count),
      ),
  } satisfies Family);
}
