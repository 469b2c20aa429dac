/** Texts of what fits with known residual variances cannot be asked. */
import { type Issue, issue } from "./issue.ts";

export const variancesForNewRows = (label: string, missing: readonly string[]): Issue =>
  issue(
    "known-variance-new-rows",
    ["newdata"],
    `New responses need the known variance ${label} of each row, but the new data have no column ${missing.join(", ")}; add it, or predict the mean (type "response").`,
  );

export const missingInNewRows = (label: string, row: number): Issue =>
  issue(
    "known-variance-new-rows",
    ["newdata"],
    `Row ${row} of the new data has no known variance ${label}, which a new response needs; fill it in or leave the row out.`,
  );

export const iccWithKnownVariances = (): Issue =>
  issue(
    "icc-known-variance",
    ["icc"],
    "The shares of the variance are not defined where every row has a known variance of its own; compare the standard deviations of the random effects with the standard errors of the rows.",
  );

export const geeWithKnownVariances = (): Issue =>
  issue(
    "known-variance-in-gee",
    ["knownVariance"],
    "Generalised estimating equations estimate a scale, so they have no place for known variances; fit by ml() or reml(), or leave .knownVariance() out.",
  );

export const pqlWithKnownVariances = (): Issue =>
  issue(
    "known-variance-in-pql",
    ["method"],
    "Penalised quasi-likelihood estimates a dispersion, so it has no place for known variances; the likelihood is exact here, so fit by ml() or reml().",
  );
