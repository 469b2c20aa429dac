/** Texts about terms that are left out of a model or added to it. */
import { type Issue, issue } from "./issue.ts";
import { listed, quoted } from "./lists.ts";

export const scopeWithResponse = (scope: string): Issue =>
  issue(
    "bad-scope",
    ["scope"],
    `The scope "${scope}" names a response, and it is of terms alone: write it as "~ . + x", where the dot is what the model has.`,
  );

export const scopeWithRandom = (scope: string): Issue =>
  issue(
    "bad-scope",
    ["scope"],
    `The scope "${scope}" has a random term, and add1() adds terms of the mean: test a variance by scoreTest(fit, "(1 | g)") or by anova(smaller, larger).`,
  );

export const scopeTakesAway = (scope: string, what: readonly string[]): Issue =>
  issue(
    "bad-scope",
    ["scope"],
    `The scope "${scope}" takes ${listed(what)} away, and a scope only adds to what the model has: leave the minus or the 0 out, and see what terms are worth by drop1(fit), or fit the smaller model itself.`,
  );

export const nothingToAdd = (scope: string, terms: readonly string[]): Issue =>
  issue(
    "bad-scope",
    ["scope"],
    `The scope "${scope}" adds nothing: the model has ${terms.length > 0 ? listed(quoted(terms), 5) : "an intercept alone"}. Name a term that it has not, as "~ . + x".`,
  );

export const nothingToDrop = (): Issue =>
  issue(
    "bad-scope",
    ["fit"],
    "The mean has no term to leave out: it is an intercept alone. Terms are added by add1(fit, scope).",
  );

export const fewerRows = (predictor: string, missing: number, rows: number): Issue =>
  issue(
    "anova-data",
    ["scope"],
    `A column of "${predictor}" is missing in ${missing} of the ${rows} rows that the model was fitted to, so that the two are of other data: fit the model to the rows where none is missing.`,
  );

export const ownFamilyChanged = (name: string): Issue =>
  issue(
    "anova-kind",
    ["fit"],
    `The family "${name}" is one of your own with further parts of the declaration around it: fit the models with fit.update() and compare them by anova(smaller, larger).`,
  );

export const termChangesNeedFit = (of: string): Issue =>
  issue(
    "anova-kind",
    ["fit"],
    `${of} is of fits by likelihood or by estimating equations, and this one is a posterior: use a fit made by fit(), or look at the posterior of the coefficients by hypothesis().`,
  );

export const ratioNeedsMl = (of: string): Issue =>
  issue(
    "anova-reml",
    ["test"],
    `${of} with test "lrt" compares likelihoods of models with other fixed effects, and this fit is by REML, whose likelihoods cannot be compared: fit it by ml(), or ask for test: "satterthwaite" or "kenward-roger".`,
  );

export const testNotOfEquations = (of: string, test: string): Issue =>
  issue(
    "anova-kind",
    ["test"],
    `${of} with test "${test}" is of likelihoods, and estimating equations have none: ask for test: "wald".`,
  );

export const testNeedsLikelihood = (of: string, test: string, method: string): Issue =>
  issue(
    "anova-kind",
    ["test"],
    `${of} with test "${test}" is of likelihoods, and ${method} maximises none: ask for test: "wald", or fit by laplace().`,
  );

export const simulationAlone = (option: string): Issue =>
  issue("unused-option", [option], `${option} is of test: "bootstrap" alone: ask for that, or leave ${option} out.`);
