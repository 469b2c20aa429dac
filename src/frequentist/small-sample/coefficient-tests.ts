/** What the rows of a coefficient table are tested with. */

import { ofMean } from "../../families/of-mean.ts";
import { chooseIntegral } from "../../model/choose-integral.ts";
import type { MaximumLikelihoodFit } from "../../model/fit.ts";
import type { DdfMethod } from "../../model/tidy-options.ts";
import type { CoefficientTests } from "../wald-table.ts";
import { type CoefficientInference, coefficientInference, defaultDdf, rowsThatCount } from "./coefficient-inference.ts";

/** How contrasts of the mean's coefficients are tested; nothing but degrees of freedom: with the fit's own covariance. */
export type ContrastTests = Pick<CoefficientInference, "df"> & Partial<CoefficientInference>;

/**
 * The t tests of contrasts of the mean's coefficients; null: the normal distribution. The one place that knows what they are by default.
 *
 * @param ddf as asked for
 * @throws DeclarationError where the fit has no such degrees of freedom
 */
export function contrastTests(fit: MaximumLikelihoodFit, ddf: DdfMethod | undefined): ContrastTests | null {
  const { model } = fit;
  // by maximum likelihood too, where a variance was estimated and nothing else, t tests on n − p degrees of freedom
  const plain = chooseIntegral(model).exact && model.design.random.length === 0 && model.family.sigma === undefined;
  if (ddf === undefined && plain && fit.method !== "REML") {
    const df = rowsThatCount(fit) - ofMean(model.layout.beta).size;
    return { df: () => df };
  }
  return (ddf ?? defaultDdf(fit)) === "normal" ? null : coefficientInference(fit, ddf);
}

/**
 * The t tests of the mean's coefficients; null: the normal distribution.
 *
 * @param ddf as asked for
 * @throws DeclarationError where the fit has no such degrees of freedom
 */
export function coefficientTests(fit: MaximumLikelihoodFit, ddf: DdfMethod | undefined): CoefficientTests | null {
  const tests = contrastTests(fit, ddf);
  if (!tests) return null;
  const { size } = ofMean(fit.model.layout.beta);
  const { df, ddf: method, standardError } = tests;
  const unit = (a: number) => Float64Array.from({ length: size }, (_, k) => (k === a ? 1 : 0));
  return {
    df: (a) => df(unit(a)),
    ...(method === "kenward-roger" && standardError && { error: (a) => standardError(unit(a)) }),
  };
}
