/** What can be asked of which kind of fit: estimands, and whether there is a distribution of the response. */
import { estimandNotOfGee, noDistribution } from "../messages/gee.ts";
import { declarationFault } from "../messages/issue.ts";
import type { DistributionFit, EstimatingEquationsFit, Fit, MaximumLikelihoodFit } from "../model/fit.ts";
import type { Estimand } from "./estimand.ts";

/** A fit with an estimate and its covariance. */
export type PointFit = MaximumLikelihoodFit | EstimatingEquationsFit;

/** Conditional modes of a fit's random effects by term; a GEE has no terms. */
export const modesOf = (fit: PointFit): readonly Float64Array[] => (fit.kind === "ml" ? fit.modes : []);

/**
 * The estimand asked for, or the fit's own: `population` of a GEE, `conditional` of any other.
 *
 * @throws DeclarationError for any but `population` of a GEE
 */
export function estimandOf(fit: Fit, wanted: Estimand | undefined): Estimand {
  const estimand = wanted ?? (fit.kind === "gee" ? "population" : "conditional");
  if (fit.kind === "gee" && estimand !== "population")
    throw declarationFault({ code: "estimand-of-gee", path: ["estimand"], message: estimandNotOfGee(estimand) });
  return estimand;
}

/**
 * Refuses a fit without a distribution of the response.
 *
 * @param what the quantity asked for, as the start of a sentence
 * @throws DeclarationError for a GEE
 */
export function requireDistribution(fit: Fit, what: string): asserts fit is DistributionFit {
  if (fit.kind === "gee")
    throw declarationFault({ code: "no-distribution", path: ["fit"], message: noDistribution(what) });
}
