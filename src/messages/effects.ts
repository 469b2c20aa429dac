/** Texts of faults and warnings of predictions, population averages, comparison and reports. */
import { type FitWarning, type Issue, issue } from "./issue.ts";
import { listed, quoted } from "./lists.ts";

export const tooManyIntegratedPredictors = (count: number, most: number): Issue =>
  issue(
    "population-mean-dimension",
    ["random"],
    `The population mean of this family is an integral over the random effects of ${count} linear predictors at once, and at most ${most} are supported: ask for the estimand "typical", or leave random terms out of some predictors.`,
  );

export const populationMeanNotFinite = (): Issue =>
  issue(
    "population-mean-not-finite",
    ["random"],
    'The mean is not finite for some of the values that the random effects can take, so it has no average over the population: ask for the estimand "typical" or "conditional", or write the mean in parameters that cannot leave its range, such as logarithms.',
  );

export const quasiMonteCarloError = (relative: number): FitWarning => ({
  code: "population-mean-error",
  message: `A population mean over the random effects of several predictors was computed by randomised quasi-Monte Carlo, to a relative standard error of ${relative.toExponential(1)}.`,
});

export const populationMeanDoesNotExist = (link: string, groups: readonly string[]): Issue =>
  issue(
    "population-mean-does-not-exist",
    ["family", "link"],
    `The population mean does not exist: with the ${link} link the mean is 1/(η + b), and its average over a normal random effect of ${listed(quoted(groups))} is not finite, because η + b comes arbitrarily close to 0. Ask for the estimand "typical" or "conditional", or fit the model with the log link.`,
  );

export const linkLeavesSupport = (family: string, link: string, share: number): FitWarning => ({
  code: "link-leaves-support",
  message: `With the ${link} link some random effects lead to means that the ${family} family cannot have (for the row worst affected, a share of ${formatShare(share)} of the groups): the population mean averages over them too. A ${family === "binomial" ? "logit" : "log"} link keeps every mean possible.`,
});
const formatShare = (share: number) => (share < 1e-4 ? share.toExponential(1) : share.toPrecision(2));

export const unseenLevels = (group: string, rows: readonly number[], levels: readonly string[]): Issue =>
  issue(
    "unseen-level",
    ["newdata", group],
    `${rows.length === 1 ? "Row" : "Rows"} ${rows.slice(0, 5).join(", ")}${rows.length > 5 ? ` and ${rows.length - 5} more` : ""} of the new data ${rows.length === 1 ? "has a level" : "have levels"} of "${group}" that the fit has not seen${
      levels.length > 0
        ? ` (${listed(
            levels.map((level) => JSON.stringify(level)),
            6,
          )})`
        : ""
    }, so there is no conditional prediction: pass newLevels: "new-group" to draw their effects, "population" to integrate over them, "resampled" to take those of groups of the fit, or "zero"; or ask for the estimand "population".`,
  );

const WHY =
  "the fitted rows hold no such combination, so that the value would depend on which column was dropped to fit";

export const rowsNotEstimable = (rows: readonly number[]): FitWarning => ({
  code: "not-estimable",
  message: `The prediction${rows.length === 1 ? "" : "s"} for row${rows.length === 1 ? "" : "s"} ${listed(rows.map(String), 6)} ${rows.length === 1 ? "is" : "are"} not estimable and therefore null: ${WHY}.`,
});

export const averagesNotEstimable = (cells: readonly string[], contrasts: readonly string[]): FitWarning => ({
  code: "not-estimable",
  message: `${[
    ...(cells.length > 0 ? [`The average${cells.length === 1 ? "" : "s"} at ${listed(cells, 6)}`] : []),
    ...(contrasts.length > 0
      ? [`${cells.length > 0 ? "t" : "T"}he contrast${contrasts.length === 1 ? "" : "s"} ${listed(contrasts, 6)}`]
      : []),
  ].join(" and ")} ${cells.length + contrasts.length === 1 ? "is" : "are"} not estimable and therefore null: ${WHY}.`,
});

const AT_THE_END =
  "rests on coefficients at infinity (separation): the mean is at the end of its range, where there is neither standard error nor Wald test";

export const rowsAtInfinity = (rows: readonly number[]): FitWarning => ({
  code: "separation",
  message: `The prediction${rows.length === 1 ? "" : "s"} for row${rows.length === 1 ? "" : "s"} ${listed(rows.map(String), 6)} ${AT_THE_END.replace("rests", rows.length === 1 ? "rests" : "rest")}. Compare fits by their likelihoods (anova), or sample the model with a prior.`,
});

