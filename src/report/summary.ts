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
import { parameterLabel } from "../model/reported-parameters.ts";
import { requireFit } from "../model/require-fit.ts";
import { correlationTerm, effectOfSd, RESIDUAL_GROUP } from "../model/term-names.ts";
import { ciOption, ddfOption, robustEntries } from "../model/tidy-options.ts";
import { callback, confidenceLevel, flag } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readArgument, readOptions } from "../options/read-options.ts";
import { ddfText, fewDfNote } from "./ddf-text.ts";
import { formatColumn, formatPValue } from "./format-number.ts";
import { formatLimit, formatRows, ownDecimals, rowDecimals } from "./row-decimals.ts";
import { plain, type Style, type TextColumn, textTable } from "./text-table.ts";
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

const tidyNumbers = ["estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"] as const;
const posteriorNumbers = ["rhat", "ess_bulk", "ess_tail"] as const;

/**
 * The coefficient table of a fit as text, in the columns of `tidy()`; columns without any number are left out.
 *
 * @example
 * console.log(tidyText(fit.tidy()));
 */
export function tidyText(rows: readonly TidyRow[], style: Style = plain): string {
  const labels = (["effect", "component", "group", "level", "term"] as const).filter(
    (key) => new Set(rows.map((row) => row[key] ?? "")).size > 1 || key === "effect" || key === "term",
  );
  return textTable(
    [
      ...labels.map((key) => ({ header: key, cells: rows.map((row) => row[key] ?? ""), align: "left" as const })),
      ...numberColumns(rows, [...tidyNumbers, ...posteriorNumbers]),
    ],
    style,
  )
    .concat(dfNotes(rows), notesOf(rows))
    .join("\n");
}

/** What rows are to be read with. */
const notesOf = (rows: readonly TidyRow[]): string[] =>
  rows.flatMap((row) => (row.note === undefined ? [] : [`Note: ${visible(`${parameterLabel(row)}: ${row.note}`)}`]));

const isRows = (value: Fit | readonly TidyRow[]): value is readonly TidyRow[] =>
  Array.isArray(value) && value.every((row) => typeof row?.term === "string" && typeof row.effect === "string");

/** A style that is a function. */
const styleOf = (style: Style, of: string): Style => readArgument(callback<Style>(), style, { of, name: "The style" });

/** Prints the coefficient table of a fit, or rows of its `tidy()`, to the console. */
export function printTidy(fit: Fit | readonly TidyRow[], style: Style = plain): void {
  if (!isRows(fit)) requireFit(fit, "printTidy()");
  console.log(tidyText(isRows(fit) ? fit : fit.tidy(), styleOf(style, "printTidy()")));
}

function numberColumns(rows: readonly TidyRow[], keys: readonly (keyof TidyRow)[]): TextColumn[] {
  const decimals = rowDecimals(rows);
  return keys.flatMap((key): TextColumn[] => {
    const values = rows.map((row) => row[key] as number | null | undefined);
    if (values.every((value) => value === null || value === undefined)) return [];
    if (key === "p_value") return [{ header: key, cells: values.map(formatPValue) }];
    if (key === "statistic") return [{ header: key, cells: formatColumn(values, 4, 3) }];
    if (key === "df") return [{ header: key, cells: formatColumn(values, 4, values.every(wholeOrAbsent) ? 0 : 1) }];
    if (key === "rhat") return [{ header: key, cells: formatColumn(values, 4, 3) }];
    if (key === "ess_bulk" || key === "ess_tail") return [{ header: key, cells: formatColumn(values, 4, 0) }];
    if (key === "conf_low" || key === "conf_high")
      return [{ header: key, cells: rows.map((row, k) => formatLimit(row, row[key], decimals[k]!)) }];
    return [{ header: key, cells: formatRows(values, decimals) }];
  });
}

/** What is said of coefficients whose degrees of freedom are next to none. */
const dfNotes = (rows: readonly TidyRow[]): string[] => fewDfNote(rows, parameterLabel);

