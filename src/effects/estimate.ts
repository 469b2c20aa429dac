/** A user's own statistic: a function of the parameters of a fit and of its averages, with errors and intervals by every method. */

import { optional } from "valibot";
import type { Source } from "../estimates/sources.ts";
import { type EffectTable, summarise } from "../estimates/summarise.ts";
import { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { estimatesWithoutNoise } from "../messages/effects.ts";
import { DeclarationError, type FitWarning } from "../messages/issue.ts";
import { intervalNotOf } from "../messages/profile.ts";
import type { Fit } from "../model/fit.ts";
import { requireFit } from "../model/require-fit.ts";
import { ddfOption } from "../model/tidy-options.ts";
import { choice, clusterColumns, confidenceLevel, finiteNumber, seedOf, wholeNumber } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { formatColumn, formatDf, formatPValue } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import { bootstrap } from "./bootstrap/bootstrap.ts";
import type { ColumnsOfFit, ColumnsToCluster } from "./checked-columns.ts";
import { intervalSource } from "./interval-source.ts";
import { type Statistic, statisticOf } from "./statistic.ts";
import { withDegreesOfFreedom } from "./with-degrees-of-freedom.ts";

export type { Averages, Statistic } from "./statistic.ts";

const estimateOptions = optionsSchema({
  /**
   * `wald`: by the delta method (the default of fits with an estimate); `profile`: by the profile likelihood of the statistic; `bootstrap`: percentiles of a
   * cluster bootstrap; `posterior`: quantiles of the draws (the default of posteriors).
   */
  method: optional(choice(["wald", "profile", "bootstrap", "posterior"])),
  /** Default 0.95. */
  confLevel: optional(confidenceLevel, 0.95),
  /** Scale on which the statistic is taken to be normal by `wald`; default `identity`. */
  scale: optional(choice(["identity", "log", "logit"]), "identity"),
  /** The value that a test is against; absent: it is not tested. */
  null: optional(finiteNumber),
  /**
   * Degrees of freedom of statistics of the mean's coefficients alone by `wald`, as `tidy()` takes them; statistics that depend on anything else are normal.
   */
  ddf: optional(ddfOption),
  /** Resamples of a bootstrap, default 999. */
  draws: optional(wholeNumber(1), 999),
  /** Of a bootstrap, default 1. */
  seed: optional(seedOf, 1),
  /** Clusters of a bootstrap, where the model does not say them. */
  cluster: optional(clusterColumns),
});

export type EstimateOptions = OptionsOf<typeof estimateOptions>;

export interface EstimateRow {
  readonly term: string;
  readonly estimate: number;
  readonly std_error: number | null;
  readonly statistic: number | null;
  /** Of a statistic of coefficients of a linear mixed model; null: normal. */
  readonly df: number | null;
  readonly p_value: number | null;
  readonly conf_low: number | null;
  readonly conf_high: number | null;
}

export interface Estimates extends Printable {
  readonly rows: readonly EstimateRow[];
  readonly warnings: readonly FitWarning[];
}

/**
 * Estimates a statistic of one's own.
 *
 * @param statistic gives a number, or numbers by name
 * @throws DeclarationError for a statistic that names no parameter of the fit or gives no finite numbers, and for methods that the fit has not
 * @example
 * estimate(fit, (p) => ({ variance: p["sd__(Intercept)"] ** 2 }), { method: "profile" }).rows;
 * estimate(fit, (_, ask) => ask.average({ treated: 1 }) / ask.average({ treated: 0 }), { scale: "log", null: 1 }).print();
 */
export function estimate<
  const F extends Fit,
  const Cluster extends string = never,
  const Clusters extends readonly string[] = never,
>(
  fit: F,
  statistic: Statistic,
  options?: EstimateOptions & ColumnsToCluster<ColumnsOfFit<F>, Cluster, Clusters>,
): Estimates;
export function estimate(fit: Fit, statistic: Statistic, options?: EstimateOptions): Estimates {
  requireFit(fit, "estimate()");
  const read = readOptions(estimateOptions, options, { of: "estimate()" });
  const estimator = statisticOf(fit, statistic, read.scale, read.null, "estimate()");
  const { source, warnings } =
    read.method === "bootstrap"
      ? resamplesOf(fit, read)
      : {
          source: withDegreesOfFreedom(intervalSource(fit, read.method, { withEffects: false }), fit, {
            ddf: read.ddf,
            usesEffects: false,
          }),
          warnings: [],
        };
  return printed(
    summarise(estimator, source, { confLevel: read.confLevel }),
    warnings,
    titleOf(source, read.confLevel),
  );
}

/** The parameters of refits to resampled clusters. */
function resamplesOf(
  fit: Fit,
  { draws, seed, cluster }: Pick<EstimateOptions, "draws" | "seed" | "cluster">,
): { readonly source: Source; readonly warnings: readonly FitWarning[] } {
  if (!(fit instanceof MaximumLikelihood || fit instanceof EstimatingEquations))
    throw new DeclarationError([intervalNotOf("bootstrap", fit.method)]);
  const { resamples, warnings } = bootstrap(fit, {
    statistic: "coefficients",
    ...(draws !== undefined && { draws }),
    ...(seed !== undefined && { seed }),
    ...(cluster !== undefined && { cluster }),
  });
  return { source: resamples, warnings };
}

const TITLES: Readonly<Record<Source["kind"], string>> = {
  point: "by the delta method",
  profile: "with intervals by profile likelihood",
  resamples: "by cluster bootstrap",
  draws: "of the posterior",
};

const titleOf = ({ kind }: Source, confLevel: number): string => `Estimates ${TITLES[kind]}, level ${confLevel}`;

function printed(table: EffectTable<string>, more: readonly FitWarning[], title: string): Estimates {
  const rows = table.rows.map(({ label, numbers, test, df = null }): EstimateRow => {
    const { estimate, std_error, conf_low, conf_high } = numbers;
    const { statistic, p_value } = test ?? { statistic: null, p_value: null };
    return { term: label, estimate: estimate!, std_error, statistic, df, p_value, conf_low, conf_high };
  });
  const exact = table.rows.filter(({ state }) => state === "exact").map(({ label }) => label);
  const warnings = [...more, ...table.warnings, ...(exact.length > 0 ? [estimatesWithoutNoise(exact)] : [])];
  return printable({ rows, warnings }, (style) => text(rows, warnings, title, style));
}

function text(rows: readonly EstimateRow[], warnings: readonly FitWarning[], title: string, style: Style): string {
  const decimals = rowDecimals(rows);
  const numbers = (["estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"] as const).filter(
    (name) => rows.some((row) => row[name] !== null),
  );
  return [
    style(title, "title"),
    "",
    ...textTable(
      [
        { header: "", cells: rows.map(({ term }) => term), align: "left" },
        ...numbers.map((name) => {
          const values = rows.map((row) => row[name]);
          if (name === "p_value") return { header: name, cells: values.map(formatPValue) };
          return {
            header: name,
            cells:
              name === "statistic"
                ? formatColumn(values, 3)
                : name === "df"
                  ? formatDf(values)
                  : formatRows(values, decimals),
          };
        }),
      ],
      style,
    ),
    ...warnings.flatMap(({ message }) => ["", style(`Warning: ${visibleLines(message)}`, "warning")]),
  ].join("\n");
}