export const averagesAtInfinity = (cells: readonly string[]): FitWarning => ({
  code: "separation",
  message: `The average${cells.length === 1 ? "" : "s"} at ${listed(cells, 6)} ${AT_THE_END.replace("rests", cells.length === 1 ? "rests" : "rest")}, and the same goes for contrasts with ${cells.length === 1 ? "it" : "them"}. Compare fits by their likelihoods (anova), or sample the model with a prior.`,
});

export const sharesAtInfinity = (scale: "link" | "response", everyRow: boolean): FitWarning => ({
  code: "separation",
  message: `Coefficients are at infinity (separation): ${
    everyRow
      ? "every row is predicted perfectly, and no variance is left to share. Sample the model with a prior."
      : scale === "link"
        ? 'on the scale of the link the variance of the fixed effects has no bound there, and a share of it no estimate. On that of the response it has: rSquared(fit, { scale: "response" }).'
        : "the means of some rows are at the end of their range, and the shares of their variance have neither standard error nor interval. Sample the model with a prior for both."
  }`,
});

export const sharesOfNothing = (): FitWarning => ({
  code: "not-estimable",
  message:
    "A share is null because there is no variance to share: at the estimate neither fixed effects nor random effects nor residuals vary.",
});

const errorsNotIdentified = (what: string): FitWarning => ({
  code: "not-identified",
  message: `${what} without a standard error: it depends on a variance of which the data say nothing (see the fit's verdict). Leave out the random term that the fixed effects already stand for.`,
});

export const predictionErrorsNotIdentified = (rows: readonly number[]): FitWarning =>
  errorsNotIdentified(
    `The prediction${rows.length === 1 ? "" : "s"} for row${rows.length === 1 ? "" : "s"} ${listed(rows.map(String), 6)} ${rows.length === 1 ? "is" : "are"} given`,
  );

export const averageErrorsNotIdentified = (cells: readonly string[], contrasts: readonly string[]): FitWarning =>
  errorsNotIdentified(
    `${[
      ...(cells.length > 0 ? [`The average${cells.length === 1 ? "" : "s"} at ${listed(cells, 6)}`] : []),
      ...(contrasts.length > 0
        ? [`${cells.length > 0 ? "t" : "T"}he contrast${contrasts.length === 1 ? "" : "s"} ${listed(contrasts, 6)}`]
        : []),
    ].join(" and ")} ${cells.length + contrasts.length === 1 ? "is" : "are"} given`,
  );

export const averagesWithoutNoise = (cells: readonly string[], contrasts: readonly string[]): FitWarning => ({
  code: "residual-variance-zero",
  message: `${[
    ...(cells.length > 0 ? [`The average${cells.length === 1 ? "" : "s"} at ${listed(cells, 6)}`] : []),
    ...(contrasts.length > 0
      ? [`${cells.length > 0 ? "t" : "T"}he contrast${contrasts.length === 1 ? "" : "s"} ${listed(contrasts, 6)}`]
      : []),
  ].join(" and ")} ${cells.length + contrasts.length === 1 ? "has" : "have"} neither error nor test: ${NO_NOISE}.`,
});

const NO_NOISE = "the residual variance is zero to rounding, and an error computed from it would be rounding as well";

export const estimatesWithoutNoise = (names: readonly string[]): FitWarning => ({
  code: "residual-variance-zero",
  message: `${listed(names, 6)} ${names.length === 1 ? "has" : "have"} neither error nor test: ${NO_NOISE}.`,
});

export const marginalErrorsNotIdentified = (terms: readonly string[]): FitWarning =>
  errorsNotIdentified(
    `The marginal coefficient${terms.length === 1 ? "" : "s"} ${listed(terms, 6)} ${terms.length === 1 ? "is" : "are"} given`,
  );

export const marginalAtInfinity = (terms: readonly string[]): FitWarning => ({
  code: "separation",
  message: `The marginal coefficient${terms.length === 1 ? "" : "s"} ${listed(terms, 6)} rest${terms.length === 1 ? "s" : ""} on coefficients at infinity (separation) and ${terms.length === 1 ? "has" : "have"} neither standard error nor Wald test.`,
});

export const answeredByPrior = (what: string, names: readonly string[]): FitWarning => ({
  code: "prior-alone",
  message: `The data say nothing of ${what} ${listed(names, 6)}: the fitted rows hold no such combination, and the value is that of the prior of the coefficients alone.`,
});

export const weightsWithoutTrials = (family: string): Issue => ({
  code: "weights-without-trials",
  path: ["weights"],
  message: `Averages count trials where the response is binomial, and the family is '${family}': leave the option weights out.`,
});

export const unknownOption = (option: string, got: string, allowed: readonly string[]): Issue =>
  issue("unknown-option", [option], `The option "${option}" cannot be "${got}": choose ${listed(quoted(allowed))}.`);

