/** Profile likelihoods as data: the curve of every parameter, and the ends of its interval. */
import { optional } from "valibot";
import { noParameter } from "../../messages/estimates.ts";
import type { FitWarning } from "../../messages/issue.ts";
import { DeclarationError, issue } from "../../messages/issue.ts";
import { notAFit } from "../../messages/options.ts";
import { notRestricted } from "../../messages/profile.ts";
import type { TidyRow } from "../../model/fit.ts";
import { parameterLabel, type ReportedParameter, reportedParameters } from "../../model/reported-parameters.ts";
import { atOnce } from "../../optimise/pausable.ts";
import { choice, confidenceLevel, parameterNames } from "../../options/kinds.ts";
import { nearestName } from "../../options/nearest-name.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../../options/read-options.ts";
import { type Printable, printable } from "../../report/printable.ts";
import { formatRows, rowDecimals } from "../../report/row-decimals.ts";
import { textTable } from "../../report/text-table.ts";
import { visibleLines } from "../../report/visible-text.ts";
import { normalQuantile } from "../../special/distributions.ts";
import { MaximumLikelihood } from "../maximum-likelihood.ts";
import type { ProfiledLikelihood } from "./profile-problem.ts";
import { profileCurve } from "./profile-quantity.ts";
import { Profilers } from "./profiler.ts";

/** Which likelihood of a REML fit is profiled. */
export const profiledLikelihood = choice(["restricted", "ml"]);

const profileOptions = optionsSchema({
  /** Parameters by their term, as `Days`, or by group and term, as `Subject sd__Days`; default all. */
  which: optional(parameterNames),
  /**
   * Of REML fits: `restricted` (default): variances, correlations and residual parameters by the restricted likelihood; `ml`: by maximum likelihood, as
   * lme4. Coefficients, which the restricted likelihood has not, are by maximum likelihood anyway.
   */
  likelihood: optional(profiledLikelihood),
  /** Level of the intervals, default 0.95. */
  confLevel: optional(confidenceLevel, 0.95),
  /** The curve goes on to the ends of intervals of this level; default 0.99. */
  curveLevel: optional(confidenceLevel, 0.99),
});

export type ProfileOptions = OptionsOf<typeof profileOptions>;

export interface ProfileRow extends Pick<TidyRow, "effect" | "component" | "group" | "term"> {
  readonly estimate: number;
  /** Null: the interval is open there. */
  readonly conf_low: number | null;
  readonly conf_high: number | null;
  /** Of REML fits: which likelihood was profiled. */
  readonly ci?: ProfiledBy;
}

/** A point of a profile. */
export interface ProfilePoint extends Pick<TidyRow, "effect" | "component" | "group" | "term"> {
  readonly value: number;
  /** sign(value − estimate)·√(2(ℓ̂ − ℓ(value))): a straight line where the likelihood is that of a normal estimate. */
  readonly zeta: number;
  /** The highest log-likelihood, of REML fits the restricted one of rows that are by it, with the parameter at this value. */
  readonly logLik: number;
}

export interface ProfileLikelihood extends Printable {
  readonly rows: readonly ProfileRow[];
  readonly points: readonly ProfilePoint[];
  readonly warnings: readonly FitWarning[];
}

/** Which likelihood a row's interval is by. */
export type ProfiledBy = "restricted profile" | "ml profile";

/** As part of a row, of REML fits alone. */
export const profiledBy = (
  { restricted }: Pick<MaximumLikelihood, "restricted">,
  likelihood: ProfiledLikelihood,
): { readonly ci?: ProfiledBy } =>
  restricted ? { ci: likelihood === "restricted" ? "restricted profile" : "ml profile" } : {};

/** @throws DeclarationError for the restricted likelihood of a fit that has none */
export function profilersAsked(fit: MaximumLikelihood, likelihood: ProfiledLikelihood | undefined): Profilers {
  if (likelihood === "restricted" && !fit.restricted) throw new DeclarationError([notRestricted(fit.method)]);
  return new Profilers(fit, likelihood);
}

/** The parameters that names name. @throws DeclarationError for each that is none */
export function namedParameters(
  all: readonly ReportedParameter[],
  which: string | readonly string[] | undefined,
): readonly ReportedParameter[] {
  if (which === undefined) return all.filter(({ given }) => !given);
  const wanted = typeof which === "string" ? [which] : which;
  const known = [...new Set(all.flatMap((parameter) => [parameter.term, parameterLabel(parameter)]))];
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new DeclarationError(
      unknown.map((name) =>
        issue(
          "unknown-parameter",
          ["which", name],
          noParameter(name, nearestName(name, known), all.map(parameterLabel)),
        ),
      ),
    );
  return all.filter((parameter) => wanted.includes(parameter.term) || wanted.includes(parameterLabel(parameter)));
}

/**
 * The profile likelihood of each parameter of a maximum-likelihood fit: for each of its values the highest log-likelihood that other parameters leave.
 * Variances of REML fits by the restricted likelihood, their coefficients by maximum likelihood; `likelihood: "ml"` has lme4's.
 *
 * @throws DeclarationError for fits without a likelihood (estimating equations, penalised quasi-likelihood, posteriors) and unknown parameters
 * @example
 * const { rows, points } = profile(fit, { which: "Days" });
 * points.map(({ value, zeta }) => [value, zeta]); // nearly a line
 */
export function profile(fit: MaximumLikelihood, options?: ProfileOptions): ProfileLikelihood {
  if (!(fit instanceof MaximumLikelihood)) throw new DeclarationError([notAFit("profile()", fit)]);
  const { which, confLevel, curveLevel, likelihood } = readOptions(profileOptions, options, { of: "profile()" });
  const parameters = namedParameters(reportedParameters(fit.model), which);
  const profilers = profilersAsked(fit, likelihood);
  const most = Math.max(normalQuantile(0.5 + confLevel / 2), normalQuantile(0.5 + curveLevel / 2));
  const { estimate: x } = fit;
  const points: ProfilePoint[] = [];
  const rows = parameters.map((parameter): ProfileRow => {
    const { effect, component, group, term } = parameter;
    const label = { effect, component, group, term };
    const { profiler, likelihood } = profilers.forParameter(parameter);
    const found = profiler.ofParameter(parameter);
    const { low, high } = profiler.interval(found, confLevel);
    if (found)
      for (const { value, zeta } of atOnce(profileCurve(found, most)))
        points.push({ ...label, value, zeta, logLik: -profiler.problem.value - 0.5 * zeta * zeta });
    return { ...label, estimate: parameter.value(x), conf_low: low, conf_high: high, ...profiledBy(fit, likelihood) };
  });
  const warnings = profilers.warnings();
  return printable({ rows, points, warnings }, (style) =>
    [
      ...textTable(
        [
          { header: "", cells: rows.map(parameterLabel), align: "left" },
          ...(["estimate", "conf_low", "conf_high"] as const).map((name) => ({
            header: name,
            cells: formatRows(
              rows.map((row) => row[name]),
              rowDecimals(rows.map((row) => ({ ...row, std_error: null }))),
            ),
          })),
        ],
        style,
      ),
      ...warnings.flatMap(({ message }) => ["", style(`Warning: ${visibleLines(message)}`, "warning")]),
    ].join("\n"),
  );
}
