/** Texts about robust covariances. */
import { type Issue, issue } from "./issue.ts";
import { listed, quoted } from "./lists.ts";

export const crossedClusters = (groups: readonly string[]): Issue =>
  issue(
    "robust-cluster",
    ["cluster"],
    `A robust covariance adds up independent clusters, and ${listed(quoted(groups))} are crossed, so that no group is independent of the others: name a column of the clusters within which all levels lie, or bootstrap.`,
  );

export const splitClusters = (cluster: string, group: string | null): Issue =>
  issue(
    "robust-cluster",
    ["cluster"],
    `The clusters of ${JSON.stringify(cluster)} are not independent in the model: ${
      group === null ? "correlated rows" : `levels of ${JSON.stringify(group)}`
    } have rows in several of them. Name a column whose clusters hold ${group === null ? "whole groups of them" : "whole levels"}, or leave cluster out.`,
  );

export const fewClusters = (name: string, coefficients: number): Issue =>
  issue(
    "robust-cluster",
    ["cluster"],
    `A robust covariance needs several independent clusters, and of ${JSON.stringify(name)} there is one: name a column with more clusters than the ${coefficients} ${
      coefficients === 1 ? "coefficient" : "coefficients"
    }, or leave vcov out.`,
  );

export const robustNeedsLikelihood = (why: "gee" | "posterior" | "working" | "penalised"): Issue =>
  issue(
    "robust-covariance",
    ["vcov"],
    {
      gee: 'A fit by estimating equations has robust standard errors of its own: choose them by gee({ stdErr: "robust" }), "KC" or "MD".',
      posterior: "A posterior has no sandwich covariance: fit the same declaration with .fit().",
      working:
        "Penalised quasi-likelihood and Lindstrom-Bates maximise no likelihood whose scores could be added up: fit the same declaration by maximum likelihood, or use clusterBootstrap(fit).",
      penalised:
        "The scores of a penalised likelihood do not belong to clusters: fit the same declaration without penalties, or use clusterBootstrap(fit).",
    }[why],
  );

export const robustNotOfThis = (of: string): Issue =>
  issue(
    "robust-covariance",
    ["vcov"],
    `${of} has no sandwich covariance of this kind: leave vcov out. Fits by .fit() have one; estimating equations have theirs by the option stdErr of gee().`,
  );

export const robustNotOf = (ddf: string): Issue =>
  issue(
    "robust-covariance",
    ["ddf"],
    `Robust covariances have Satterthwaite's degrees of freedom or none: ask for ddf "satterthwaite" or "normal", and not for ${JSON.stringify(ddf)}.`,
  );

export const robustClusterTooLarge = (rows: number, most: number): Issue =>
  issue(
    "robust-covariance",
    ["vcov"],
    `CR2 takes roots of a matrix of the rows of each cluster where rows differ in variance or are correlated, and a cluster has ${rows} of them, of which at most ${most} are supported: ask for "CR1" or "CR3".`,
  );

export const robustOfConditional = (): Issue =>
  issue(
    "robust-covariance",
    ["vcov"],
    "Robust covariances are of parameters, and conditional averages depend on the groups' effects too: ask for the estimands population or typical, or leave vcov out.",
  );

export const clusterWithoutVcov = (): Issue =>
  issue(
    "robust-cluster",
    ["cluster"],
    'The option cluster belongs to a robust covariance: ask for vcov "CR2" too, or leave cluster out.',
  );

export const robustNotComputed = (): Issue =>
  issue(
    "robust-covariance",
    ["vcov"],
    "The marginal covariance cannot be inverted at this estimate, whose residual variance is zero to rounding, so there is no sandwich: leave vcov out.",
  );

export const robustWithProfile = (): Issue =>
  issue(
    "robust-covariance",
    ["ci"],
    'Profile likelihood intervals are those of the model, whatever the covariance of Wald intervals: leave vcov out, or ask for ci "wald".',
  );
