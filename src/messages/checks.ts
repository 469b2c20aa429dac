/** Texts of faults and warnings of model checks: leave-one-out, predictive checks, residuals, evidence. */
import { type FitWarning, type Issue, issue } from "./issue.ts";
import { listed, quoted } from "./lists.ts";
import { shown } from "./options.ts";

export const needsPosterior = (what: string): Issue =>
  issue(
    "needs-posterior",
    ["fit"],
    `${what} is made of posterior draws, and this fit has none: sample the same declaration with .sample(nuts()).`,
  );

export const leaveOneOutNeedsPosterior = (): Issue =>
  issue(
    "needs-posterior",
    ["leaveOneOut"],
    "Leaving out by importance weights is done with posterior draws, and this fit is a maximum-likelihood one: sample the same declaration with .sample(nuts()).",
  );

export const needsDistribution = (what: string): Issue =>
  issue(
    "needs-distribution",
    ["fit"],
    `${what} needs the distribution of the response, and a fit by estimating equations states none: fit the same declaration with .fit(), or sample it.`,
  );

export const noGroups = (what: string): Issue =>
  issue("no-groups", ["by"], `${what} by group needs a random term, and the model has none: ask for by: "row".`);

export const groupNotChosen = (groups: readonly string[]): Issue =>
  issue(
    "group-not-chosen",
    ["group"],
    `The model has several grouping factors: say which groups to leave out, with group set to one of ${listed(
      quoted(groups),
      5,
    )}.`,
  );

export const groupUnknown = (group: string, groups: readonly string[]): Issue =>
  issue(
    "unknown-group",
    ["group"],
    `"${group}" is no grouping factor of the model: choose ${listed(quoted(groups), 5)}.`,
  );

export const logLikelihoodNotFinite = (unit: string, draw: number): Issue =>
  issue(
    "log-likelihood-not-finite",
    ["fit"],
    `The log-likelihood of ${unit} is not a finite number at draw ${draw + 1}, so it cannot be left out by importance weights: check that row, or the chain that draw belongs to.`,
  );

export const drawsOutOfRange = (got: number, draws: number): Issue =>
  issue(
    "draws",
    ["draws"],
    `The number of draws to use is a whole number from 1 to the ${draws} of the fit, and it is ${got}.`,
  );

export const highParetoK = (
  units: readonly string[],
  worst: number,
  threshold: number,
  advice: string,
): FitWarning => ({
  code: "pareto-k",
  message: `The Pareto k of ${units.length === 1 ? units[0]! : `${units.length} units (${listed(units, 5)})`} is above ${threshold.toFixed(2)} (largest ${worst === Infinity ? "infinite" : worst.toFixed(2)}), so leaving ${units.length === 1 ? "it" : "them"} out changes the posterior by more than importance weights can follow; ${advice}`,
});

export const paretoAdvice = {
  integrateRows: `use likelihood: "marginal", which integrates the random effects out.`,
  integrateGroups: `use likelihood: "marginal", which integrates the group's effects out.`,
  refit: "fit again without them, and compare that fit's predictions of them.",
} as const;

export const waicUnreliable = (units: readonly string[]): FitWarning => ({
  code: "waic",
  message: `The effective number of parameters of ${units.length === 1 ? units[0]! : `${units.length} units (${listed(units, 5)})`} is above 0.4, so WAIC is not reliable: use loo().`,
});

export const looNotComparable = (first: string, other: string, what: string): Issue =>
  issue(
    "not-comparable",
    ["looCompare", other],
    `"${first}" and "${other}" cannot be compared: ${what}. Leave out the same units of the same response in the same way.`,
  );

export const tooFewToCompare = (what: string, got: number): Issue =>
  issue(
    "nothing-to-compare",
    [what],
    `${what} compares at least two models, and ${got} ${got === 1 ? "was" : "were"} given.`,
  );

export const familyHasNoCdf = (family: string): Issue =>
  issue(
    "no-cdf",
    ["family"],
    `Quantile residuals need the distribution function of the response, and the family "${family}" states none: give it a cdf, or use posteriorPredictive() with statistics of your own.`,
  );

export const tooManyResidualPredictors = (count: number): Issue =>
  issue(
    "marginal-residuals-dimension",
    ["randomEffects"],
    `Marginal quantile residuals integrate over the random effects of each linear predictor, of at most 2 predictors, and the model has random effects in ${count}: ask for randomEffects: "conditional".`,
  );

export const blockTooLarge = (rows: number, most: number): Issue =>
  issue(
    "loo-block-size",
    ["likelihood"],
    `With a residual structure the covariance matrix of rows that depend on each other is inverted, and ${rows} of them do, of which at most ${most} are supported; leave out rows by likelihood: "conditional".`,
  );

export const knownWithStructure = (): Issue =>
  issue(
    "loo-known-covariance",
    ["likelihood"],
    'A model with a residual structure and a known covariance across levels has no marginal likelihood by unit: leave out rows by likelihood: "conditional".',
  );

