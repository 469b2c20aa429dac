/** Texts of diagnostics: residuals, leverage, influence, robust covariances, sentences about a fit. */
import { type FitWarning, type Issue, issue } from "./issue.ts";
import { listed } from "./lists.ts";

const LEVERAGE_REFUSALS: Readonly<Record<string, string>> = {
  posterior:
    "Leverage and Cook's distance are of an estimate, and a posterior has none: fit the same declaration with .fit(), or use loo(fit), whose Pareto k tells which rows matter.",
  gee: "Leverage and Cook's distance need the distribution of the response, and a fit by estimating equations states none: fit the same declaration with .fit().",
  correlated:
    'Leverages of rows are not computed where residuals are correlated: leave the groups out instead, by influence(fit, { by: "…" }).',
};

export const leverageNeedsIndependence = (why: string): Issue => issue("leverage", ["fit"], LEVERAGE_REFUSALS[why]!);

export const leverageNeedsOnePredictor = (): Issue =>
  issue(
    "leverage",
    ["fit"],
    'Leverages are of one linear predictor of the mean, and here are several, or ordered categories: leave groups out instead, by influence(fit, { by: "…", refit: true }).',
  );

export const marginalNormalized = (): Issue =>
  issue(
    "residual-normalized",
    ["randomEffects"],
    'Normalized residuals are given the random effects: ask for randomEffects "conditional", or for type "pearson".',
  );

export const residualsNeedDeviance = (family: string): Issue =>
  issue(
    "no-deviance",
    ["type"],
    `The ${family} family states no deviance, so there are no deviance residuals: ask for type "quantile" or "pearson", or give the family a unitDeviance.`,
  );

export const workingNeedsOnePredictor = (): Issue =>
  issue(
    "residual-working",
    ["type"],
    'Working residuals belong to one linear predictor of the mean, and a nonlinear mean has several: ask for type "response" or "pearson".',
  );

export const influenceNeedsLikelihood = (posterior: boolean): Issue =>
  issue(
    "influence",
    ["fit"],
    posterior
      ? "Influence is how an estimate moves, and a posterior has none: use loo(fit), whose Pareto k tells which rows and groups matter."
      : "Influence is of fits by likelihood: fit the same declaration with .fit(), or use the jackknife errors of gee().",
  );

export const influenceAcross = (by: string): Issue =>
  issue(
    "influence",
    ["by"],
    `Leaving out ${by} is not done by updating here: residuals are correlated, or the mean has several linear predictors. Leave whole independent groups out, or ask for refit: true.`,
  );

export const influenceUnit = (by: string, known: readonly string[]): Issue =>
  issue(
    "influence",
    ["by"],
    `${JSON.stringify(by)} is neither "row", nor a grouping factor, nor a column of the table: choose "row"${known.map((name) => `, ${JSON.stringify(name)}`).join("")} or a column.`,
  );

export const influenceFailures = (count: number, of: number): FitWarning => ({
  code: "influence-failures",
  message: `${count} of ${of} refits without a part of the data failed, and have no numbers: a coefficient or a variance may depend on that part alone.`,
});

export const influenceUnknown = (count: number, of: number): FitWarning => ({
  code: "influence-failures",
  message: `${count} of ${of} parts of the data have no numbers: without ${count === 1 ? "it" : "one of them"} a coefficient cannot be estimated.`,
});

export const influenceOfSeparation = (): FitWarning => ({
  code: "separation",
  message:
    "Coefficients are at infinity (separation), and how far a part of the data moves them cannot be said: there are no numbers. Compare fits with and without it by their likelihoods, or sample the model with a prior and use loo(fit).",
});

export const rSquaredNeeds = (what: string): Issue => issue("r-squared", ["fit"], what);

export const normalityNeedsEffects = (): Issue =>
  issue("random-normality", ["fit"], "The model has no random effects whose normality could be looked at.");

export const normalityNeedsModes = (kind: "posterior" | "gee"): Issue =>
  issue(
    "random-normality",
    ["fit"],
    kind === "posterior"
      ? "Normality is looked at in the conditional modes of an estimate, and a posterior has draws of the effects: fit the same declaration with .fit(), or test the responses of new groups by residualTests(fit)."
      : "A fit by estimating equations has no random effects whose normality could be looked at: fit the declaration with random effects by .fit().",
  );

export interface EffectWithoutShape {
  readonly group: string;
  readonly term: string;
  /** Whether its levels are too few; else nothing varies between them. */
  readonly few: boolean;
}

export const effectsWithoutShape = (effects: readonly EffectWithoutShape[], fewest: number): FitWarning => {
  const named = effects.map(({ group, term, few }) => {
    const why = few ? `fewer than ${fewest} levels` : "no variance at the estimate";
    return `${term} of ${JSON.stringify(group)} (${why})`;
  });
  return {
    code: "not-estimable",
    message: `The shape of ${listed(named, 6)} was not looked at: there is nothing to look at.`,
  };
};

export const residualTestsNeed = (): Issue =>
  issue(
    "residual-tests",
    ["fit"],
    "Residual tests compare the response with simulated ones, and a fit by estimating equations states no distribution to simulate from: fit the same declaration with .fit(), or sample it.",
  );

export const collinearityNeedsTerms = (): Issue =>
  issue(
    "vif",
    ["fit"],
    "A nonlinear mean has no terms whose collinearity could be told: look at vcov and correlations of its parameters.",
  );
