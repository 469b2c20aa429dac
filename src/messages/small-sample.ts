/** Texts about degrees of freedom of coefficients. */
import { type FitWarning, type Issue, issue } from "./issue.ts";
import { listed } from "./lists.ts";

export const ddfNeedsGaussian = (ddf: string): Issue =>
  issue(
    "no-degrees-of-freedom",
    ["ddf"],
    `ddf "${ddf}" needs a linear mixed model with a Gaussian response, fitted by reml() or ml(): the degrees of freedom are those of its variances. For other fits leave ddf out, or ask for "normal".`,
  );

export const kenwardRogerNeedsReml = (): Issue =>
  issue(
    "no-degrees-of-freedom",
    ["ddf"],
    'ddf "kenward-roger" adjusts restricted likelihood, and this fit is by maximum likelihood: fit the same declaration by reml().',
  );

export const betweenWithinNeedsNesting = (groups: readonly string[]): Issue =>
  issue(
    "no-degrees-of-freedom",
    ["ddf"],
    `ddf "between-within" counts the levels of nested groups, and ${groups.join(" and ")} are crossed: ask for "satterthwaite" or "kenward-roger".`,
  );

export const ddfNotOfThis = (of: string): Issue =>
  issue(
    "no-degrees-of-freedom",
    ["ddf"],
    of === "A posterior"
      ? "A posterior has no degrees of freedom: its intervals are quantiles of its draws. Leave ddf out."
      : `${of} has no degrees of freedom of variances: its tests are normal, and with few clusters its errors should be corrected (stdErr: "MD" or "KC" of gee()). Leave ddf out.`,
  );

export const ddfOfConditional = (ddf: string): Issue =>
  issue(
    "no-degrees-of-freedom",
    ["ddf"],
    `ddf "${ddf}" is of contrasts of coefficients, and conditional averages depend on the groups' effects and through them on the variances: ask for the estimands population or typical, or leave ddf out.`,
  );

export const termTestsNeedLikelihood = (estimatingEquations: boolean): Issue =>
  issue(
    "anova-kind",
    ["fits"],
    estimatingEquations
      ? "Tests of terms by type are those of fits by likelihood: for a fit by estimating equations use waldTest(fit)."
      : "Tests of terms by type are those of fits by likelihood, and this one is a posterior: use fits made by fit(), or the posterior of the coefficients.",
  );

export const anovaTypeOfOne = (): Issue =>
  issue("anova-kind", ["type"], "Tests of terms by type are of one fit: call anova(fit, { type: 3 }) of each.");

export const termTestsNeedTerms = (): Issue =>
  issue(
    "anova-kind",
    ["fits"],
    "A nonlinear mean has no terms to test by type: compare fits with and without a predictor by anova(smaller, larger).",
  );

/** Below a table whose estimates have next to no degrees of freedom. */
export const fewDegrees = (terms: readonly string[], least: number): string =>
  `${listed(terms, 4)} ${terms.length === 1 ? "has" : "have"} less than one degree of freedom (${Number(least.toPrecision(2))} at the least): the variances that ${terms.length === 1 ? "its error rests" : "their errors rest"} on are next to unknown, by a variance estimated near 0 or too few groups, and ${terms.length === 1 ? "its interval and p value say" : "their intervals and p values say"} that and no more. Leave the random term out, make the groups a fixed factor, or sample with priors.`;

/** In the place of a table without rows. */
export const withoutTerms = (): string => "The mean has no terms to test: it is an intercept alone.";

/** Below F tests that became χ². */
export const withoutDegrees = (): string =>
  "There are no degrees of freedom here: nothing is left to estimate the residual variance with, or it is 0. The statistics are Wald's χ².";

export const nestedNeedsTwo = (test: string): Issue =>
  issue(
    "anova-needs-two",
    ["fits"],
    `The test "${test}" is of two fits: call anova({ smaller, larger }, { test: "${test}" }).`,
  );

export const nestedNeedsLikelihood = (name: string, test: string): Issue =>
  issue(
    "anova-kind",
    ["fits", name],
    `The fit "${name}" is no maximum-likelihood fit, and the test "${test}" is of such fits: use fits made by fit().`,
  );

export const kenwardRogerSameRandom = (): Issue =>
  issue(
    "anova-not-nested",
    ["fits"],
    "Kenward and Roger's F test is of coefficients, and the random effects of the two fits differ: test variances by likelihood ratio or by the exact test.",
  );

export const fixedNotNested = (): Issue =>
  issue(
    "anova-not-nested",
    ["fits"],
    "The fixed effects of the smaller model are not among those of the larger one, or the same: give two models of which one has more fixed effects.",
  );

export const exactNeedsReml = (): Issue =>
  issue("anova-reml-and-ml", ["fits"], "The exact test is of restricted likelihoods: fit both models by reml().");

export const exactNeedsOneVariance = (): Issue =>
  issue(
    "anova-not-nested",
    ["fits"],
    "The exact test is of one variance being 0: the larger model must have one random term more than the smaller one, with one effect a level, independent levels and independent residuals of equal frequency. Test others by the bootstrap.",
  );

export const exactSameFixed = (): Issue =>
  issue(
    "anova-reml",
    ["fits"],
    "The exact test compares restricted likelihoods, so the fixed effects of both models must be the same.",
  );

export const executorOfBootstrap = (test: string): Issue =>
  issue(
    "unused-option",
    ["executor"],
    `An executor or a signal is of refits, and test "${test}" makes none: leave it out, or ask for test: "bootstrap".`,
  );

export const bootstrapRefitsFailed = (failures: number, draws: number): FitWarning => ({
  code: "bootstrap-failures",
  message: `${failures} of ${draws} simulated responses could not be fitted by both models, and are not counted.`,
});

export const emptyCells = (): FitWarning => ({
  code: "anova-empty-cells",
  message:
    "Columns of the mean are spanned by others, as where combinations of levels have no row: the type III hypotheses are those estimable functions of the cells that there are which SAS and lmerTest test, and depend on which cells are empty. Type II tests have no such choice.",
});
