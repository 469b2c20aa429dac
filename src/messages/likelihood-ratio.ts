/** Texts of likelihood-ratio tests of fits. */
import { type FitWarning, type Issue, issue } from "./issue.ts";
import { listed, quoted } from "./lists.ts";

export const likelihoodRatioNeedsTwo = (): Issue =>
  issue(
    "anova-needs-two",
    ["fits"],
    `A likelihood-ratio test compares at least two fits: call anova(smaller, larger). For tests of the terms of one fit call anova(fit, { type: 3 }).`,
  );

export const likelihoodRatioNotMaximumLikelihood = (name: string, estimatingEquations: boolean): Issue =>
  issue(
    "anova-kind",
    ["fits", name],
    estimatingEquations
      ? `The fit "${name}" is of estimating equations, which have no likelihood to compare: use waldTest(fit) for its terms, or scoreTest(smaller, larger).`
      : `The fit "${name}" is no maximum-likelihood fit, so it has no maximised likelihood to compare: use fits made by fit(), or compare() for a side-by-side table.`,
  );

export const likelihoodRatioRestricted = (names: readonly string[]): Issue =>
  issue(
    "anova-reml",
    ["fits"],
    `The fits ${listed(quoted(names))} were made by REML and differ in their fixed effects, and restricted likelihoods of different fixed effects are not comparable: fit both by maximum likelihood, with the method ml().`,
  );

export const likelihoodRatioRefitted = (names: readonly string[]): FitWarning => ({
  code: "anova-refitted",
  message: `The fits ${listed(quoted(names))} were made by REML and differ in their fixed effects, of which restricted likelihoods are not comparable: they are compared as refitted by maximum likelihood.`,
});

export const likelihoodRatioMixed = (): Issue =>
  issue(
    "anova-reml-and-ml",
    ["fits"],
    `Some of the fits maximise the restricted likelihood and others the likelihood, which are not comparable: refit all by the same one.`,
  );

export const likelihoodRatioDifferentData = (a: string, b: string, reason: string): Issue =>
  issue(
    "anova-data",
    ["fits", b],
    `The fits "${a}" and "${b}" are not of the same data (${reason}): drop rows with missing values first, so that both use the same rows.`,
  );

export const likelihoodRatioSameSize = (a: string, b: string): Issue =>
  issue(
    "anova-not-nested",
    ["fits", b],
    `The fits "${a}" and "${b}" have the same number of parameters, so neither is nested in the other: compare them by AIC with compare().`,
  );

export const likelihoodRatioNestingUnseen = (small: string, large: string): FitWarning => ({
  code: "anova-nesting",
  message: `The parameters of "${small}" are not all among those of "${large}" by name, or their families differ: the test holds only if "${small}" is "${large}" with constraints on its parameters, and only you can tell.`,
});

export const likelihoodRatioMethods = (methods: readonly string[]): FitWarning => ({
  code: "anova-methods",
  message: `The fits compute their likelihoods by different methods (${listed(quoted(methods))}), so part of the difference may be the approximation's: refit them by the same method.`,
});

export const likelihoodRatioBoundary = (name: string): FitWarning => ({
  code: "anova-boundary",
  message: `The test of "${name}" sets variances to 0, the edge of their range: the statistic is then a mixture of chi-squares, and the p-value given is conservative (for a single variance twice too large).`,
});

export const likelihoodRatioSimulated = (name: string, error: number): FitWarning => ({
  code: "anova-boundary",
  message: `The p value of "${name}" is of a mixture whose weights were simulated: its Monte Carlo error is ${error.toPrecision(1)}.`,
});

export const likelihoodRatioNegative = (name: string, by: number): FitWarning => ({
  code: "anova-negative",
  message: `The larger fit "${name}" has a log-likelihood that is ${by.toPrecision(3)} lower than that of the fit nested in it, so it has not reached its maximum: refit it from other starting values.`,
});