export const confLevelOutOfRange = (got: number): Issue =>
  issue(
    "confidence-level",
    ["confLevel"],
    `A confidence level lies between 0 and 1, and confLevel is ${got}: write 0.95 for 95 %.`,
  );

export const moreSimulationsThanDraws = (nsim: number, draws: number): FitWarning => ({
  code: "draws-reused",
  message: `${nsim} simulations were asked of ${draws} posterior draws, so draws are used more than once: sample more draws, or ask for fewer simulations.`,
});

export const contrastsOfNothing = (contrasts: string): Issue =>
  issue(
    "contrasts-of-nothing",
    ["contrasts"],
    `contrasts: "${contrasts}" compares averages at the levels of a column, and there is one average only: name a column in by or at, or leave contrasts out.`,
  );

/** Of means that are larger than a double can be. */
export const beyondDoubles = (rows: readonly number[]): FitWarning => ({
  code: "beyond-doubles",
  message: `The prediction${rows.length === 1 ? "" : "s"} for row${rows.length === 1 ? "" : "s"} ${listed(rows.map(String), 6)} ${rows.length === 1 ? "is" : "are"} larger than a number can be (1.8e308) and ${rows.length === 1 ? "has" : "have"} no error: check the new values, or predict on the scale of the link.`,
});

/** @param cells of averages, in words @param contrasts in words */
export const averagesBeyondDoubles = (cells: readonly string[], contrasts: readonly string[]): FitWarning => ({
  code: "beyond-doubles",
  message: `The ${[
    ...(cells.length > 0 ? [`averages at ${listed(cells, 6)}`] : []),
    ...(contrasts.length > 0 ? [`${cells.length > 0 ? "the " : ""}contrasts ${listed(contrasts, 6)}`] : []),
  ].join(
    ", ",
  )} are larger than a number can be (1.8e308) and have no error: check the values of the columns, or average on the scale of the link.`,
});

const NOT_ADJUSTED = {
  contrasts: (adjust: string) =>
    adjust === "tukey"
      ? 'is of all pairwise contrasts: ask for contrasts: "pairwise", or for adjust: "mvt" or "holm".'
      : adjust === "dunnett"
        ? 'is of contrasts with a reference: ask for contrasts: "reference", or for adjust: "mvt".'
        : 'is of contrasts, and there are none: ask for contrasts: "pairwise", "reference" or "sequential".',
  profile: () => "widens Wald intervals, and those asked for are by profile: leave ci or adjust out.",
  draws: () => "is of p values, and a posterior has none: leave adjust out.",
  hypotheses: () => 'is of contrasts of averages: ask for adjust: "mvt", of the same estimates by their correlations.',
  ratios: () => 'is of Wald tests here: leave test: "lrt" or adjust out.',
  side: () => 'is of two-sided tests alone: ask for adjust: "mvt", "sidak", "holm" or "bonferroni".',
};

/** @param why what it does not go with */
export const adjustNotOfThis = (adjust: string, why: keyof typeof NOT_ADJUSTED): Issue =>
  issue("unused-option", ["adjust"], `adjust: "${adjust}" ${NOT_ADJUSTED[why](adjust)}`);

export const twoMargins = (): Issue =>
  issue(
    "bad-option",
    ["equivalence"],
    'equivalence gives the bounds of a test of equivalence, and delta or another side asks for a second test: give one of them, as equivalence: { lower: -1, upper: 1 } or delta: 1, side: "noninferiority".',
  );

export const equivalenceNeedsMargin = (): Issue =>
  issue(
    "bad-option",
    ["side"],
    'side: "equivalence" needs a margin: give delta, as delta: 0.5, or bounds, as equivalence: { lower: -1, upper: 1 }.',
  );

export const marginNotOfThis = (why: "none" | "draws" | "profile"): Issue =>
  issue(
    "unused-option",
    ["side"],
    why === "none"
      ? 'equivalence, delta and side are of tests of contrasts, and there are none: ask for contrasts: "pairwise", "reference" or "sequential".'
      : why === "draws"
        ? "equivalence, delta and side are of p values, and a posterior has none: ask hypothesis() for the posterior probability, or leave them out."
        : "equivalence, delta and side make Wald intervals, and those asked for are by profile: leave ci or them out.",
  );

export const contrastColumnUnused = (name: string): Issue =>
  issue(
    "unused-option",
    ["contrastColumn"],
    `contrastColumn: "${name}" asks for contrasts of its levels, and contrasts is "none": say which, as contrasts: "pairwise" or "reference", or leave contrastColumn out.`,
  );

