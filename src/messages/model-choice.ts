/** Texts about choosing random terms, conditional AIC and components of random effects. */
import { type FitWarning, type Issue, issue } from "./issue.ts";

export const reductionNeedsLikelihood = (method: string): Issue =>
  issue(
    "anova-kind",
    ["fit"],
    `reduceRandom() compares likelihoods, and ${method} has none: use a fit by ml(), reml(), laplace() or agq().`,
  );

export const reductionOfCurve = (): Issue =>
  issue(
    "anova-kind",
    ["fit"],
    "reduceRandom() reduces the random terms of a linear mean, and this mean is nonlinear: fit the smaller models by fit.update() and compare them by anova(smaller, larger).",
  );

export const nothingToReduce = (): Issue =>
  issue(
    "bad-random",
    ["fit"],
    "The mean has no random term that could be left out: reduceRandom() begins from a model with random terms of its own mean.",
  );

export const alphaOfRatiosAlone = (criterion: string): Issue =>
  issue(
    "unused-option",
    ["alpha"],
    `alpha is the level of likelihood-ratio tests, and the criterion is ${criterion}: ask for criterion: "LRT", or leave alpha out.`,
  );

export const candidateRefused = (formula: string, reason: string): FitWarning => ({
  code: "reduction-refused",
  message: `${formula} could not be fitted and was passed over: ${reason}`,
});

export const stillSingular = (formula: string): FitWarning => ({
  code: "boundary",
  message: `The last model, ${formula}, is still singular, and nothing that could be left out mends that.`,
});

export const conditionalNeedsLikelihood = (method: string): Issue =>
  issue(
    "anova-kind",
    ["fit"],
    `Conditional AIC is of fits by likelihood without a penalty, and this one is by ${method}: fit by ml(), reml() or laplace(); predictions of posteriors are compared by looCompare().`,
  );

export const conditionalWithout = (what: string): Issue =>
  issue(
    "anova-kind",
    ["fit"],
    `Conditional AIC is not known of ${what} here: compare by the AIC of glance(), or by anova(smaller, larger).`,
  );

export const conditionalOfFamily = (family: string): Issue =>
  issue(
    "anova-kind",
    ["fit"],
    `Conditional AIC is known of gaussian, poisson and 0/1 responses, and not of ${family} ones with several trials or another distribution: compare by the AIC of glance().`,
  );

export const componentsNeedFit = (method: string): Issue =>
  issue(
    "anova-kind",
    ["fit"],
    `rePCA() is of a fit's estimated covariance of random effects, and ${method} has no estimate of one: use a fit by likelihood.`,
  );

export const componentsNeedEffects = (): Issue =>
  issue(
    "bad-random",
    ["fit"],
    "The fit has no random effects, so that there are no components of them: add a term as (x | g).",
  );

export const criteriaNeedLikelihood = (method: string): Issue =>
  issue(
    "anova-kind",
    ["fit"],
    `informationCriteria() is of a likelihood, and ${method} has none: fit by ml(), reml() or laplace().`,
  );
