/** Texts about fits with a residual structure, and about what is asked of them. */
import { type FitWarning, type Issue, issue } from "./issue.ts";

export const fittedInPosterior = (): Issue =>
  issue(
    "residual-fitted",
    ["residual", "variance"],
    "A variance function of the fitted values is estimated by nlme's fixed-point iteration, which maximises no likelihood and so has no posterior; use a variance covariate instead.",
  );

export const fittedPenalised = (): Issue =>
  issue(
    "residual-fitted",
    ["residual", "variance"],
    "A variance function of the fitted values is estimated by nlme's fixed-point iteration, which has no likelihood to penalise; use a variance covariate instead, or fit without penalised.",
  );

export const fittedNewRows = (): Issue =>
  issue(
    "residual-fitted",
    ["residual", "variance"],
    "A variance function of the fitted values cannot be simulated on new data; simulate on the rows of the fit.",
  );

export const fittedUnsettled = (): FitWarning => ({
  code: "residual-fitted-unsettled",
  message:
    "The fixed-point iteration between the variance function and the fitted values had not settled after 50 rounds; do not rely on the standard errors.",
});

export const fixedPoint = (rounds: number): FitWarning => ({
  code: "residual-fixed-point",
  message: `The variance depends on the fitted values: estimated by nlme's fixed-point iteration (${rounds} rounds), which holds the fitted values in the variance while it maximises; it is not maximum likelihood.`,
});

export const jointNotPossible = (): Issue =>
  issue(
    "residual-joint",
    ["sampler"],
    'The random effects of a linear model with a residual structure are integrated out exactly, and only that posterior can be sampled; leave target "joint" out.',
  );

export const normalizedOnlyGaussian = (): Issue =>
  issue(
    "residual-normalized",
    ["residuals"],
    'Normalized residuals belong to Gaussian models; use type "pearson" for other families.',
  );

export const iccNotDefined = (): Issue =>
  issue(
    "residual-icc",
    ["intraclassCorrelation"],
    "With a residual structure the variance and the correlation of rows differ from row to row, so there is no one intraclass correlation; read the parameters from tidy().",
  );

export const groupAcrossClusters = (kind: string, whole: boolean): Issue =>
  issue(
    "bootstrap-residual",
    ["bootstrap", "cluster"],
    whole
      ? `${kind}() correlates all rows as one series, which cannot be cut into clusters to resample; give the structure groups, as ${kind}(~ 1 | g), or simulate from the fit and refit.`
      : `${kind}() correlates rows of different clusters, which a resample would tear apart; resample clusters that hold its groups whole, as { cluster: 'g' } with the column of the groups or a coarser one.`,
  );

export const absentStratum = (kind: string, stratum: string): string =>
  `No row of the resample is of ${stratum}, for which ${kind}() has a parameter.`;

export const residualNeedsLinearising = (): Issue =>
  issue(
    "residual-nonlinear",
    ["residual"],
    "A variance of the fitted values of a nonlinear mean is estimated by nlme's fixed-point iteration, to which Laplace's approximation and quadrature do not apply; fit it by lindstromBates(), as nlme does, or without random effects by ml(), or use a variance covariate.",
  );

export const newRowsJoinFitted = (issue: Issue, fitted: number): Issue => ({
  ...issue,
  message: `Predicted given the residuals of the fitted rows, new rows join their series, and there a fault appears: ${issue.message} Rows up to ${fitted} are the fitted ones; the first of the new data is row ${fitted + 1}.`,
});

export const quadratureOfCorrelated = (nodes: number): Issue =>
  issue(
    "quadrature-correlated",
    ["method"],
    `agq(${nodes}) integrates group by group over rows that are independent given the random effects, which rows with a residual correlation are not; use laplace(), or sample the posterior.`,
  );
