/** Confidence intervals of the parameters of a fit, by the method asked for. */
import { optional } from "valibot";
import { MEAN_COMPONENT } from "../families/distribution-parameters.ts";
import { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import {
  namedParameters,
  type ProfiledBy,
  profiledBy,
  profiledLikelihood,
  profilersAsked,
} from "../frequentist/profile/profile.ts";
import { isExact } from "../frequentist/robust/robust-inference.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import { intervalNotOf, likelihoodWithout } from "../messages/profile.ts";
import { robustWithProfile } from "../messages/robust.ts";
import type { Fit, TidyRow } from "../model/fit.ts";
import { parameterLabel, reportedParameters } from "../model/reported-parameters.ts";
import { requireFit } from "../model/require-fit.ts";
import { robustEntries } from "../model/tidy-options.ts";
import { eitherName } from "../options/either-name.ts";
import { choice, clusterColumns, confidenceLevel, parameterNames, seedOf, wholeNumber } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { type Printable, printable } from "../report/printable.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import type { ColumnsOfFit, ColumnsToCluster } from "./checked-columns.ts";
import { clusterBootstrap } from "./cluster-bootstrap.ts";

const methods = ["wald", "profile", "bootstrap", "posterior"] as const;

export type IntervalMethod = (typeof methods)[number];

const confintOptions = optionsSchema({
  /**
   * `profile`: by the likelihood (the default of fits that maximise one; of REML fits for all but the coefficients of the mean, which then have t intervals with
   * Satterthwaite's degrees of freedom, as in `tidy()`); `wald`: by standard errors (the default of estimating equations and of penalised quasi-likelihood);
   * `bootstrap`: percentiles of a cluster bootstrap; `posterior`: quantiles of the draws (the default of posteriors).
   */
  method: optional(choice(methods)),
  /** Default 0.95. */
  confLevel: optional(confidenceLevel),
  /** R's name of `confLevel`. */
  level: optional(confidenceLevel),
  /** Parameters by their term, as `Days`, or by group and term, as `Subject sd__Days`; default all. */
  which: optional(parameterNames),
  /**
   * Of profiles of REML fits: `restricted` (default) for variances, correlations and residual parameters; `ml`: by maximum likelihood, for coefficients too,
   * as lme4's `confint()`.
   */
  likelihood: optional(profiledLikelihood),
  /** Resamples of a bootstrap, default 999. */
  draws: optional(wholeNumber(1), 999),
  /** Of a bootstrap, default 1. */
  seed: optional(seedOf, 1),
  /** Of Wald intervals: a robust covariance, as `tidy()` takes it; the default method is then `wald`. */
  vcov: robustEntries.vcov,
  /** Clusters of a bootstrap or of a robust covariance, where the model does not say them. */
  cluster: optional(clusterColumns),
});

export type ConfintOptions = OptionsOf<typeof confintOptions>;

export interface ConfidenceRow extends Pick<TidyRow, "effect" | "component" | "group" | "term"> {
  readonly estimate: number;
  /** Null where the interval is open, and where there is none. */
  readonly conf_low: number | null;
  readonly conf_high: number | null;
  /** By what, of profiles of REML fits: `t`, the coefficients' own test; `restricted profile`; `ml profile`. */
  readonly ci?: "t" | ProfiledBy;
}

export interface ConfidenceIntervals extends Printable {
  readonly method: IntervalMethod;
  readonly rows: readonly ConfidenceRow[];
  readonly warnings: readonly FitWarning[];
}

function defaultMethod(fit: Fit): IntervalMethod {
  if (fit.kind === "posterior") return "posterior";
  return fit instanceof MaximumLikelihood && !fit.working ? "profile" : "wald";
}

/**
 * Confidence intervals of all parameters of a fit. Profile intervals are [0, upper] for a standard deviation whose likelihood does not rule out 0, and null at an
 * end where the likelihood falls nowhere far enough. Of REML fits variances are by the restricted likelihood and coefficients by t, unless `method: "profile"` asks
 * for the coefficients' profile, by maximum likelihood, or `likelihood: "ml"` for lme4's intervals.
 *
 * @throws DeclarationError where the fit has no intervals of the method
 * @example
 * confint(fit).print();                                   // profile likelihood
 * confint(fit, { method: "bootstrap", draws: 999, seed: 1 }).rows;
 */
export function confint<
  const F extends Fit,
  const Cluster extends string = never,
  const Clusters extends readonly string[] = never,
>(fit: F, options?: ConfintOptions & ColumnsToCluster<ColumnsOfFit<F>, Cluster, Clusters>): ConfidenceIntervals;
export function confint(fit: Fit, options?: ConfintOptions): ConfidenceIntervals {
  requireFit(fit, "confint()");
  const read = readOptions(confintOptions, options, { of: "confint()" });
  const confLevel = eitherName(read, "confLevel", "level", "confint()") ?? 0.95;
  const method = read.method ?? (read.vcov !== undefined && read.vcov !== "model" ? "wald" : defaultMethod(fit));
  const parameters = namedParameters(reportedParameters(fit.model), read.which);
  const labels = new Set(parameters.map(parameterLabel));
  // the restricted likelihood is none of the coefficients
  const byTests = method === "profile" && read.method === undefined && read.likelihood !== "ml";
  const { rows, warnings } = intervalsBy(method, fit, { ...read, confLevel });
  const shown = rows.filter((row) => labels.has(parameterLabel(row)) || (fit.kind === "gee" && !read.which));
  return printable({ method, rows: shown, warnings }, (style) =>
    text(shown, titleOf(fit, method, shown, read.vcov), confLevel, warnings, style),
  );

  function intervalsBy(
    method: IntervalMethod,
    fit: Fit,
    { confLevel, draws, seed, cluster, vcov, likelihood }: typeof read & { readonly confLevel: number },
  ): { readonly rows: readonly ConfidenceRow[]; readonly warnings: readonly FitWarning[] } {
    if (vcov !== undefined && vcov !== "model" && method !== "wald") throw new DeclarationError([robustWithProfile()]);
    if (likelihood !== undefined && method !== "profile") throw new DeclarationError([likelihoodWithout(method)]);
    const refuse = () => new DeclarationError([intervalNotOf(method, fit.method)]);
    if (method === "bootstrap") {
      if (!(fit instanceof MaximumLikelihood || fit instanceof EstimatingEquations)) throw refuse();
      const found = clusterBootstrap(fit, {
        draws,
        seed,
        confLevel,
        statistic: "parameters",
        ...(cluster && { cluster }),
      });
      return { rows: found.rows.map(intervalOf), warnings: found.warnings };
    }
    if (method === "profile") {
      if (!(fit instanceof MaximumLikelihood)) throw refuse();
      const { estimate: x } = fit;
      const profilers = profilersAsked(fit, likelihood);
      const tested = new Map(
        byTests && fit.restricted
          ? fit.tidy({ effects: ["fixed"], confLevel }).map((row) => [parameterLabel(row), row] as const)
          : [],
      );
      const rows = parameters.map((parameter): ConfidenceRow => {
        const test = parameter.component === MEAN_COMPONENT && tested.get(parameterLabel(parameter));
        if (test) return { ...intervalOf(test), ci: "t" };
        const { profiler, likelihood } = profilers.forParameter(parameter);
        const { low, high } = profiler.interval(profiler.ofParameter(parameter), confLevel);
        const ends = { ...parameter, estimate: parameter.value(x), conf_low: low, conf_high: high };
        return { ...intervalOf(ends), ...profiledBy(fit, likelihood) };
      });
      return { rows, warnings: profilers.warnings() };
    }
    if ((method === "posterior") !== (fit.kind === "posterior")) throw refuse();
    return { rows: fit.tidy({ confLevel, vcov, cluster }).map(intervalOf), warnings: [] };
  }
}

const intervalOf = ({
  effect,
  component,
  group,
  term,
  estimate,
  conf_low,
  conf_high,
}: Omit<ConfidenceRow, "ci">): ConfidenceRow => ({ effect, component, group, term, estimate, conf_low, conf_high });

/** What the rows of profiles are by, in words. */
function profileTitle(rows: readonly ConfidenceRow[]): string {
  const has = (wanted: ConfidenceRow["ci"]) => rows.some(({ ci }) => ci === wanted);
  if (has("t") && has("restricted profile"))
    return "Intervals by the profile of the restricted likelihood, of coefficients by t with Satterthwaite's degrees of freedom";
  if (has("t")) return "Intervals by t with Satterthwaite's degrees of freedom";
  if (has("ml profile") && has("restricted profile"))
    return "Intervals by the profile of the restricted likelihood, of coefficients by that of maximum likelihood";
  if (has("ml profile")) return "Intervals by profile likelihood (maximum likelihood, not REML)";
  return has("restricted profile")
    ? "Intervals by the profile of the restricted likelihood"
    : "Intervals by profile likelihood";
}

const TITLES: Readonly<Record<IntervalMethod, (rows: readonly ConfidenceRow[]) => string>> = {
  wald: () => "Wald intervals, by standard errors",
  profile: profileTitle,
  bootstrap: () => "Percentiles of a cluster bootstrap",
  posterior: () => "Quantiles of the posterior",
};

/** What intervals are by. Of generalised least squares coefficients alone have robust errors, of other likelihoods all parameters. */
function titleOf(
  fit: Fit,
  method: IntervalMethod,
  rows: readonly ConfidenceRow[],
  vcov: ConfintOptions["vcov"],
): string {
  const title = TITLES[method](rows);
  if (vcov === undefined || vcov === "model") return title;
  const others =
    fit.kind === "ml" && isExact(fit) && rows.some(({ effect }) => effect !== "fixed")
      ? " of coefficients, by the model's of the others"
      : "";
  return `${title} ${vcov}${others}`;
}

function text(
  rows: readonly ConfidenceRow[],
  title: string,
  confLevel: number,
  warnings: readonly FitWarning[],
  style: Style,
): string {
  const decimals = rowDecimals(rows.map(({ estimate }) => ({ estimate })));
  const cells = (values: readonly (number | null)[]) => formatRows(values, decimals);
  return [
    style(`${title}, level ${confLevel}`, "title"),
    "",
    ...textTable(
      [
        { header: "", cells: rows.map(parameterLabel), align: "left" },
        { header: "estimate", cells: cells(rows.map((row) => row.estimate)) },
        { header: "conf_low", cells: cells(rows.map((row) => row.conf_low)) },
        { header: "conf_high", cells: cells(rows.map((row) => row.conf_high)) },
        ...(new Set(rows.map(({ ci }) => ci)).size > 1
          ? [{ header: "ci", cells: rows.map(({ ci }) => ci ?? ""), align: "left" as const }]
          : []),
      ],
      style,
    ),
    ...warnings.flatMap(({ message }) => ["", style(`Warning: ${visibleLines(message)}`, "warning")]),
  ].join("\n");
}
