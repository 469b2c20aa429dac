/** A fit as text: what was fitted, how well, the random and fixed effects, how many rows and groups, and what to be wary of. */

import { optional } from "valibot";
import type { Design } from "../data/design.ts";
import { deparse } from "../dsl/deparse.ts";
import { formulaOf, predictorText } from "../dsl/print-formula.ts";
import { correlationText, varianceText } from "../dsl/residual-text.ts";
import { MEAN_COMPONENT } from "../families/distribution-parameters.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { Fit, Glance, TidyRow } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { requireFit } from "../model/require-fit.ts";
import { effectOfSd, RESIDUAL_GROUP } from "../model/term-names.ts";
import { ciOption, ddfOption, robustEntries } from "../model/tidy-options.ts";
import { confidenceLevel, flag } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { ddfText } from "./ddf-text.ts";
import { formatColumn } from "./format-number.ts";
import { profiledTable, randomTable, sampledTable } from "./random-effects-table.ts";
import { plain, type Style, textTable } from "./text-table.ts";
import { coefficientTable, dfNotes, notesOf, styleOf } from "./tidy-text.ts";
import { visible, visibleLines } from "./visible-text.ts";

const summaryOptions = optionsSchema({
  /** Level of the intervals, default 0.95. */
  confLevel: optional(confidenceLevel, 0.95),
  /** Degrees of freedom of the coefficients' tests, as `tidy()` takes them. */
  ddf: optional(ddfOption),
  /** Intervals, as `tidy()` takes them. */
  ci: optional(ciOption),
  /** Coefficients as ratios, as `tidy()` takes it; default false. */
  exponentiate: optional(flag, false),
  ...robustEntries,
});

export type SummaryOptions = OptionsOf<typeof summaryOptions>;

/**
 * A fit in the layout R's users know: formula and method, fit statistics, random effects, fixed effects, numbers of rows and
 * groups, warnings.
 *
 * @param style marks up titles, headers, labels and warnings; by default nothing is marked
 * @param options `confLevel` of the intervals, default 0.95; `ci`, which intervals; `ddf` of the coefficients' tests
 * @example
 * console.log(summaryText(fit));
 */
