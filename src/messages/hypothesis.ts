/** Texts about hypotheses. */
import { type FitWarning, type Issue, issue } from "./issue.ts";
import { listed, listedWithAnd } from "./lists.ts";

export const oneRelation = (text: string, found: number): Issue =>
  issue(
    "bad-hypothesis",
    ["hypothesis"],
    found === 0
      ? `The hypothesis "${text}" compares nothing: write it with =, > or <, as "x1 - 2 * x2 = 0".`
      : `The hypothesis "${text}" has ${found} comparisons, and one is read: give several hypotheses as a list.`,
  );

export const emptySide = (text: string): Issue =>
  issue(
    "bad-hypothesis",
    ["hypothesis"],
    `The hypothesis "${text}" has nothing on one side: write it as "x1 > x2" or "x1 = 0".`,
  );

export const noParameters = (text: string): Issue =>
  issue(
    "bad-hypothesis",
    ["hypothesis"],
    `The hypothesis "${text}" names no parameter: name those of the table of the fit, as "Days > 0" or "sd__Days = 5".`,
  );

export const functionNotHere = (text: string, name: string, known: readonly string[]): Issue =>
  issue(
    "bad-hypothesis",
    ["hypothesis"],
    `"${text}" calls ${name}(), and a hypothesis may call ${listed(known)} of one number each.`,
  );

export const notArithmetic = (text: string): Issue =>
  issue(
    "bad-hypothesis",
    ["hypothesis"],
    `The hypothesis "${text}" has a text or a truth value in it: write arithmetic on parameters.`,
  );

export const noHypotheses = (): Issue =>
  issue("bad-hypothesis", ["hypothesis"], 'Give a hypothesis, as "x1 - 2 * x2 = 0", or a list of them.');

export const notOfPosterior = (option: string): Issue =>
  issue(
    "unused-option",
    [option],
    `${option} is of p values and standard errors, and this fit is a posterior: its probabilities are of the draws. Leave ${option} out.`,
  );

export const ratioNeedsLikelihood = (method: string): Issue =>
  issue(
    "anova-kind",
    ["test"],
    `test: "lrt" compares likelihoods, and ${method} maximises none: leave test out for Wald's test.`,
  );

export const ratioIsTwoSided = (text: string): Issue =>
  issue(
    "bad-hypothesis",
    ["test"],
    `test: "lrt" is two-sided, and "${text}" has a direction, or a margin was asked for: write it with =, or leave test out.`,
  );

export const directionAndSide = (text: string): Issue =>
  issue(
    "bad-hypothesis",
    ["side"],
    `The hypothesis "${text}" has a direction, and side or equivalence asks for another: write it with =, or leave them out.`,
  );

export const severalDirections = (adjust: string): Issue =>
  issue(
    "bad-hypothesis",
    ["adjust"],
    `adjust: "${adjust}" is of hypotheses of one direction, and these have several: ask for "holm", "bonferroni", "sidak" or "fdr".`,
  );

export const ratioNotFound = (label: string): FitWarning => ({
  code: "mode-not-found",
  message: `The maximum of the likelihood under "${label}" was not found, and without it there is no likelihood ratio: fit the model under the hypothesis, and compare the two by anova().`,
});

export const withoutNumber = (text: string, value: number): Issue =>
  issue(
    "bad-hypothesis",
    ["hypothesis"],
    `The hypothesis "${text}" has no number at the estimate: its left side less its right side is ${Number.isNaN(value) ? "not defined there" : "infinite there"}. Write it without the logarithm, root or division that has none.`,
  );

export const saysNothing = (text: string): Issue =>
  issue(
    "bad-hypothesis",
    ["hypothesis"],
    `The hypothesis "${text}" says nothing of the parameters, which cancel: whether it holds does not depend on them.`,
  );

/** @param point what a parameter would have to be, where it is of one alone */
export const impossible = (
  text: string,
  point: { readonly label: string; readonly value: number } | null,
): FitWarning => ({
  code: "hypothesis-untested",
  message: `No value of the parameters makes "${text}" true${point ? `: ${point.label} cannot be ${Number(point.value.toPrecision(6))}` : ""}, so that there is nothing to test. Estimate and interval stand.`,
});

/** @param sd of a standard deviation, else of a correlation */
export const atTheEnd = (text: string, sd: boolean): FitWarning => ({
  code: "hypothesis-untested",
  message: `"${text}" lies at the end of what a ${sd ? "standard deviation" : "correlation"} can be, where neither Wald's test nor a χ² holds: ${
    sd
      ? 'compare the fit with one that has not this effect, by anova({ smaller, larger }), whose mixture of χ² holds there, or by its test "exact" of one variance'
      : "see whether its interval by confint(fit) ends there"
  }.`,
});

/** @param equality whether a likelihood ratio could be had */
export const infiniteParameter = (text: string, labels: readonly string[], equality: boolean): FitWarning => ({
  code: "hypothesis-untested",
  message: `"${text}" has no Wald test: ${listedWithAnd(labels)} ${labels.length === 1 ? "is" : "are"} estimated as infinite, where there is no standard error.${equality ? ' Ask for test: "lrt".' : " See the interval by confint(fit)."}`,
});

export const parameterWithoutValue = (text: string): FitWarning => ({
  code: "hypothesis-untested",
  message: `"${text}" has no test: a correlation in it has no value beside a standard deviation that is estimated as 0.`,
});

export const withoutError = (label: string): FitWarning => ({
  code: "hypothesis-untested",
  message: `"${label}" has no Wald test: what it is of has no standard error at the estimate, as a standard deviation at 0 has none. Ask for test: "lrt", or compare fits by anova().`,
});
