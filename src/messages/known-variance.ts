/** Texts of known residual variances. */
import { type Issue, issue } from "./issue.ts";

export const badVariance = (label: string, row: number, value: number): Issue =>
  issue(
    "known-variance",
    ["knownVariance", label],
    `The known variance ${label} is ${value} in row ${row}; a variance must be a finite number above 0. Correct the value, or leave the row out.`,
  );

export const onlyGaussianVariances = (family: string, link: string | undefined): Issue =>
  issue(
    "known-variance-not-gaussian",
    ["knownVariance"],
    `Known variances belong to a Gaussian response with identity link, but the family is ${family}${link === undefined ? "" : ` with link ${link}`}; leave .knownVariance() out.`,
  );

export const variancesWithWeights = (weights: string): Issue =>
  issue(
    "known-variance-weights",
    ["weights", weights],
    `The model has known variances and the precision weights ${weights}, which scale an estimated variance; keep one of the two (rows of variance v/w have the known variance v / w).`,
  );

export const variancesWithResidual = (): Issue =>
  issue(
    "known-variance-residual",
    ["residual"],
    "Known variances leave nothing of the residual to be estimated, so a model cannot have a variance function or a residual correlation as well; keep one of the two.",
  );

export const variancesWithNonlinear = (): Issue =>
  issue(
    "known-variance-nonlinear",
    ["mean"],
    "Known variances go with a linear mean; leave the nonlinear mean or .knownVariance() out.",
  );

export const noVariances = (): Issue =>
  issue(
    "known-variance",
    ["knownVariance"],
    'Known variances need a column or an expression of columns: .knownVariance("v"), or .standardErrors("se").',
  );
