/** Texts about Gaussian fits whose residual variance is zero, nearly zero, or not there to be estimated. */
import type { FitWarning } from "./issue.ts";
import { listed, listedWithAnd } from "./lists.ts";

const size = (value: number): string => Number(value.toPrecision(2)).toString();

export const zeroResidual = (sigma: number): string =>
  `The residual variance is zero to rounding (its standard deviation is ${size(sigma)}): the fixed and random effects fit the response exactly. The coefficients are those of least squares, and the variances between levels are estimates as usual, but the likelihood has no bound, so that log-likelihood, AIC and BIC mean nothing; check whether the response is computed from the columns or repeated within levels.`;

export const constantToRounding = (value: number): string =>
  `The response is ${size(value)} in every row: the residual variance is zero to rounding, the likelihood has no bound, and there is nothing to estimate but that value.`;

export const saturated = (coefficients: number, rows: number, restricted: boolean): string =>
  `The model has ${coefficients} coefficients for ${rows} rows: it is saturated, fits every row exactly and leaves nothing to estimate a variance from, so that the residual variance is zero to rounding and standard errors mean nothing${restricted ? " (there is no restricted likelihood, and this is the fit of maximum likelihood)" : ""}. Drop columns, or sample the model with proper priors.`;

/** Of counts or successes, whose distribution leaves errors where nothing else is left. */
export const saturatedCounts = (coefficients: number): FitWarning => ({
  code: "saturated",
  message: `The model has as many coefficients as rows, ${coefficients}: it is saturated and fits every row exactly, so that nothing says whether the response varies as its distribution does. Estimates and log-likelihood hold, and standard errors are those of the distribution.`,
});

export const nearlyExact = (sigma: number, spread: number): FitWarning => ({
  code: "nearly-exact-response",
  message: `The residual standard deviation, ${size(sigma)}, is a share of ${size(sigma / spread)} of the response's: check whether the response is computed from the columns.`,
});

/** Rows of a table as sentences name them. */
export const rowsNamed = (rows: readonly number[]): string =>
  rows.length === 1 ? `row ${rows[0]}` : `rows ${listed(rows, 5)}`;

const REMEDY = "Give such rows the variance of others";

/** @param name the stratum or the rows */
export const unboundedStratum = (name: string, rows: number): string =>
  `The variance of ${name} rests on ${rows === 1 ? "one row" : `${rows} rows`} alone, which the coefficients of the mean can fit exactly: the likelihood rises without bound as that variance goes to 0. Where the search stopped means nothing for it. ${REMEDY}.`;

/** A stratum of varIdent that is fitted exactly though it has more rows than coefficients. */
export const vanishingStratum = (name: string, rows: number, ratio: number): string =>
  `The residual standard deviation of ${name} is a share of ${size(ratio)} of the largest one's: its ${rows} rows are fitted exactly, and the likelihood rises without bound as that variance goes to 0. ${REMEDY}.`;

export const zeroStratum = (name: string, rows: number): string =>
  `The residual variance of ${name} is estimated as 0: the coefficients take the ${rows === 1 ? "row" : `${rows} rows`} with them.`;

export const varianceOfOwnCoefficients = (name: string, rows: number, coefficients: readonly string[]): string =>
  `The data do not identify the residual variance of ${name}: ${listedWithAnd(coefficients.map((term) => `'${term}'`))} ${coefficients.length === 1 ? "fits" : "fit"} ${rows === 1 ? "that row" : "those rows"} exactly, and the restricted likelihood is the same whatever the variance is. It has no error, and neither ${coefficients.length === 1 ? "has that coefficient, whose" : "have those coefficients, whose"} error depends on it; all else holds. ${REMEDY}.`;

export const localMaximum = (names: readonly string[]): FitWarning => ({
  code: "local-maximum",
  message: `The likelihood has no highest point: the coefficients of the mean can fit ${listed(names, 3)} exactly, which ${names.length === 1 ? "has" : "have"} a residual variance of ${names.length === 1 ? "its" : "their"} own, and the likelihood rises without bound as that goes to 0. The estimates are at a local maximum; restricted maximum likelihood has a bound there.`,
});

export const unboundedRows = (rows: readonly number[], of: number): string =>
  `The residual standard deviation goes to 0 in ${rows.length === 1 ? `row ${rows[0]}` : `${rows.length} of ${of} rows (the first is row ${rows[0]})`}, which the coefficients and random effects fit exactly: the likelihood grows without bound, and neither estimates nor errors mean anything. Leave the term that singles them out of the dispersion.`;