export const gridColumnUnknown = (name: string, option: string, known: readonly string[]): Issue =>
  issue(
    "unknown-column",
    [option, name],
    `"${name}" in ${option} is no column of the table: its columns are ${listed(quoted(known), 5)}.`,
  );

export const gridColumnUnused = (name: string, option: string, used: readonly string[]): Issue =>
  issue(
    "column-not-in-model",
    [option, name],
    `The model does not use the column "${name}", so averages would be the same at each of its values: name in ${option} a column of the formula (${listed(quoted(used), 5)}).`,
  );

export const gridColumnTwice = (name: string): Issue =>
  issue(
    "column-twice",
    ["at", name],
    `The column "${name}" is named in both by and at: give its values in at, or leave it in by for all values seen.`,
  );

export const gridValuesMissing = (name: string): Issue =>
  issue(
    "no-values",
    ["at", name],
    `at gives no values for the column "${name}": list at least one, as at: { ${name}: [1, 2] }.`,
  );

export const gridLevelUnknown = (name: string, value: string, levels: readonly string[]): Issue =>
  issue(
    "unknown-level",
    ["at", name],
    `"${value}" is no level of the column "${name}": its levels are ${listed(quoted(levels), 5)}.`,
  );

export const nothingToCompare = (): Issue =>
  issue(
    "nothing-to-compare",
    ["fits"],
    `There is nothing to compare: name at least one fit, as compare({ ml, bayes }).`,
  );

export const marginalCoefficientsNeedLink = (family: string): Issue =>
  issue(
    "no-link",
    ["family"],
    `Marginal coefficients are coefficients on the scale of a link of the mean, and the ${family} family has none: use populationAverage() instead.`,
  );

export const iccNeedsLatentVariance = (family: string, link: string): Issue =>
  issue(
    "icc-family",
    ["family"],
    `There is no formula for the variance that the ${family} family adds on the scale of the ${link} link, so no intraclass correlation: use populationAverage() to describe the fit.`,
  );

export const iccNeedsRandomEffects = (): Issue =>
  issue(
    "icc-no-groups",
    ["random"],
    `The model has no random effects, so there is no intraclass correlation: add a random term, as (1 | group).`,
  );

export const iccOfRandomDispersion = (): Issue =>
  issue(
    "icc-random-dispersion",
    ["dispersion"],
    "With random effects in the dispersion the residual variance differs from group to group, so there is no one intraclass correlation and no R²; read the parameters from tidy(), or leave the random terms out of .dispersion().",
  );

export const noDispersionToPredict = (family: string): Issue =>
  issue(
    "no-dispersion",
    ["type"],
    `The family "${family}" has no dispersion parameter that is estimated, so that there is nothing to predict of type "disp"; ask for "response" or "link".`,
  );

export const dispersionGivenResiduals = (): Issue =>
  issue(
    "dispersion-given-residuals",
    ["type"],
    'The dispersion does not follow from the residuals of other rows: leave residuals: "conditional" out where type is "disp".',
  );

export const designNotOfFullRank = (): Issue =>
  issue(
    "rank",
    ["fixed"],
    `The columns of the fixed effects depend linearly on each other in the rows that count, so coefficients cannot be told apart: drop one of the columns.`,
  );

export const residualsNeedVariance = (family: string): Issue =>
  issue(
    "no-variance",
    ["type"],
    `The ${family} family states no variance, so there are no Pearson residuals: ask for type "response", or give the family a variance.`,
  );

export const givenResidualsNeed = (correlated: boolean, newdata: boolean): Issue =>
  issue(
    "residuals-conditional",
    ["residuals"],
    !correlated
      ? 'The model has no residual correlation, so the residuals of fitted rows say nothing of new ones: leave residuals: "conditional" out.'
      : !newdata
        ? 'Given their own residuals the fitted rows are predicted as they were observed: residuals: "conditional" needs newdata.'
        : 'The residuals of fitted rows are those around the means of their own groups: residuals: "conditional" needs the estimand "conditional".',
  );

export const heavyTails = (what: string, count: number, worst: number, threshold: number): FitWarning => ({
  code: "no-expectation",
  message: `The draws of ${count === 1 ? `one ${what}` : `${count} ${what}s`} have tails too heavy for a mean (Pareto k ${count === 1 ? "" : "up to "}${worst === Infinity ? "infinite" : worst.toFixed(2)}, above ${threshold.toFixed(2)}): an expectation need not exist, as with half-t priors of standard deviations and a log link. The estimate is their median, without a standard error, and the interval holds; priors of the standard deviations with lighter tails, as halfNormal(0.5) or uniform(0, 2), give them a mean.`,
});
