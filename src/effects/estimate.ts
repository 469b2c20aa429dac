/** A user's own statistic: a function of the parameters of a fit and of its averages, with errors and intervals by every method. */
import { optional } from "valibot";
import { type Estimator, onIdentity, onLog, onLogit } from "../estimates/estimator.ts";
import type { Resamples, Source } from "../estimates/sources.ts";
import { type EffectTable, summarise } from "../estimates/summarise.ts";
import { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import * as messages from "../messages/estimates.ts";
import { DeclarationError, type FitWarning, refusal } from "../messages/issue.ts";
import { intervalNotOf } from "../messages/profile.ts";
import type { Fit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { requireFit } from "../model/require-fit.ts";
import {
  callback,
  choice,
  clusterColumns,
  confidenceLevel,
  finiteNumber,
  seedOf,
  wholeNumber,
} from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readArgument, readOptions } from "../options/read-options.ts";
import { expectedResponses } from "../prediction/expected-responses.ts";
import { formatColumn, formatPValue } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import { meanOf } from "./averaged-quantity.ts";
import { averagedRows, cellDesigns, rowSource } from "./averaged-rows.ts";
import { clusterBootstrap } from "./cluster-bootstrap.ts";
import { averagingGrid, type GridValue } from "./grid.ts";
import { intervalSource } from "./interval-source.ts";
import { parametersByName } from "./named-parameters.ts";
import { weightedMeans } from "./weighted-means.ts";

const scales = { identity: onIdentity, log: onLog, logit: onLogit };
/** What a statistic that is taken on a scale can be. */
const ranges = { identity: null, log: [0, Number.POSITIVE_INFINITY], logit: [0, 1] } as const;

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
  /** Resamples of a bootstrap, default 999. */
  draws: optional(wholeNumber(1), 999),
  /** Of a bootstrap, default 1. */
  seed: optional(seedOf, 1),
  /** Clusters of a bootstrap, where the model does not say them. */
  cluster: optional(clusterColumns),
});

export type EstimateOptions = OptionsOf<typeof estimateOptions>;

/** What a statistic may ask for besides the parameters. */
export interface Averages {
  /**
   * The average of the expected response with columns held at values, random effects integrated out (`population`) or 0 (`typical`); of an ordered response
   * the expected number of its category.
   */
  average(at?: Readonly<Record<string, GridValue>>, estimand?: "population" | "typical"): number;
}

/**
 * A function of the parameters by their names in `tidy()`: the term alone, as `Days` or `sd__Days`, where that is of one parameter, or
 * group and term, as `Subject sd__Days`.
 */
export type Statistic = (
  parameters: Readonly<Record<string, number>>,
  averages: Averages,
) => number | Readonly<Record<string, number>>;

