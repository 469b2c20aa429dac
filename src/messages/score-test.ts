/** Texts about score tests of any fit. */
import { type Issue, issue } from "./issue.ts";

export const oneVariance = (): Issue =>
  issue(
    "bad-scope",
    ["added"],
    'A score test of random effects is of one variance alone: add one term of one effect a level, as "(1 | g)" or "(0 + x | g)", beside nothing else. Test others by anova(smaller, larger).',
  );

export const noVariancesHere = (): Issue =>
  issue("bad-scope", ["added"], "Estimating equations have no random effects to test: add terms of the mean.");

export const scoreNeedsLikelihood = (method: string): Issue =>
  issue(
    "anova-kind",
    ["fit"],
    `A score test is of the likelihood at a fit without what is tested, and ${method} is at no maximum of one: fit by ml(), reml() or laplace().`,
  );

export const scoreOfExactFit = (): Issue =>
  issue(
    "no-likelihood",
    ["fit"],
    "The residual variance of this fit is zero to rounding, so that its likelihood has no bound, and a slope of it says nothing of what could be added: the response is fitted exactly already.",
  );