const wholeOrAbsent = (value: number | null | undefined) => value == null || Number.isInteger(value);

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

/** The group of a row, with the parameter whose effects they are where that is not the mean. */
const groupText = ({ group, component }: TidyRow): string =>
  component === "cond" ? (group ?? "") : `${group} (${component})`;

/** The groups of rows, each named where it begins. */
const groupColumn = (groups: readonly string[]): TextColumn => ({
  header: "group",
  cells: groups.map((group, k) => (k > 0 && groups[k - 1] === group ? "" : group)),
  align: "left",
});

/** Standard deviations and correlations as they were sampled: a row each, with its error, interval and diagnostics. */
const sampledTable = (rows: readonly TidyRow[], style: Style): string[] =>
  textTable(
    [
      groupColumn(rows.map(groupText)),
      { header: "", cells: rows.map(({ term }) => term), align: "left" },
      ...numberColumns(rows, [...tidyNumbers, ...posteriorNumbers]),
    ],
    style,
  );

/** Groups, names, standard deviations, variances, and correlations with the effects before. */
function randomTable(rows: readonly TidyRow[], sds: readonly TidyRow[], style: Style): string[] {
  const names = sds.map((row) => effectOfSd(row)!);
  const groups = sds.map(groupText);
  const places = new Map<string, number>();
  const shown = new Set<TidyRow>();
  const correlations = sds.map(({ group, component }, k) => {
    const place = places.get(groups[k]!) ?? 0;
    places.set(groups[k]!, place + 1);
    const before = names.slice(k - place, k);
    return before.map((earlier) => {
      const row = rows.find(
        (r) => r.group === group && r.component === component && r.term === correlationTerm(earlier, names[k]!),
      );
      if (row) shown.add(row);
      return row ? row.estimate.toFixed(2) : "";
    });
  });
  // those of effects of two parameters of the distribution have no place in either's rows
  const others = rows.filter(
    (row) => row.effect === "ran_pars" && row.group !== RESIDUAL_GROUP && effectOfSd(row) === null && !shown.has(row),
  );
  const widest = Math.max(0, ...correlations.map((list) => list.findLastIndex((text) => text !== "") + 1));
  const decimals = rowDecimals(
    sds.map(({ estimate }) => ({ estimate })),
    5,
  );
  // a small variance has digits of its own
  const ofVariance = sds.map(({ estimate }, k) =>
    Math.max(decimals[k]!, estimate * estimate < 0.1 ? (ownDecimals(estimate * estimate, 2) ?? 0) : 0),
  );
  const table = textTable(
    [
      groupColumn(groups),
      { header: "name", cells: sds.map(({ group }, k) => (group === "Residual" ? "" : names[k]!)), align: "left" },
      {
        header: "variance",
        cells: formatRows(
          sds.map(({ estimate }) => estimate * estimate),
          ofVariance,
        ),
      },
      {
        header: "sd",
        cells: formatRows(
          sds.map(({ estimate }) => estimate),
          decimals,
        ),
      },
      ...Array.from({ length: widest }, (_, c) => ({
        header: c === 0 ? "corr" : "",
        cells: correlations.map((list) => list[c] ?? ""),
      })),
    ],
    style,
  );
  return others.length === 0 ? table : [...table, "", ...coefficientTable(others, style)];
}

/** Intervals of standard deviations and correlations, of which an end may be open. */
const profiledTable = (rows: readonly TidyRow[], style: Style): string[] =>
  textTable(
    [
      groupColumn(rows.map(groupText)),
      { header: "", cells: rows.map(({ term }) => term), align: "left" },
      ...numberColumns(rows, ["estimate", "conf_low", "conf_high"]),
    ],
    style,
  );

function coefficientTable(rows: readonly TidyRow[], style: Style): string[] {
  return textTable(
    [
      { header: "", cells: rows.map(({ term }) => term), align: "left" },
      ...numberColumns(rows, [...tidyNumbers, ...posteriorNumbers]),
    ],
    style,
  );
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
