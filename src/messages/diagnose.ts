/** Texts of diagnostics: residuals, leverage, influence, robust covariances, sentences about a fit. */
import { type Issue, issue } from "./issue.ts";

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
