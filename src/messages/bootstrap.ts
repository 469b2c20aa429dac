/** Texts of faults and warnings of bootstraps, beside those of clusters in `gee.ts`. */
import { type FitWarning, type Issue, issue } from "./issue.ts";
import { listedWithAnd } from "./lists.ts";

const fault = (path: string, message: string): Issue => issue("bootstrap-kind", ["bootstrap", path], message);

export const needsDistribution = (kind: string): Issue =>
  fault(
    "kind",
    `A ${kind} bootstrap simulates responses, and a fit by estimating equations states no distribution to simulate: take { kind: "cluster" }.`,
  );

export const residualNeedsGaussian = (family: string): Issue =>
  fault(
    "kind",
    `A residual bootstrap resamples residuals of one normal distribution, which a ${family} response has not: take { kind: "parametric" } or { kind: "cluster" }.`,
  );

export const residualOfRelatedLevels = (group: string): Issue =>
  fault(
    "kind",
    `The effects of ${group} depend on each other by their known covariance, so that they cannot be drawn with replacement: take { kind: "parametric" }.`,
  );

export const nestedWithWaves = (): Issue =>
  fault(
    "kind",
    'Rows drawn with replacement within a cluster would stand at one occasion several times, which a working correlation by wave cannot have: take { kind: "cluster" }.',
  );

export const withinNotNested = (columns: readonly string[], label: string): Issue =>
  fault(
    "within",
    `The parts that are drawn within clusters have to lie within them: ${listedWithAnd(columns)} ${label} has rows in several clusters.`,
  );

export const withinOfNested = (): Issue =>
  fault(
    "within",
    'What is drawn within clusters, { within }, is of the nested bootstrap: give { kind: "nested" } with it.',
  );

export const effectsOfSimulation = (kind: string): Issue =>
  fault(
    "randomEffects",
    `The ${kind} bootstrap simulates no random effects, so that { randomEffects } means nothing: it belongs to the kinds "parametric" and "residual".`,
  );

export const weightsNotByCluster = (why: string): Issue =>
  fault(
    "kind",
    `Case weights multiply the log-likelihoods of clusters, which are known one by one where all random effects are of one grouping factor and rows are independent given them: ${why}. Take { kind: "cluster" }.`,
  );

export const weightsOfLikelihood = (method: string): Issue =>
  fault(
    "kind",
    `Case weights multiply the log-likelihoods of clusters, and a fit by ${method} has none: take { kind: "cluster" }.`,
  );

export const weightsWithoutErrors = (): Issue =>
  fault(
    "interval",
    'A fit with weighted clusters has no standard errors to studentise by: take percentile, basic, bca or normal intervals, or { kind: "cluster" }.',
  );

export const accelerationNeedsClusters = (): Issue =>
  fault(
    "interval",
    'A BCa interval takes its acceleration from leaving out each cluster in turn: say which the clusters are, by { cluster: "column" } or --cluster column, or take another interval.',
  );

export const otherRecord = (what: string): Issue =>
  issue(
    "bootstrap-record",
    ["bootstrap", "resume"],
    `The record that is to be resumed is of another bootstrap, with another ${what}: resume it with the same fit and options, or begin anew.`,
  );

export const noRecord = (): Issue =>
  issue(
    "bootstrap-record",
    ["bootstrap", "resume"],
    "What is to be resumed must be the record of a bootstrap, as onProgress gives it and { record } of the result has it.",
  );

export const reweightedByMaximumLikelihood = (): FitWarning => ({
  code: "bootstrap-not-restricted",
  message:
    "The restricted likelihood is no sum over clusters, so that the REML fit was reweighted by maximum likelihood; estimates are those of maximum likelihood too.",
});

export const undefinedQuantities = (names: readonly string[], most: number, kept: number): FitWarning => ({
  code: "bootstrap-undefined",
  message: `${listedWithAnd(names)} ${names.length === 1 ? "has" : "have"} no value in up to ${most} of ${kept} resample${kept === 1 ? "" : "s"}: a correlation has none beside a variance of 0, and a parameter none at the limit where it is infinite. Intervals are of the others.`,
});

export const withoutInterval = (names: readonly string[]): FitWarning => ({
  code: "bootstrap-open",
  message: `There is no interval for ${listedWithAnd(names)}: resamples lie on one side of the estimate alone, or have no errors to studentise by. Take percentile intervals.`,
});

export const jackknifeFailures = (failed: number, clusters: number): FitWarning => ({
  code: "bootstrap-failures",
  message: `${failed} of ${clusters} fits without one cluster failed and are left out of the acceleration of BCa intervals.`,
});
