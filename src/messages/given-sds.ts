/** Texts about standard deviations that are given instead of estimated: of random effects, and of the residual. */

import { excerpt } from "./formula.ts";
import { type Issue, issue } from "./issue.ts";
import { shown } from "./options.ts";

export const sdArgument = (text: string, position: number): string =>
  `The argument sd gives standard deviations: a number above 0, or one for each effect as c(1, 2).${excerpt(text, position)}`;

export const sdNeeded = (text: string, position: number, word: string): string =>
  `${word}() has given variances: add their square roots, as ${word}(0 + x | g, sd = c(1, 2)), or write cor() for variances of 1.${excerpt(text, position)}`;

export const sdOfOnes = (text: string, position: number, word: string): string =>
  `${word}() has variances of 1 and takes no sd; write corh(0 + x | g, sd = c(1, 2)) for others.${excerpt(text, position)}`;

export const badSds = (group: string): Issue =>
  issue(
    "bad-sd",
    ["random", group],
    `The standard deviations given for the effects of ${group} must be a number above 0, or one for each effect, as { sd: [1, 2] }.`,
  );

export const sdCountDiffers = (term: string, given: number, names: readonly string[]): string =>
  `The term ${term} gives ${given} standard deviations but has ${names.length} effects: ${names.join(", ")}. Give one for all of them, or one for each.`;

export const sdsOfOneVariance = (term: string, kind: string): string =>
  `The term ${term} has one variance by its structure ${kind}, but different standard deviations are given; give one, or use ${kind === "homcs" ? "cs" : "diag"}.`;

export const conjugateGivenSds = (name: string): Issue =>
  issue(
    "mcmcglmm-prior",
    ["sampler", "prior"],
    `The prior of ${name} is of a whole covariance matrix, but its standard deviations are given; leave it out and put a prior on the correlations, as .prior("cor", lkj(2)).`,
  );

export const badSigma = (sigma: unknown): Issue =>
  issue(
    "bad-sigma",
    ["sigma"],
    `The residual standard deviation must be a finite number above 0, not ${shown(sigma)}.`,
  );

const sigmaIssue = (message: string): Issue => issue("sigma", ["sigma"], message);

export const sigmaOnlyGaussian = (family: string, link: string | undefined): Issue =>
  sigmaIssue(
    `A given residual standard deviation belongs to a Gaussian response with identity link, but the family is ${family}${link === undefined ? "" : ` with link ${link}`}; leave .sigma() out.`,
  );

export const sigmaBesideVariances = (): Issue =>
  sigmaIssue(
    "The residual variance is known row by row and the residual standard deviation is given too; leave out .knownVariance() or .sigma().",
  );

export const sigmaWithNonlinear = (): Issue =>
  sigmaIssue("A given residual standard deviation goes with a linear mean; leave the nonlinear mean or .sigma() out.");

export const geeWithSigma = (): Issue =>
  sigmaIssue(
    "Generalised estimating equations take a scale that is held by their own option, gee({ scaleFix: … }); leave .sigma() out.",
  );

export const pqlWithSigma = (): Issue =>
  sigmaIssue("Penalised quasi-likelihood estimates a dispersion; fit by ml() or reml(), or leave .sigma() out.");

export const residualOfGivenSigma: Issue = issue(
  "mcmcglmm-prior",
  ["sampler", "prior"],
  "The residual standard deviation is given, so a prior R of the residual variance has nothing to be about; leave R out.",
);
