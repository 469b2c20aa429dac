/** Profile likelihoods as data: the curve of every parameter, and the ends of its interval. */
import { optional } from "valibot";
import { noParameter } from "../../messages/estimates.ts";
import type { FitWarning } from "../../messages/issue.ts";
import { DeclarationError, issue } from "../../messages/issue.ts";
import { notAFit } from "../../messages/options.ts";
import type { TidyRow } from "../../model/fit.ts";
import { parameterLabel, type ReportedParameter, reportedParameters } from "../../model/reported-parameters.ts";
import { atOnce } from "../../optimise/pausable.ts";
import { confidenceLevel, parameterNames } from "../../options/kinds.ts";
import { nearestName } from "../../options/nearest-name.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../../options/read-options.ts";
import { type Printable, printable } from "../../report/printable.ts";
import { formatRows, rowDecimals } from "../../report/row-decimals.ts";
import { textTable } from "../../report/text-table.ts";
import { visibleLines } from "../../report/visible-text.ts";
import { normalQuantile } from "../../special/distributions.ts";
import { MaximumLikelihood } from "../maximum-likelihood.ts";
import { profileCurve } from "./profile-quantity.ts";
import { profilerOf } from "./profiler.ts";

const profileOptions = optionsSchema({
  /** Parameters by their term, as `Days`, or by group and term, as `Subject sd__Days`; default all. */
  which: optional(parameterNames),
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
}

/** A point of a profile. */
export interface ProfilePoint extends Pick<TidyRow, "effect" | "component" | "group" | "term"> {
  readonly value: number;
  /** sign(value − estimate)·√(2(ℓ̂ − ℓ(value))): a straight line where the likelihood is that of a normal estimate. */
  readonly zeta: number;
  /** The highest log-likelihood with the parameter at this value. */
  readonly logLik: number;
}

export interface ProfileLikelihood extends Printable {
  readonly rows: readonly ProfileRow[];
  readonly points: readonly ProfilePoint[];
  readonly warnings: readonly FitWarning[];
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
 * Restricted fits are profiled by maximum likelihood, as lme4 does.
 *
 * @throws DeclarationError for fits without a likelihood (estimating equations, penalised quasi-likelihood, posteriors) and unknown parameters
 * @example
 * const { rows, points } = profile(fit, { which: "Days" });
 * points.map(({ value, zeta }) => [value, zeta]); // nearly a line
 */
export function profile(fit: MaximumLikelihood, options?: ProfileOptions): ProfileLikelihood {
  if (!(fit instanceof MaximumLikelihood)) throw new DeclarationError([notAFit("profile()", fit)]);
  const { which, confLevel, curveLevel } = readOptions(profileOptions, options, { of: "profile()" });
  const parameters = namedParameters(reportedParameters(fit.model), which);
  const profiler = profilerOf(fit);
  const most = Math.max(normalQuantile(0.5 + confLevel / 2), normalQuantile(0.5 + curveLevel / 2));
  const { estimate: x } = fit;
  const points: ProfilePoint[] = [];
  const rows = parameters.map((parameter): ProfileRow => {
    const { effect, component, group, term } = parameter;
    const label = { effect, component, group, term };
    const found = profiler.ofParameter(parameter);
    const { low, high } = profiler.interval(found, confLevel);
    if (found)
      for (const { value, zeta } of atOnce(profileCurve(found, most)))
        points.push({ ...label, value, zeta, logLik: -profiler.problem.value - 0.5 * zeta * zeta });
    return { ...label, estimate: parameter.value(x), conf_low: low, conf_high: high };
  });
  const warnings = profiler.warnings();
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
