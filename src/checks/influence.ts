/**
 * What leaving a row or a group out does to the coefficients of a fit: Cook's distance and DFBETAS (Belsley, Kuh & Welsch 1980; of mixed models Demidenko & Stukel
 * 2005, Statistics in Medicine 24, 893–909).
 *
 * At the estimated variances the coefficients of a Gaussian model without a part D of its rows are exact by downdating: with P = V⁻¹ − V⁻¹XMX'V⁻¹,
 * β̂ − β̂₍D₎ = MX'V⁻¹·(P_DD)⁻¹(Py)_D. Of a mixed model for other responses a group is left out by one Newton step of the marginal likelihood, a row by one of the working
 * linear model. `refit` fits again without each.
 */
import { type InferOutput, optional } from "valibot";
import { isOfMeanAlone } from "../data/design.ts";
import type { ColumnsOfFit, UnitText } from "../effects/checked-columns.ts";
import { ofMean } from "../families/of-mean.ts";
import { clusterIndex } from "../frequentist/gee/clusters.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { holdsWhole, independentParts, type RobustClusters, rowsOfClusters } from "../frequentist/robust/clusters.ts";
import { isExact, requireRobust } from "../frequentist/robust/robust-inference.ts";
import {
  influenceAcross,
  influenceFailures,
  influenceNeedsLikelihood,
  influenceOfSeparation,
  influenceUnit,
  influenceUnknown,
} from "../messages/diagnose.ts";
import { DeclarationError, declarationFault, type FitWarning } from "../messages/issue.ts";
import type { Fit, MaximumLikelihoodFit } from "../model/fit.ts";
import { requireFit } from "../model/require-fit.ts";
import type { Pausable } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { columnName, flag } from "../options/kinds.ts";
import {
  type DoneOrPromised,
  doneOrPromised,
  longWorkEntries,
  type Report,
  type SlicesOf,
} from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { leverage, workingRows } from "../prediction/leverage.ts";
import { type Printable, printable } from "../report/printable.ts";
import { type Deletion, deletedRows, exactGroups, stepGroups } from "./deletion.ts";
import { refits } from "./deletion-refits.ts";
import { influenceText } from "./influence-text.ts";

const influenceOptions = optionsSchema({
  /** What is left out: each `row` (the default without random effects), or each level of a grouping factor or column; default the outermost grouping factor. */
  by: optional(columnName),
  /** Fit again without each, variances and all: as many fits as there are parts. Default false: by updating. */
  refit: optional(flag, false),
  ...longWorkEntries,
});

export type InfluenceOptions = OptionsOf<typeof influenceOptions>;

export interface InfluenceRow {
  /** `row 3` (1-based row of the table), or the level. */
  readonly unit: string;
  /** Its rows, as often as frequency weights count them. */
  readonly nobs: number;
  /** (β̂ − β̂₋)'M⁻¹(β̂ − β̂₋)/p; null where a coefficient cannot be estimated without the unit, or a refit failed. */
  readonly cooks_distance: number | null;
  /** Of rows, where it is computed. */
  readonly leverage: number | null;
  /** By coefficient: (β̂ − β̂₋) over its standard error without the unit. */
  readonly dfbetas: Readonly<Record<string, number | null>>;
  /** Why there is no refit. */
  readonly reason?: string;
}

export interface Influence extends Printable {
  readonly by: string;
  /** `exact`: at the estimated variances; `one step`: of Newton's method; `refit`. */
  readonly method: "exact" | "one step" | "refit";
  readonly rows: readonly InfluenceRow[];
  readonly warnings: readonly FitWarning[];
}

/**
 * Cook's distances and DFBETAS of the rows or groups of a fit by maximum likelihood.
 *
 * @returns rows in the order of the data; with a `signal` or `onProgress` a promise of them
 * @throws DeclarationError for other fits, and where a part cannot be left out by updating
 * @example
 * influence(fit).print();                              // groups
 * influence(fit, { by: "row" }).rows;
 * influence(fit, { by: "Subject", refit: true }).rows; // as lme4's influence(fit, "Subject")
 */
export function influence<
  const F extends Fit,
  const By extends string = never,
  Signal extends StopSignal | undefined = undefined,
  Told = never,
