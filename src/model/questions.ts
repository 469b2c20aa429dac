/**
 * What is asked of fits: functions that are small themselves and hand over to their answers in `effects/`, `checks/`, `compare/`, `prediction/` and
 * `report/`. Whatever makes a fit has loaded those (`src/answers.ts`); a page that only declares models has not.
 */
import type { loo as looOf } from "../checks/leave-one-out.ts";
import type { looCompare as looCompareOf } from "../checks/loo-compare.ts";
import type { anova as anovaOf } from "../compare/anova.ts";
import type { compare as compareOf } from "../compare/compare.ts";
import type { compareMarginal as compareMarginalOf } from "../compare/compare-marginal.ts";
import type { confint as confintOf } from "../effects/confint.ts";
import type { estimate as estimateOf } from "../effects/estimate.ts";
import type { intraclassCorrelation as intraclassCorrelationOf } from "../effects/intraclass-correlation.ts";
import type { marginalCoefficients as marginalCoefficientsOf } from "../effects/marginal-coefficients.ts";
import type { populationAverage as populationAverageOf } from "../effects/population-average.ts";
import type { profile as profileOf } from "../frequentist/profile/profile.ts";
import { DeclarationError } from "../messages/issue.ts";
import { notAFit } from "../messages/options.ts";
import type {
  fitted as fittedOf,
  predictionDraws as predictionDrawsOf,
  predict as predictOf,
} from "../prediction/predict.ts";
import type { residuals as residualsOf } from "../prediction/residuals.ts";
import type { simulate as simulateOf } from "../prediction/simulate.ts";
import type { summaryText as summaryTextOf } from "../report/summary.ts";
import type { printTidy as printTidyOf } from "../report/tidy-text.ts";

export interface Answers {
  readonly anova: typeof anovaOf;
  readonly compare: typeof compareOf;
  readonly compareMarginal: typeof compareMarginalOf;
  readonly confint: typeof confintOf;
  readonly estimate: typeof estimateOf;
  readonly fitted: typeof fittedOf;
  readonly intraclassCorrelation: typeof intraclassCorrelationOf;
  readonly loo: typeof looOf;
  readonly looCompare: typeof looCompareOf;
  readonly marginalCoefficients: typeof marginalCoefficientsOf;
  readonly populationAverage: typeof populationAverageOf;
  readonly predict: typeof predictOf;
  readonly predictionDraws: typeof predictionDrawsOf;
  readonly printTidy: typeof printTidyOf;
  readonly profile: typeof profileOf;
  readonly residuals: typeof residualsOf;
  readonly simulate: typeof simulateOf;
  readonly summaryText: typeof summaryTextOf;
}

let answers: Answers | undefined;

/** Gives the answers; once is enough. */
export function answerWith(given: Answers): void {
  answers = given;
}

type AnyFunction = (...given: readonly unknown[]) => unknown;

/** The function that hands over to an answer. Without answers there is no fit anywhere, so that what was given is none. */
function asked<Name extends keyof Answers>(name: Name): Answers[Name] {
  const ask: AnyFunction = (...given) => {
    if (!answers) throw new DeclarationError([notAFit(`${name}()`, given[0])]);
    return (answers[name] as AnyFunction)(...given);
  };
  return ask as Answers[Name];
}

/**
 * Type II or III tests of the terms of one fit, or likelihood-ratio tests, each fit against the next smaller one.
 *
 * @throws DeclarationError for posteriors, different data, REML with different fixed effects, equal numbers of parameters
 * @example
 * anova(fit, { type: 3 }).print();
 * anova({ additive, interaction }).print();
 */
export const anova = /* @__PURE__ */ asked("anova");

/**
 * Compares fits parameter by parameter, with differences from the first in its standard errors. Tables of coefficients may stand beside fits.
 *
 * @throws DeclarationError when no fit is given
 * @example compare({ ml, bayes }).print();
 */
export const compare = /* @__PURE__ */ asked("compare");

/**
 * One table of coefficients of the population mean: typical, attenuated and marginal ones of mixed models beside those of estimating equations.
 *
 * @throws DeclarationError when there is nothing to compare
 * @example compareMarginal({ glmm, gee: geeFit }).print();
 */
export const compareMarginal = /* @__PURE__ */ asked("compareMarginal");

/**
 * Confidence intervals of all parameters of a fit: by profile likelihood, standard errors, a cluster bootstrap, or of a posterior by quantiles.
 *
 * @throws DeclarationError where the fit has no intervals of the method
 * @example confint(fit, { method: "profile" }).print();
 */
export const confint = /* @__PURE__ */ asked("confint");

