/** What the rows of a coefficient table are tested with. */

import { ofMean } from "../../families/of-mean.ts";
import { chooseIntegral } from "../../model/choose-integral.ts";
import type { MaximumLikelihoodFit } from "../../model/fit.ts";
import type { DdfMethod } from "../../model/tidy-options.ts";
import type { CoefficientTests } from "../wald-table.ts";
import { coefficientInference, rowsThatCount } from "./coefficient-inference.ts";

/**
 * The t tests of the mean's coefficients; null: the normal distribution.
 *
 * @param ddf as asked for
 * @throws DeclarationError where the fit has no such degrees of freedom
 */
export function coefficientTests(fit: MaximumLikelihoodFit, ddf: DdfMethod | undefined): CoefficientTests | null {
  const { model } = fit;
  const { size } = ofMean(model.layout.beta);
  // by maximum likelihood too, where a variance was estimated and nothing else, t tests on n − p degrees of freedom
  const plain = chooseIntegral(model).exact && model.design.random.length === 0 && model.family.sigma === undefined;
  if (ddf === undefined && plain && fit.method !== "REML") {
    const df = rowsThatCount(fit) - size;
    return { df: () => df };
  }
  const inference = coefficientInference(fit, ddf);
  if (inference.ddf === "normal") return null;
  const unit = (a: number) => Float64Array.from({ length: size }, (_, k) => (k === a ? 1 : 0));
  return {
    df: (a) => inference.df(unit(a)),
    ...(inference.ddf === "kenward-roger" && { error: (a) => inference.standardError(unit(a)) }),
  };
}