export function summaryText(fit: Fit, style: Style = plain, options?: SummaryOptions): string {
  requireFit(fit, "summaryText()");
  styleOf(style, "summaryText()");
  const asked = readOptions(summaryOptions, options, { of: "summaryText()" });
  const { spec, family, design } = fit.model;
  const glance = fit.glance();
  const rows = fit.tidy(asked);
  const lines = [
    style(titleOf(fit, glance), "title"),
    `Formula: ${visible(formulaOf(spec))}`,
    // under the mean's, whose line has the one label
    ...spec.predictors
      .slice(family.curve?.parameters.length ?? 1)
      .map((predictor) => `         ${visible(`${predictor.role} ~ ${predictorText(predictor)}`)}`),
    ` Family: ${visible(family.name)}${family.curve ? "" : ` (${family.link} link)`}`,
    ` Method: ${glance.method}`,
    ...(fit.kind === "posterior" && fit.reason !== undefined && design.random.length > 0
      ? [` Reason: ${visible(fit.reason)}`]
      : []),
    ...(fit.kind !== "posterior" && fit.verdict.code !== "converged"
      ? [`Verdict: ${fit.verdict.code}. ${visibleLines(fit.verdict.reason)}`]
      : []),
    ...(fit.kind === "gee" ? [` Errors: ${fit.glance().std_err}`] : []),
    ...givenLines(fit.model),
    ...(fit.kind === "posterior" ? [`  Draws: ${drawsText(ownDraws(fit).chains, ownDraws(fit).drawsPerChain)}`] : []),
    "",
    ...fitStatistics(fit, glance, style),
  ];
  const random = rows.filter((row) => effectOfSd(row) !== null);
  const isStructure = (row: TidyRow) => row.group === RESIDUAL_GROUP && effectOfSd(row) === null;
  if (random.length > 0) {
    const table =
      fit.kind === "posterior"
        ? sampledTable(
            rows.filter((row) => row.effect === "ran_pars" && !isStructure(row)),
            style,
          )
        : randomTable(rows, random, style);
    lines.push(style("Random effects", "title"), ...table, "");
  }
  const profiledLikelihood =
    glance.REMLcrit === null ? "profile likelihood" : "the profile of the restricted likelihood";
  const profiled = rows.filter((row) => row.ci === "profile" && row.effect === "ran_pars" && !isStructure(row));
  if (profiled.length > 0)
    lines.push(style(`Their intervals by ${profiledLikelihood}`, "title"), ...profiledTable(profiled, style), "");
  const structure = rows.filter((row) => row.effect === "ran_pars" && isStructure(row));
  const declared = structureOf(fit);
  if (declared.length > 0) {
    // a structure may have nothing to estimate: varFixed, or parameters held fixed
    const estimates = structure.length > 0 ? coefficientTable(structure, style) : [];
    lines.push(style("Residual structure", "title"), ...declared.map(visible), ...estimates, "");
  }
  for (const [component, title] of componentsOf(rows)) {
    const fixed = rows.filter((row) => row.effect === "fixed" && row.component === component);
    const [thresholds, coefficients] = [fixed.filter(isThreshold), fixed.filter((row) => !isThreshold(row))];
    const tests = component === MEAN_COMPONENT ? testsText(fit, asked, fixed) : "";
    if (coefficients.length > 0)
      lines.push(
        style(`${title}${ratios(fit, asked.exponentiate)}${tests}`, "title"),
        ...coefficientTable(coefficients, style),
        "",
      );
    if (thresholds.length > 0) lines.push(style("Thresholds", "title"), ...coefficientTable(thresholds, style), "");
  }
  const aux = rows.filter(({ effect }) => effect === "aux");
  if (aux.length > 0)
    lines.push(
      style(fit.kind === "gee" ? "Scale and working correlation" : "Parameters of the family", "title"),
      ...coefficientTable(aux, style),
      "",
    );
  lines.push(visible(countsText(glance, design, fit)));
  if (rows.some(({ ci, effect }) => ci === "profile" && effect !== "ran_pars"))
    lines.push(
      `Intervals: profile likelihood${glance.REMLcrit === null ? "" : " (of coefficients by maximum likelihood)"}`,
    );
  lines.push(...dfNotes(rows), ...notesOf(rows));
  for (const { message } of fit.warnings) lines.push(style(`Warning: ${visibleLines(message)}`, "warning"));
  return lines.join("\n");
}

/** What coefficients are tested with, where their degrees of freedom are estimates. */
function testsText(fit: Fit, { ddf: asked, vcov }: SummaryOptions, rows: readonly TidyRow[]): string {
  if (vcov !== undefined && vcov !== "model")
    return ` (robust errors ${vcov}${asked === "normal" ? "" : ", Satterthwaite's degrees of freedom"})`;
  if (fit.kind === "posterior" || rows.every(({ statistic }) => statistic === null)) return "";
  if (rows.every(({ df }) => df === null))
    return fit.kind === "ml" && (asked ?? fit.ddf ?? "normal") !== "normal"
      ? " (z tests: there is nothing that degrees of freedom could be computed of)"
      : " (z tests)";
  if (fit.kind !== "ml") return "";
  const { random, residual } = fit.model.design;
  if (random.length === 0 && !residual) return "";
  const text = ddfText(asked ?? fit.ddf ?? "normal");
  return text === undefined ? "" : ` (t tests with ${text})`;
}

const RATIOS: Readonly<Record<string, string>> = {
  log: "ratios of means",
  logit: "odds ratios",
  cloglog: "hazard ratios",
};