/**
 * A statistic of one's own, a function of parameters and averages, with its error and interval.
 *
 * @throws DeclarationError for a statistic that names no parameter or gives no finite numbers
 * @example estimate(fit, (p) => p["period2"] - p["period3"], { null: 0 }).rows[0].p_value;
 */
export const estimate = /* @__PURE__ */ asked("estimate");

/**
 * Point predictions for the rows of the fit: E[Y | x, b] at the conditional modes, or its posterior mean; for an ordered response the
 * probabilities of the categories, row after row.
 */
export const fitted = /* @__PURE__ */ asked("fitted");

/**
 * Intraclass correlations and R², with errors and intervals.
 *
 * @throws DeclarationError without random effects in the mean, and for links without a formula
 * @example intraclassCorrelation(fit)[0]; // { measure: "icc", group: "herd", estimate: 0.11, std_error: 0.06, … }
 */
export const intraclassCorrelation = /* @__PURE__ */ asked("intraclassCorrelation");

/**
 * Leave-one-out cross-validation of a posterior without refitting: by row or by group, with the random effects conditioned on or integrated out.
 *
 * @throws DeclarationError for a maximum-likelihood fit, or where a log-likelihood is not finite
 * @example loo(fit, { by: "group" }); // leave-one-group-out
 */
export const loo = /* @__PURE__ */ asked("loo");

/**
 * Compares results of `loo` (or of `waic`) over the same units, best first.
 *
 * @throws DeclarationError with fewer than two results, or where they left out other units or in another way
 * @example looCompare({ slopes: loo(a), intercepts: loo(b) }).print();
 */
export const looCompare = /* @__PURE__ */ asked("looCompare");

/**
 * Marginal (population-averaged) coefficients of the mean with their errors, without Monte Carlo.
 *
 * @throws DeclarationError where the mean has no link of its own, or does not exist
 * @example marginalCoefficients(fit).rows; // [{ term: "(Intercept)", estimate: -1.39, std_error: 0.24, typical: -1.98, … }, …]
 */
export const marginalCoefficients = /* @__PURE__ */ asked("marginalCoefficients");

/**
 * Population averages of one fit, or of several side by side: the response averaged over the rows with columns replaced, the random effects
 * integrated out (`population`), at 0 (`typical`), or each row's own (`conditional`); and their contrasts.
 *
 * @throws DeclarationError for columns or values that the model cannot have, and for a population mean that does not exist
 * @example populationAverage({ ml, bayes }, { by: "period", contrasts: "reference" }).print();
 */
export const populationAverage = /* @__PURE__ */ asked("populationAverage");

/**
 * Predictions with standard errors and intervals, a row each: of the fit's own rows or of `newdata`.
 *
 * @throws DeclarationError where a population mean does not exist, for unseen levels unless `newLevels` says what to do
 * @example predict(fit, { newdata, estimand: "population" }).rows[0]; // { row: 1, estimate: 0.22, std_error: 0.04, … }
 */
export const predict = /* @__PURE__ */ asked("predict");

/**
 * The draws that `predict` summarises, a row each.
 *
 * @example predictionDraws(bayes, { newdata }).values; // rows × draws
 */
export const predictionDraws = /* @__PURE__ */ asked("predictionDraws");

/** Prints the coefficient table of a fit, or rows of its `tidy()`, to the console. */
export const printTidy = /* @__PURE__ */ asked("printTidy");

/**
 * The profile likelihood of each parameter of a maximum-likelihood fit: points (value, ζ, log-likelihood) and intervals.
 *
 * @throws DeclarationError for fits without a likelihood, and unknown parameters
 * @example profile(fit, { which: "Days" }).points.map(({ value, zeta }) => [value, zeta]);
 */
export const profile = /* @__PURE__ */ asked("profile");

/**
 * Residuals, a number a row of the fit: `response`, `pearson`, `deviance`, `working`, `normalized` or `quantile`, given the random effects or (`randomEffects:
 * "marginal"`) with them integrated out.
 *
 * @throws DeclarationError for Pearson residuals of a family that states no variance, deviance residuals of one without a deviance
 * @example residuals(fit, { type: "pearson" });
 */
export const residuals = /* @__PURE__ */ asked("residuals");

/**
 * Simulates responses: from the estimate of a maximum-likelihood fit, from one posterior draw a simulation of a posterior.
 *
 * @throws DeclarationError where `draws` is no whole number of at least 1, and for trials or weights of new rows that cannot be
 * @example const { values, n } = simulate(fit, { draws: 200, seed: "check" });
 */
export const simulate = /* @__PURE__ */ asked("simulate");

/**
 * A fit in the layout R's users know, as text.
 *
 * @example console.log(summaryText(fit));
 */
export const summaryText = /* @__PURE__ */ asked("summaryText");