export const correlatedLeaveOneOut = (kind: string): Issue =>
  issue(
    "loo-pit-correlated",
    ["leaveOneOut"],
    `Leave-one-out quantile residuals weight the distribution of each row by itself, and ${kind}() correlates the rows: leave leaveOneOut out, or read residuals("normalized").`,
  );

export const unknownStatistic = (name: string, known: readonly string[]): Issue =>
  issue(
    "unknown-statistic",
    ["statistics", name],
    `There is no test statistic called "${name}": choose ${listed(known, 5)}, or give a function { ${JSON.stringify(name)}: (y) => number }.`,
  );

export const noStatistics: Issue = issue(
  "no-statistics",
  ["statistics"],
  'A predictive check needs at least one test statistic: name one, for example statistics: ["mean", "sd"].',
);

export const statisticNotANumber = (name: string, group: string | null): Issue =>
  issue(
    "statistic-not-a-number",
    ["statistics", name],
    `The test statistic "${name}" of the response${group === null ? "" : ` in group ${group}`} is not a number: a statistic takes an array of responses and returns a number.`,
  );

export const statisticUndefined = (name: string, groups: readonly (string | null)[]): FitWarning => ({
  code: "statistic-undefined",
  message: `The test statistic "${name}" has no value for the response${groups[0] === null ? "" : ` in ${groups.length === 1 ? "group" : "groups"} ${listed(groups.map(String), 5)}`}, so there is nothing to compare the replicated values with.`,
});

export const statisticSometimesUndefined = (
  name: string,
  defined: number,
  nsim: number,
  groups: number,
): FitWarning => ({
  code: "statistic-sometimes-undefined",
  message: `The test statistic "${name}" has a value on ${groups > 1 ? "as few as " : ""}${defined} of ${nsim} replicated responses${groups > 1 ? " of a group" : ""}: mean, interval and p value are of those.`,
});

export const groupColumnUnknown = (name: string, known: readonly string[]): Issue =>
  issue(
    "unknown-column",
    ["group"],
    `"${name}" is neither a grouping factor of the model nor a column of its table: choose ${listed(
      quoted(known),
      5,
    )}.`,
  );

export const evidenceNeedsProperPriors = (names: readonly string[]): Issue =>
  issue(
    "evidence-flat-prior",
    ["priors"],
    `The evidence is the likelihood averaged over the prior, and the prior of ${listed(names, 5)} is flat, so it has no value: give ${names.length === 1 ? "it" : "them"} a proper prior, such as normal(0, 10).`,
  );

export const evidenceNeedsDeclaredPriors: Issue = issue(
  "evidence-conjugate-prior",
  ["sampler", "prior"],
  "The evidence is computed with the declared priors, and this fit was sampled with a prior of the sampler's own: declare its priors with .prior() and sample again.",
);

export const evidenceDidNotConverge = (iterations: number): FitWarning => ({
  code: "bridge-not-converged",
  message: `The bridge-sampling iteration did not settle in ${iterations} steps, so the evidence is not to be trusted: sample more draws.`,
});

export const evidenceUncertain = (error: number): FitWarning => ({
  code: "evidence-uncertain",
  message: `The standard error of the log evidence is ${error.toPrecision(2)}: sample more draws before a Bayes factor is made of it.`,
});

export const evidenceParetoK = (k: number): FitWarning => ({
  code: "pareto-k",
  message: `The Pareto k of the importance weights is ${k.toFixed(2)}, above 0.7, so the error of the log evidence is larger than stated: use method: "bridge", or more draws.`,
});

export const evidenceByLaplace: FitWarning = {
  code: "laplace-evidence",
  message:
    "The random effects belong to several grouping factors, which only Laplace's approximation integrates out: the log evidence carries its error, which correctIntegral() measures.",
};

export const drawsDegenerate: FitWarning = {
  code: "draws-degenerate",
  message:
    "The covariance of the draws is not positive definite, so that there is nothing to bridge to: sample more draws than there are parameters.",
};

export const differentResponses = (a: string, b: string): Issue =>
  issue(
    "different-responses",
    ["bayesFactor"],
    `A Bayes factor compares models of the same response, and these are of ${a} and ${b}: fit both to the same rows.`,
  );

export const nothingToCorrect = (why: string): FitWarning => ({
  code: "nothing-to-correct",
  message: `The draws need no weights: ${why}.`,
});

export const correctionParetoK = (k: number, threshold: number): FitWarning => ({
  code: "pareto-k",
  message: `The Pareto k of the correcting weights is ${k === Infinity ? "infinite" : k.toFixed(2)}, above ${threshold.toFixed(2)}: the integral used for sampling is too far off to be corrected by weights; sample again with more nodes, or with target: "joint".`,
});

export const correctionDrawsFailed = (count: number): FitWarning => ({
  code: "correction-failed",
  message: `At ${count} of the draws the better integral could not be computed; they have weight 0.`,
});

export const notALoo = (name: string, value: unknown): Issue =>
  issue(
    "not-comparable",
    ["looCompare", name],
    `"${name}" of looCompare() must be what loo() or waic() returned, not ${shown(value)}: give looCompare({ ${name}: loo(fit), … }).`,
  );