export interface EstimateRow {
  readonly term: string;
  readonly estimate: number;
  readonly std_error: number | null;
  readonly statistic: number | null;
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
export function estimate(fit: Fit, statistic: Statistic, options?: EstimateOptions): Estimates {
  requireFit(fit, "estimate()");
  readArgument(callback<Statistic>(), statistic, { of: "estimate()", name: "The statistic" });
  const read = readOptions(estimateOptions, options, { of: "estimate()" });
  const estimator = statisticOf(fit, statistic, read.scale, read.null);
  const { source, warnings } =
    read.method === "bootstrap"
      ? resamplesOf(fit, read)
      : { source: intervalSource(fit, read.method, { withEffects: false }), warnings: [] };
  return printed(summarise(estimator, source, { confLevel: read.confLevel }), warnings);
}

const pointOfFit = (fit: Fit): Float64Array =>
  fit.kind === "posterior" ? ownDraws(fit).values.subarray(0, ownDraws(fit).size) : fit.estimate;

function statisticOf(
  fit: Fit,
  statistic: Statistic,
  scale: keyof typeof scales,
  none: number | undefined,
): Estimator<string> {
  const range = ranges[scale];
  const parameters = parametersAt(fit);
  const averages = averagesAt(fit);
  const evaluate = (x: Float64Array): Readonly<Record<string, number>> => {
    const found = statistic(parameters(x), averages(x));
    return typeof found === "number" ? { statistic: found } : found;
  };
  const first = evaluate(pointOfFit(fit));
  const names = Object.keys(first ?? {});
  const bad = names.filter((name) => !Number.isFinite(first[name]));
  if (names.length === 0 || bad.length > 0)
    throw refusal("bad-statistic", ["statistic"], messages.statisticNotNumbers(bad));
  return {
    rows: names.map((label) => ({
      label,
      scale: scales[scale],
      ...(range && { range }),
      ...(none !== undefined && { none }),
    })),
    value(x, _, out) {
      const found = evaluate(x);
      const missing = names.filter((name) => typeof found?.[name] !== "number");
      if (missing.length > 0)
        throw refusal("bad-statistic", ["statistic"], messages.statisticOtherNames(missing, Object.keys(found ?? {})));
      names.forEach((name, k) => {
        out[k] = found[name]!;
      });
    },
  };
}

/** The parameters by name at x; a name that is none, or of several, throws. */
function parametersAt(fit: Fit): (x: Float64Array) => Readonly<Record<string, number>> {
  const { labels, find } = parametersByName(fit.model, "statistic");
  const known = new Set(labels);
  return (x) =>
    new Proxy({} as Record<string, number>, {
      get: (_, name) => (typeof name === "string" ? find(name).value(x) : undefined),
      has: (_, name) => typeof name === "string" && known.has(name),
      ownKeys: () => [...labels],
      getOwnPropertyDescriptor: (_, name) => ({
        value: typeof name === "string" ? find(name).value(x) : undefined,
        enumerable: true,
        configurable: true,
      }),
    });
}

/** Averages at x, each prepared when it is first asked for. */
function averagesAt(fit: Fit): (x: Float64Array) => Averages {
  const { spec, table, design, family } = fit.model;
  const prepared = new Map<string, Estimator>();
  const out = new Float64Array(1);
  return (x) => ({
    average(at = {}, estimand = "population") {
      const key = JSON.stringify([estimand, at]);
      let means = prepared.get(key);
      if (!means) {
        const lists = Object.fromEntries(Object.entries(at).map(([name, value]) => [name, [value]]));
        const grid = averagingGrid(spec, table, design.rows, [], lists);
        const [expected] = expectedResponses(family, family.response === "ordered");
        const choice = { weights: "rows", counterfactual: true } as const;
        const { sets } = cellDesigns(fit, averagedRows(fit, rowSource(fit, choice), grid, choice, false));
        const labels = [{ label: key, scale: expected!.scale }];
        means = weightedMeans(fit, sets, estimand, [meanOf(expected!.response)], labels);
        prepared.set(key, means);
      }
      means.value(x, null, out);
      return out[0]!;
    },
  });
}

/** The parameters of refits to resampled clusters. */
function resamplesOf(
  fit: Fit,
  { draws, seed, cluster }: Pick<EstimateOptions, "draws" | "seed" | "cluster">,
): { readonly source: Source; readonly warnings: readonly FitWarning[] } {
  if (!(fit instanceof MaximumLikelihood || fit instanceof EstimatingEquations))
    throw new DeclarationError([intervalNotOf("bootstrap", fit.method)]);
  const boot = clusterBootstrap(fit, {
    ...(draws !== undefined && { draws }),
    ...(seed !== undefined && { seed }),
    ...(cluster !== undefined && { cluster }),
    statistic: (of) => Object.fromEntries(Array.from(of.estimate, (value, i) => [`x${i}`, value])),
  });
  const width = boot.names.length;
  const source: Resamples = {
    kind: "resamples",
    x: fit.estimate,
    replicates: Array.from({ length: boot.kept }, (_, b) => boot.replicates.subarray(b * width, (b + 1) * width)),
  };
  return { source, warnings: boot.warnings };
}

function printed(table: EffectTable<string>, more: readonly FitWarning[]): Estimates {
  const rows = table.rows.map(({ label, numbers, test }): EstimateRow => {
    const { estimate, std_error, conf_low, conf_high } = numbers;
    const { statistic, p_value } = test ?? { statistic: null, p_value: null };
    return { term: label, estimate: estimate!, std_error, statistic, p_value, conf_low, conf_high };
  });
  const warnings = [...more, ...table.warnings];
  return printable({ rows, warnings }, (style) => text(rows, warnings, style));
}

function text(rows: readonly EstimateRow[], warnings: readonly FitWarning[], style: Style): string {
  const decimals = rowDecimals(rows);
  const numbers = (["estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"] as const).filter((name) =>
    rows.some((row) => row[name] !== null),
  );
  return [
    ...textTable(
      [
        { header: "", cells: rows.map(({ term }) => term), align: "left" },
        ...numbers.map((name) => {
          const values = rows.map((row) => row[name]);
          if (name === "p_value") return { header: name, cells: values.map(formatPValue) };
          return {
            header: name,
            cells: name === "statistic" ? formatColumn(values, 3) : formatRows(values, decimals),
          };
        }),
      ],
      style,
    ),
    ...warnings.flatMap(({ message }) => ["", style(`Warning: ${visibleLines(message)}`, "warning")]),
  ].join("\n");
}
