/** Sentences that `diagnose` says of a fit, each with what to do. */
import { listed } from "./lists.ts";

export interface Said {
  readonly message: string;
  readonly advice: string | null;
}

const number = (value: number): string =>
  !Number.isFinite(value)
    ? "infinite"
    : Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3
      ? value.toExponential(1)
      : value.toPrecision(3);

export const converged = (gradient: number | null): Said => ({
  message: `The search converged${gradient === null ? "" : `: the gradient is ${number(gradient)} standard errors at most`}.`,
  advice: null,
});

export const slopeLeft = (gradient: number): Said => ({
  message: `The gradient of the log-likelihood at the estimate is ${number(gradient)} standard errors, so it is not quite a maximum.`,
  advice: "Fit again from this estimate: fit({ start: fit.estimate }); or rescale columns that are far from 1 in size.",
});

export const notConverged = (reason: string): Said => ({
  message: reason,
  advice: "Simplify the random effects, or fit by .sample(nuts()), whose priors keep parameters where the data do not.",
});

export const separated = (reason: string, labels: readonly string[]): Said => ({
  message: `${reason}${labels.length > 0 ? ` Without a finite estimate: ${listed(labels, 6)}.` : ""}`,
  advice:
    'Leave the column out or merge levels; or give priors, as .prior("fixed", normal(0, 2.5)), and fit with { penalised: true } or sample; test the term by anova(), not by its z.',
});

export const unidentified = (reason: string): Said => ({
  message: reason,
  advice:
    "Leave out what the data say nothing of: a random term, a correlation, or one of two columns that say the same.",
});

const EXACT_ADVICE = {
  constant:
    "Look whether the column is the right one, and whether rows that differ were left out: there is nothing that terms could explain.",
  saturated:
    "Fit fewer coefficients than rows: leave terms out or merge levels. Residuals, their distribution and influence were not looked at, since they are rounding.",
  exact:
    "Look whether the response is computed from the columns, or repeated within levels. Read no error, p value or AIC of this fit; residuals, their distribution and influence were not looked at, since they are rounding.",
} as const;

/** @param why all responses are the same, coefficients are as many as rows, or fewer fit the rows exactly */
export const fittedExactly = (message: string, why: keyof typeof EXACT_ADVICE): Said => ({
  message,
  advice: EXACT_ADVICE[why],
});

export const singular = (reason: string): Said => ({
  message: reason,
  advice:
    "This is a valid estimate. If it is unwanted, leave the term or its correlation out, (x || g) for (x | g), and compare by anova(); or give the standard deviations a prior.",
});

export const regular = (): Said => ({ message: "No variance is at 0 and no correlation at ±1.", advice: null });

export const correlatedColumns = (condition: number, term: string | null, vif: number | null): Said => ({
  message: `The columns of the mean are nearly combinations of each other: condition number ${number(condition)}${
    term === null || vif === null ? "" : `, the variance inflation factor of ${term} is ${number(vif)}`
  }.`,
  advice:
    "Leave out one of the columns that say the same, or combine them; centre a covariate whose powers or products are in the model.",
});

export const distinctColumns = (condition: number): Said => ({
  message: `The columns of the mean are distinct: condition number ${number(condition)} when centred.`,
  advice: null,
});

export const fewLevels = (group: string, levels: number): Said => ({
  message: `${JSON.stringify(group)} has ${levels} levels, from which a variance between them is hardly known.`,
  advice: `Make ${JSON.stringify(group)} a fixed factor, or give its standard deviation a prior and sample; read its interval by confint(fit).`,
});

export const tooManyEffects = (group: string, levels: number, effects: number): Said => ({
  message: `${JSON.stringify(group)} has ${levels} levels for the covariance of ${effects} effects.`,
  advice: "Leave out random slopes, or their correlations: (x || g).",
});

export const enoughLevels = (groups: readonly string[]): Said => ({
  message: `Groups: ${listed(groups, 6)}.`,
  advice: null,
});

export const dispersed = (ratio: number, p: number, over: boolean): Said => ({
  message: `The responses are ${over ? "more" : "less"} dispersed than the model says: ${number(ratio)} times its variance (p = ${number(p)}).`,
  advice: over
    ? "Try a family with a dispersion (nbinom2() for poisson(), a random effect of each row for binomial()), a missing predictor, or a random slope."
    : "Standard errors are too large rather than too small; look for a bounded or rounded response, or a variance function.",
});

