/** Errors that depend on variances of which the data say nothing: what has another error at another maximum of the likelihood has none. */
import type { Fit, MaximumLikelihoodFit } from "../model/fit.ts";

/** A relative change of a standard error that is more than a trifle. */
const MOVES = 1e-4;

/** Whether two standard errors of one quantity are different ones. */
export const errorMoves = (error: number | null, other: number | null): boolean =>
  error !== null && other !== null && Math.abs(error - other) > MOVES * Math.max(error, other);

/** The fit at other maxima of its likelihood, which are as good. */
export const equivalentsOf = (fit: Fit): readonly MaximumLikelihoodFit[] =>
  fit.kind === "ml" ? (fit.equivalents ?? []) : [];
