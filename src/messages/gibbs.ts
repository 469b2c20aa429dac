/** Texts about Gibbs sampling. */
import { type FitWarning, type Issue, issue } from "./issue.ts";

export const factorisationFailed: Issue = issue(
  "gibbs-singular",
  ["sampler", "gibbs"],
  "A Gibbs sweep met a precision matrix that is not positive definite to working precision; give the coefficients and standard deviations proper priors, or sample with nuts().",
);

export const gibbsPredictors = (family: string, predictors: number): Issue =>
  issue(
    "gibbs-family",
    ["sampler", "gibbs"],
    `Gibbs sampling serves families with one linear predictor, but ${family} has ${predictors}; sample it with nuts(), or leave .dispersion() and .parameter() (--dispersion, --predictor) out.`,
  );

export const gibbsFamily = (family: string, link: string): Issue =>
  issue(
    "gibbs-family",
    ["sampler", "gibbs"],
    `Gibbs sampling has no exact step for the ${family} family with ${link} link; it serves gaussian, binomial with logit or probit link, cumulative with probit link, poisson and nbinom2 with log link. Sample this model with nuts().`,
  );

export const gibbsModelPart = (part: string): Issue =>
  issue("gibbs-model", ["sampler", "gibbs"], `Gibbs sampling does not serve ${part}; sample this model with nuts().`);

export const gibbsPrior = (label: string, prior: string, served: string): Issue =>
  issue(
    "gibbs-prior",
    ["priors", label],
    `Gibbs sampling has no exact step for the prior ${prior} of ${label}; use ${served}, or sample with nuts().`,
  );

export const probitTooLarge = (total: number, most: number): Issue =>
  issue(
    "gibbs-probit-size",
    ["sampler", "gibbs"],
    `Gibbs sampling of a probit model draws one latent normal a trial, and the data have ${total} trials (at most ${most}); sample it with nuts().`,
  );

export const probitWeights = (row: number): Issue =>
  issue(
    "gibbs-probit-weights",
    ["sampler", "gibbs"],
    `Gibbs sampling of a probit model needs weights that are whole numbers, since a trial is a latent normal, but that of row ${row} is not; sample it with nuts().`,
  );

export const conjugatePriorShape = (message: string): Issue => issue("mcmcglmm-prior", ["sampler", "prior"], message);

export const improperConjugatePrior = (names: readonly string[]): FitWarning => ({
  code: "flat-prior",
  message: `The inverse-Wishart prior of ${names.join(", ")} has too few degrees of freedom to be proper, so the posterior may be improper; raise nu if the draws wander off.`,
});

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

export const conjugateCoefficients = (own: number, names: readonly string[]): Issue =>
  conjugatePriorShape(
    `The prior of the coefficients has ${own} of them, but the model has ${names.length}: ${names.join(", ")}.`,
  );

export const conjugateTerms = (own: number, terms: number): Issue =>
  conjugatePriorShape(
    `The prior has ${counted(own, "covariance")} of random effects, but the model has ${counted(terms, "random term")}.`,
  );

export const conjugateEffects = (term: string, own: number, effects: number): Issue =>
  conjugatePriorShape(`The prior of the term (${term}) is of ${counted(own, "effect")}, but the term has ${effects}.`);

/** @param structure name of the term's covariance structure */
export const conjugateNeedsUnstructured = (term: string, structure: string): Issue =>
  conjugatePriorShape(
    `The effects of the term (${term}) have the covariance structure "${structure}", for which a prior of the whole covariance matrix does not serve; ${structure === "diag" ? "write each effect as a term of its own" : 'give priors of "sd" and "cor" instead'}.`,
  );

export const expansionEffects = (term: string, effects: number): Issue =>
  conjugatePriorShape(`alphaMu and alphaV of the term (${term}) must be of ${counted(effects, "effect")}, as V is.`);

export const residualOfKnownVariances: Issue = conjugatePriorShape(
  "The prior has a residual variance (R), but the model's residual variances are known; leave R out.",
);

export const residualOfFamilyWithout = (family: string): Issue =>
  conjugatePriorShape(
    `The prior has a residual variance (R), but the family ${family} has none; leave R out. MCMCglmm's residual of such a response is an effect of each row: declare it as a random term of a column with a level a row, and give its prior in G.`,
  );

export const expandedNeedsGibbs = (what: string): Issue =>
  issue(
    "mcmcglmm-prior",
    ["sampler", "prior"],
    `The parameter-expanded prior of ${what} has a density in closed form only for one effect and alphaMu = 0; sample it with gibbs(), or use huangWandPrior().`,
  );

export const improperNeedsGibbs = (what: string, nu: number, least: number): Issue =>
  issue(
    "mcmcglmm-prior",
    ["sampler", "prior"],
    `The prior of ${what} has nu = ${nu}, which is improper: the mode that the chains start from need not exist; give it nu above ${least}, or sample with gibbs().`,
  );

export const gibbsReasons = {
  gaussian: "the model is Gaussian: all coefficients and random effects are drawn jointly",
  probit: "latent normals make a probit model Gaussian (Albert and Chib 1993)",
  ordinalProbit:
    "latent normals between thresholds make an ordinal probit model Gaussian (Albert and Chib 1993), the thresholds drawn with them integrated out",
  polyaGamma: "Pólya-Gamma variables make the likelihood Gaussian (Polson, Scott and Windle 2013)",
  rare: (reason: string) =>
    `${reason}; outcomes are so rare that they hardly move given those, so each sweep ends with Gaussian proposals from the likelihood's own derivatives, accepted exactly`,
  metropolis: (link: string) =>
    `a ${link} likelihood has no exact conjugate form: Gaussian proposals from its derivatives are accepted exactly`,
  dearPolyaGamma: (parts: number) =>
    `Pólya-Gamma variables would take about ${Math.round(parts)} draws a row here, so Gaussian proposals from the likelihood's derivatives are accepted exactly instead`,
} as const;
