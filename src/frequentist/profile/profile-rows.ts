/** The rows of a table of estimates with the intervals of the profile likelihood in place of Wald's. */
import type { TidyRow } from "../../model/fit.ts";
import { parameterLabel, type ReportedParameter, reportedParameters } from "../../model/reported-parameters.ts";
import { isExactFit } from "../exact-verdict.ts";
import type { MaximumLikelihood } from "../maximum-likelihood.ts";
import { Profilers } from "./profiler.ts";

/** Errors of log sd, and of Fisher's z of a correlation, beyond which their normal approximation is not taken for an interval. */
const MOST_LOG_ERROR = 1 / 4;
const MOST_Z_ERROR = 1 / 2;

/**
 * Whether a Wald interval is not to be trusted: that of a standard deviation or a correlation at the boundary of what it can be, without an error, or
 * with a large one, as few groups leave it.
 */
function isUntrusted({ kind }: ReportedParameter, { estimate, std_error }: TidyRow): boolean {
  if (kind !== "sd" && kind !== "cor") return false;
  if (std_error === null) return true;
  return kind === "sd"
    ? !(std_error < MOST_LOG_ERROR * estimate)
    : !(std_error < MOST_Z_ERROR * (1 - estimate * estimate));
}

/**
 * @param which `profile`: all rows of parameters; `auto`: those whose Wald interval is not to be trusted
 * @throws DeclarationError where the fit maximised no likelihood of its parameters
 */
export function withProfileIntervals(
  fit: MaximumLikelihood,
  rows: readonly TidyRow[],
  which: "profile" | "auto",
  confLevel: number,
): TidyRow[] {
  if (which === "auto" && isExactFit(fit)) return rows.slice();
  const profilers = new Profilers(fit);
  const parameters = new Map(reportedParameters(fit.model).map((parameter) => [parameterLabel(parameter), parameter]));
  return rows.map((row) => {
    const parameter = row.effect === "ran_vals" ? undefined : parameters.get(parameterLabel(row));
    if (!parameter || parameter.given || (which === "auto" && !isUntrusted(parameter, row))) return row;
    const { profiler } = profilers.forParameter(parameter);
    const { low, high } = profiler.interval(profiler.ofParameter(parameter), confLevel);
    const { note: _, ...own } = row;
    return { ...own, conf_low: low, conf_high: high, ci: "profile" as const };
  });
}