export const zeros = (ratio: number, p: number): Said => ({
  message: `There are ${number(ratio)} times as many zeros as the model expects (p = ${number(p)}).`,
  advice:
    ratio > 1
      ? "Try nbinom2(), which has more zeros for the same mean, a predictor of the zeros, or random effects; then compare by AIC."
      : "Look whether zeros were left out of the data, and whether the family is more dispersed than the response.",
});

export const misshapen = (distance: number, p: number): Said => ({
  message: `The distribution of the responses is not that of the model: Kolmogorov-Smirnov distance ${number(distance)} (p = ${number(p)}).`,
  advice:
    'Look at residuals(fit, { type: "quantile" }) against fitted values and columns: a curve, a transformation of the response, another family or link.',
});

export const outlying = (count: number, expected: number, p: number): Said => ({
  message: `${count} rows lie outside of all simulated responses, where ${number(expected)} are expected (p = ${number(p)}).`,
  advice: "Look at those rows; a family with longer tails or a variance function may fit.",
});

export const likeSimulated = (tests: readonly string[]): Said => ({
  message: `Responses simulated from the fit are like the data (${listed(tests, 6)}).`,
  advice: null,
});

export const laplaceOff = (difference: number, nodes: number): Said => ({
  message: `Laplace's approximation is ${number(Math.abs(difference))} off in the log-likelihood by quadrature with ${nodes} nodes.`,
  advice: `Fit by quadrature: .fit("auto"), or agq(${nodes}).`,
});

export const laplaceFine = (difference: number, nodes: number): Said => ({
  message: `Laplace's approximation agrees with quadrature of ${nodes} nodes to ${number(Math.abs(difference))} in the log-likelihood.`,
  advice: null,
});

export const influential = (by: string, unit: string, distance: number, others: number): Said => ({
  message: `${by === "row" ? "" : `${JSON.stringify(by)} `}${unit} moves the coefficients by much: Cook's distance ${number(distance)}${
    others > 0 ? `, and ${others} more above 1` : ""
  }.`,
  advice: `Look at it, and at the fit without it: influence(fit, { by: ${JSON.stringify(by)}, refit: true }).`,
});

export const evenly = (by: string, distance: number): Said => ({
  message: `No ${by} moves the coefficients by much: the largest Cook's distance is ${number(distance)}.`,
  advice: null,
});

export const skewedEffects = (term: string, group: string, skewness: number, p: number): Said => ({
  message: `The effects of ${term} between levels of ${JSON.stringify(group)} do not look normal: skewness ${number(skewness)} (p = ${number(p)}).`,
  advice:
    "Look for outlying levels, or a predictor of levels; estimates of the mean are little affected, predictions of levels more.",
});

/** @param least the smallest p value @param told p values up to which are told */
export const normalEffects = (least: number, told: number): Said => ({
  message: `The random effects look normal enough: the smallest p value is ${number(least)} (from ${told} down it is told).`,
  advice: null,
});

export const notLookedAt = (reasons: readonly string[]): Said => ({
  message: `This was not looked at: ${reasons.join(" ")}`,
  advice: null,
});

export const mixed = (rhat: number, ess: number): Said => ({
  message: `The chains agree: the largest R-hat is ${rhat.toFixed(3)}, the smallest effective sample size ${Math.round(ess)}.`,
  advice: null,
});

export const unmixed = (rhat: number, ess: number, parameter: string): Said => ({
  message: `The chains have not settled: R-hat ${rhat.toFixed(3)}, effective sample size ${Math.round(ess)} at the worst (${parameter}).`,
  advice:
    'Draw more, or longer warm-up; look at rankPlot(fit); integrate the random effects out (target: "integrated"); tighten priors.',
});

export const fewClustersOfGee = (clusters: number): Said => ({
  message: `Robust standard errors of ${clusters} clusters are too small on average.`,
  advice: 'Ask for the corrections of few clusters: gee({ stdErr: "MD" }) or "KC".',
});

export const notSimulated = (column: string): Said => ({
  message: `Dispersion, zeros, outliers, the shape of the response and that of the random effects were not tested: rows count as often as the frequency weights ${JSON.stringify(column)} say, and a simulation would draw each once.`,
  advice: "Write the rows out as often as they count, and diagnose that fit.",
});