>(
  fit: F,
  options?: InfluenceOptions & { readonly by?: UnitText<ColumnsOfFit<F>, By> | undefined } & SlicesOf<Signal, Told>,
): DoneOrPromised<Influence, Signal, Told>;
export function influence(fit: Fit, given?: InfluenceOptions): Influence | Promise<Influence> {
  requireFit(fit, "influence()");
  const options = readOptions(influenceOptions, given, { of: "influence()" });
  if (fit.kind !== "ml") throw declarationFault(influenceNeedsLikelihood(fit.kind === "posterior"));
  return doneOrPromised((report) => influenceOf(fit, options, report), options);
}

/** The rows of each unit. */
function unitsOf({ model }: MaximumLikelihoodFit, asked: string | undefined): RobustClusters {
  const { design, table } = model;
  const groups = [...new Map(design.random.map((term) => [term.group, term])).values()].sort(
    (a, b) => a.levels.length - b.levels.length,
  );
  const by = asked ?? groups[0]?.group ?? "row";
  const group = groups.find((one) => one.group === by);
  if (group) return rowsOfClusters(group.index, group.levels, by);
  if (by === "row" && !table.column("row"))
    return rowsOfClusters(
      Int32Array.from({ length: design.n }, (_, i) => i),
      Array.from(design.rows, (row) => `row ${row + 1}`),
      "row",
    );
  const found = table.column(by) ? clusterIndex(table, design.rows, [by], []) : null;
  if (!found)
    throw declarationFault(
      influenceUnit(
        by,
        groups.map((one) => one.group),
      ),
    );
  return rowsOfClusters(found.index, found.levels, by);
}

/** Of each row; null where residuals are correlated or the mean has several predictors, of which there are none. */
function leveragesOf(fit: MaximumLikelihoodFit): Float64Array | null {
  try {
    return leverage(fit);
  } catch (error) {
    if (error instanceof DeclarationError && error.issues.every(({ code }) => code === "leverage")) return null;
    throw error;
  }
}

/** The work of `influence`. */
export function* influenceOf(
  fit: MaximumLikelihoodFit,
  { by, refit }: Pick<InferOutput<typeof influenceOptions>, "by" | "refit">,
  report: Report,
): Pausable<Influence> {
  const units = unitsOf(fit, by);
  const names = ofMean(fit.model.design.predictors).names;
  const isRow = units.name === "row";
  let found: readonly (Deletion | string | null)[];
  let method: Influence["method"] = refit ? "refit" : "exact";
  if (refit) found = yield* refits(fit as MaximumLikelihood, units, report);
  else {
    const parts = independentParts(fit.model);
    const independent = !isRow && holdsWhole(parts, units.of);
    if (independent) {
      requireRobust(fit);
      if (isExact(fit)) found = yield* exactGroups(fit, units, report);
      else {
        method = "one step";
        found = yield* stepGroups(fit, units, report);
      }
    } else {
      const { design, family } = fit.model;
      const others = design.random.some((term) => !isOfMeanAlone(term));
      const refused =
        design.residual?.correlation || family.curve || family.categories || others || (!isExact(fit) && !isRow);
      const rows = refused ? null : workingRows(fit);
      if (!rows) throw declarationFault(influenceAcross(units.name === "row" ? "rows" : `levels of "${units.name}"`));
      if (!isExact(fit)) method = "one step";
      found = yield* deletedRows(fit, rows, units, report);
    }
  }
  const h = isRow ? leveragesOf(fit) : null;
  const { frequencyWeights } = fit.model.design;
  const rows = units.rows.map((own, u): InfluenceRow => {
    const deletion = found[u]!;
    const known = deletion !== null && typeof deletion !== "string" ? deletion : null;
    return {
      unit: units.labels[u]!,
      nobs: frequencyWeights ? own.reduce((sum, i) => sum + frequencyWeights[i]!, 0) : own.length,
      cooks_distance: known ? known.cooks : null,
      leverage: h ? h[own[0]!]! : null,
      dfbetas: Object.fromEntries(names.map((name, a) => [name, known ? known.change[a]! / known.errors[a]! : null])),
      ...(typeof deletion === "string" && { reason: deletion }),
    };
  });
  const failed = found.filter((one) => typeof one === "string").length;
  const unknown = rows.filter(({ cooks_distance }) => cooks_distance === null).length - failed;
  const separated = fit.verdict.code === "separation";
  const warnings = [
    ...(failed > 0 ? [influenceFailures(failed, rows.length)] : []),
    ...(unknown > 0 ? [separated ? influenceOfSeparation() : influenceUnknown(unknown, rows.length)] : []),
  ];
  const result = { by: units.name, method, rows, warnings };
  return printable(result, (style) => influenceText(result, names, style));
}
