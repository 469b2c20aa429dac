/** Texts about what a fit of an ordered response cannot be asked. */
import type { Issue } from "./issue.ts";
import { refusal } from "./ordinal.ts";

export const ordinalConjugate = (): Issue =>
  refusal(
    "conjugate-thresholds",
    "sampler",
    "A joint normal prior of the coefficients (B) does not suit Gibbs sampling of an ordered response, whose thresholds are drawn with them: give the coefficients and thresholds priors by .prior(...), and the random effects theirs by huangWandPrior(...) or the G of mcmcglmmPrior(...).",
  );

// What an ordered response cannot be asked

export const ordinalResiduals = (): Issue =>
  refusal(
    "residuals-of-categories",
    "type",
    "A response with ordered categories has no difference from its mean; use quantileResiduals(fit).",
  );

export const ordinalPopulationLink = (): Issue =>
  refusal(
    "population-link-of-categories",
    "type",
    "The link of a population mean is that of one mean, and an ordered response has a probability for each category; use type response, or the linear predictor of a typical group.",
  );

export const ordinalMarginalCoefficients = (): Issue =>
  refusal(
    "marginal-of-categories",
    "fit",
    "Marginal and attenuated coefficients are those of one mean, and an ordered response has a probability for each category; use populationAverage(fit), which gives them all.",
  );

export const scoreWithoutCategories = (family: string): Issue =>
  refusal(
    "score-without-categories",
    "score",
    `A score is the expected number of an ordered response's category, and the family is '${family}': leave the option score out.`,
  );

export const ordinalEstimatingEquations = (): Issue =>
  refusal(
    "gee-of-categories",
    "family",
    "Estimating equations model the mean of a response, and an ordered response has a probability for each category: fit it by laplace() or agq(), whose populationAverage(fit) integrates the random effects out.",
  );
