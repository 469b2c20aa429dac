/** What is said of profile likelihoods. */
import type { FitWarning, Issue } from "./issue.ts";
import { issue } from "./issue.ts";
import { listedWithAnd } from "./lists.ts";

export const profileNeedsLikelihood = (method: string): Issue =>
  issue(
    "profile-likelihood",
    ["method"],
    `A profile needs a likelihood of all parameters, and ${method} maximises none: fit by "ml", "laplace" or agq(), or take Wald or bootstrap intervals.`,
  );

export const profileOfFixedPoint = (): Issue =>
  issue(
    "profile-likelihood",
    ["residual"],
    "A variance function of the fitted values is estimated by a fixed point, which is no maximum of a likelihood, so that there is no profile: take Wald or bootstrap intervals.",
  );

export const notRestricted = (method: string): Issue =>
  issue(
    "profile-likelihood",
    ["likelihood"],
    `The restricted likelihood is of REML fits, and this is one by ${method}: fit by "reml", or leave likelihood out.`,
  );

export const likelihoodWithout = (method: string): Issue =>
  issue(
    "profile-likelihood",
    ["likelihood"],
    `Which likelihood is profiled says nothing of intervals of the method "${method}": leave likelihood out, or ask for the method "profile".`,
  );

export const bootstrapWithout = (options: readonly string[], method: string): Issue =>
  issue(
    "unused-option",
    options.slice(0, 1),
    `${listedWithAnd(options)} ${options.length === 1 ? "is" : "are"} of intervals by bootstrap, and these are of the method "${method}": leave ${options.length === 1 ? "it" : "them"} out, or ask for the method "bootstrap".`,
  );

export const profileWithoutMaximum = (verdict: string): Issue =>
  issue(
    "profile-likelihood",
    ["fit"],
    `The log-likelihood of this fit (${verdict}) is not finite, so that it has no profile: mend the fit first.`,
  );

export const profileOfExactFit = (): Issue =>
  issue(
    "profile-likelihood",
    ["fit"],
    "The residual variance of this fit is zero to rounding, so that its likelihood has no bound and no profile: the estimates are exact, and intervals about them would be of rounding.",
  );

export const profileOfEffects = (): string =>
  "A conditional average depends on the random effects, which are no parameters, and has no profile: ask for the estimand population or typical, or for another method.";

/** @param gains by parameter, how much higher its profile comes */
export const profileFoundHigher = (gains: readonly { readonly name: string; readonly gain: number }[]): FitWarning => {
  const { name, gain } = gains.reduce((most, one) => (one.gain > most.gain ? one : most));
  return {
    code: "profile-higher",
    message: `The profile of ${name} comes to a log-likelihood ${gain.toPrecision(2)} above that of the fit, which is not at the highest maximum: fit again from another start.`,
  };
};

export const intervalNotOf = (method: string, of: string): Issue =>
  issue(
    "no-such-interval",
    ["method"],
    `A fit by ${of} has no intervals of the method "${method}": "profile" and "wald" are of maximum-likelihood fits, "bootstrap" of fits that can be made again, "posterior" of draws.`,
  );

export const ciNeedsLikelihood = (ci: string): Issue =>
  issue(
    "no-such-interval",
    ["ci"],
    `ci: "${ci}" takes the profile of a likelihood, which only maximum-likelihood fits have: leave ci out.`,
  );