/** What exponentiated coefficients are. */
const ratios = ({ model: { family } }: Fit, exponentiate: boolean | undefined): string =>
  exponentiate ? `, exponentiated (${RATIOS[family.link] ?? "ratios"})` : "";

/** What the declaration gives of the residual. */
function givenLines({ spec, family }: CompiledModel): string[] {
  switch (family.given) {
    case "sigma":
      return [`  Sigma: given, ${family.sigma}`];
    case "variances":
      return [`Variance: known, ${deparse(spec.knownVariance!)}`];
    default:
      return [];
  }
}

/** The residual structure in nlme's words. */
function structureOf(fit: Fit): string[] {
  const { variance = null, correlation = null } = fit.model.spec.residual ?? {};
  return [
    ...(variance ? [`variance:    ${varianceText(variance)}`] : []),
    ...(correlation ? [`correlation: ${correlationText(correlation)}`] : []),
  ];
}

const titleOf = (fit: Fit, glance: Glance) =>
  fit.kind === "gee"
    ? "Fit by generalised estimating equations"
    : fit.kind === "posterior"
      ? "Posterior"
      : fit.kind === "ml" && glance.logLik === null
        ? "Fit by penalised quasi-likelihood"
        : `Fit by ${glance.REMLcrit === null ? "" : "restricted "}maximum likelihood`;

const drawsText = (chains: number, each: number) => `${chains} ${chains === 1 ? "chain" : "chains"} of ${each}`;

function fitStatistics(fit: Fit, glance: Glance, style: Style): string[] {
  const quasi = fit.kind === "gee" ? fit.glance() : null;
  const shown: readonly (readonly [string, number | null, number])[] = [
    ["AIC", glance.AIC, 1],
    ["BIC", glance.BIC, 1],
    ["logLik", glance.logLik, 2],
    // glance().deviance is broom.mixed's: of a generalised model the squared deviance residuals, no companion of the log-likelihood
    ["-2logLik", glance.REMLcrit === null && glance.logLik !== null ? -2 * glance.logLik : null, 2],
    ["REML criterion", glance.REMLcrit, 2],
    ["QIC", quasi?.QIC ?? null, 1],
    ["QICu", quasi?.QICu ?? null, 1],
    ["CIC", quasi?.CIC ?? null, 2],
    ["parameters", glance.df, 0],
  ];
  const present = shown.filter(([, value]) => value !== null);
  if (present.length === 0) return [];
  return [
    ...textTable(
      present.map(([header, value, decimals]) => ({ header, cells: formatColumn([value], 6, decimals) })),
      style,
    ),
    "",
  ];
}
const isThreshold = ({ coef_type }: TidyRow): boolean => coef_type === "intercept";

function componentsOf(rows: readonly TidyRow[]): [string, string][] {
  const components = [...new Set(rows.filter(({ effect }) => effect === "fixed").map(({ component }) => component))];
  return components.map((component) => [
    component,
    component === "cond" ? "Fixed effects" : `Fixed effects (${component})`,
  ]);
}

function countsText(glance: Glance, { random, spec }: Design, fit: Fit): string {
  const names = spec.predictors.flatMap((predictor) => predictor.random.map((term) => term.known));
  const groups = new Map(
    random.map(({ group, levels, known, index }, t) => [
      group,
      known
        ? `${group}: ${levels.length} levels with known covariance ${names[t]}, ${new Set(index).size} of them in the rows`
        : `${group}: ${levels.length} groups`,
    ]),
  );
  const omitted = glance.omitted > 0 ? ` (${glance.omitted} omitted for missing values)` : "";
  const clusters =
    fit.kind === "gee"
      ? [`${fit.clusters.id}: ${fit.clusters.count} clusters of up to ${fit.clusters.largest} rows`]
      : [];
  return [`Rows: ${glance.nobs}${omitted}`, ...clusters, ...groups.values()].join("; ");
}
