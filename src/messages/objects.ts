/** Texts about what is made of a fit's tables: covariances with names, exponentiated coefficients. */
import { type Issue, issue } from "./issue.ts";

export const fullNeedsLikelihood = (): Issue =>
  issue(
    "no-covariance",
    ["full"],
    "Estimating equations have the covariance of the coefficients, and another of scale and correlation, fit.nuisanceCovariance(), but none between them: leave full out.",
  );

export const fullNotRobust = (): Issue =>
  issue(
    "no-covariance",
    ["full"],
    "The robust covariance of a Gaussian fit is of its coefficients, and says nothing of variances and correlations: leave full out, or vcov.",
  );

export const ddfHasNoCovariance = (ddf: string, full = false): Issue =>
  issue(
    "no-degrees-of-freedom",
    ["ddf"],
    ddf === "kenward-roger"
      ? full
        ? 'ddf "kenward-roger" adjusts the covariance of the coefficients alone: leave full out.'
        : 'ddf "kenward-roger" adjusts the covariance of REML fits: leave ddf out.'
      : `ddf "${ddf}" changes degrees of freedom and no covariance: "kenward-roger" does, or leave ddf out.`,
  );

export const exponentiateNeedsLink = (link: string): Issue =>
  issue(
    "no-link",
    ["exponentiate"],
    `exponentiate makes ratios of coefficients of a log, logit or cloglog link, and the mean has the ${link} link: leave exponentiate out, or compare averages by populationAverage(fit).`,
  );
