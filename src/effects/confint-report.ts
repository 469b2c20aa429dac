/** The text of confidence intervals. */
import { isExact } from "../frequentist/robust/robust-inference.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import { parameterLabel } from "../model/reported-parameters.ts";
import type { RobustKind } from "../model/tidy-options.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import type { BootstrapKind } from "./bootstrap/plan.ts";
import type { ConfidenceRow, IntervalMethod } from "./confint.ts";

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

const BOOTSTRAPS: Readonly<Record<BootstrapKind, string>> = {
  cluster: "a cluster bootstrap",
  parametric: "a parametric bootstrap",
  nested: "a nested bootstrap",
  residual: "a residual bootstrap",
  weights: "a Bayesian bootstrap",
};

const TITLES: Readonly<Record<IntervalMethod, (rows: readonly ConfidenceRow[], kind: BootstrapKind) => string>> = {
  wald: () => "Wald intervals, by standard errors",
  profile: profileTitle,
  bootstrap: (_, kind) => `Percentiles of ${BOOTSTRAPS[kind]}`,
  posterior: () => "Quantiles of the posterior",
};

/** What intervals are by. Of generalised least squares coefficients alone have robust errors, of other likelihoods all parameters. */
export function titleOf(
  fit: Fit,
  method: IntervalMethod,
  rows: readonly ConfidenceRow[],
  vcov: RobustKind | "model" | undefined,
  kind: BootstrapKind,
): string {
  const title = TITLES[method](rows, kind);
  if (vcov === undefined || vcov === "model") return title;
  const others =
    fit.kind === "ml" && isExact(fit) && rows.some(({ effect }) => effect !== "fixed")
      ? " of coefficients, by the model's of the others"
      : "";
  return `${title} ${vcov}${others}`;
}

export function intervalsText(
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
