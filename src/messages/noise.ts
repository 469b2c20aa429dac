/** Texts about Gaussian fits whose residual variance is zero, nearly zero, or not there to be estimated. */
import type { FitWarning } from "./issue.ts";

const size = (value: number): string => Number(value.toPrecision(2)).toString();

export const zeroResidual = (sigma: number): string =>
  `The residual variance is zero to rounding (its standard deviation is ${size(sigma)}): the fixed and random effects fit the response exactly. The coefficients are those of least squares, and the variances between levels are estimates as usual, but the likelihood has no bound, so that log-likelihood, AIC and BIC mean nothing; check whether the response is computed from the columns or repeated within levels.`;

export const constantToRounding = (value: number): string =>
  `The response is ${size(value)} in every row: the residual variance is zero to rounding, the likelihood has no bound, and there is nothing to estimate but that value.`;

export const saturated = (coefficients: number, rows: number, restricted: boolean): string =>
  `The model has ${coefficients} coefficients for ${rows} rows: it is saturated, fits every row exactly and leaves nothing to estimate a variance from, so that the residual variance is zero to rounding and standard errors mean nothing${restricted ? " (there is no restricted likelihood, and this is the fit of maximum likelihood)" : ""}. Drop columns, or sample the model with proper priors.`;

export const nearlyExact = (sigma: number, spread: number): FitWarning => ({
  code: "nearly-exact-response",
  message: `The residual standard deviation, ${size(sigma)}, is a share of ${size(sigma / spread)} of the response's: check whether the response is computed from the columns.`,
});

export const unboundedStratum = (stratum: string, rows: number, ratio: number): string =>
  rows === 1
    ? `The residual variance of '${stratum}' rests on one row: the likelihood rises without bound as that variance goes to 0 and the row is fitted exactly. Merge the stratum with another, or leave it out of varIdent.`
    : `The residual standard deviation of '${stratum}' is a share of ${size(ratio)} of the largest one's: the coefficients fit its ${rows} rows exactly, and the likelihood rises without bound as that variance goes to 0. Merge the stratum with another, or leave it out of varIdent.`;

export const unboundedRows = (rows: readonly number[], of: number): string =>
  `The residual standard deviation goes to 0 in ${rows.length === 1 ? `row ${rows[0]}` : `${rows.length} of ${of} rows (the first is row ${rows[0]})`}, which the coefficients and random effects fit exactly: the likelihood grows without bound, and neither estimates nor errors mean anything. Leave the term that singles them out of the dispersion.`;
