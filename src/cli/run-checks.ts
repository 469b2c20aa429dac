/** Runs the checks that were asked for: each a table for JSON and a text. */
import { collinearity } from "../checks/collinearity.ts";
import { influence } from "../checks/influence.ts";
import { type Loo, loo } from "../checks/leave-one-out.ts";
import { bayesFactor, type LogEvidence, logEvidence } from "../checks/log-evidence.ts";
import { looCompare } from "../checks/loo-compare.ts";
import { posteriorPredictive } from "../checks/posterior-predictive.ts";
import { quantileResiduals } from "../checks/quantile-residuals.ts";
import { randomEffectsNormality } from "../checks/random-effects-normality.ts";
import { residualTests } from "../checks/residual-tests.ts";
import { type Waic, waic } from "../checks/waic.ts";
import { rSquared } from "../effects/r-squared.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import type { WorkProgress } from "../options/long-work.ts";
import { requireDistribution } from "../prediction/fit-capabilities.ts";
import { formatColumn } from "../report/format-number.ts";
import { type Style, textTable } from "../report/text-table.ts";
import type { Posterior } from "../samplers/posterior.ts";
import type { CheckChoice } from "./check-options.ts";

/** Fits by name: the one checked first, then those it is compared with. */
export type NamedFits = readonly (readonly [name: string, fit: Fit])[];

export interface CheckReport {
  readonly tables: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly warnings: readonly FitWarning[];
}

/** What checks are stopped by and report to. */
export type Watched = { readonly signal: AbortSignal; readonly onProgress: (progress: WorkProgress) => void };

/** @throws DeclarationError where a check does not suit the fit */
export async function runChecks(
  fits: NamedFits,
  choice: CheckChoice,
  style: Style,
  watched: Watched,
): Promise<CheckReport> {
  const fit = fits[0]![1];
  requireDistribution(fit, "A check");
  const tables: Record<string, unknown> = {};
  const texts: string[] = [];
  const warnings: FitWarning[] = [];
  if (choice.predictive) {
    const check = await posteriorPredictive(fit, {
      ...watched,
      statistics: choice.predictive,
      seed: choice.seed,
      ...(choice.group !== undefined && { group: choice.group }),
    });
    tables["predictive"] = check.rows.map(({ replicated: _, ...row }) => row);
    texts.push(check.toString(style));
    warnings.push(...check.warnings);
  }
  if (choice.residuals) {
    const result = await quantileResiduals(fit, {
      ...watched,
      randomEffects: choice.residuals,
      leaveOneOut: choice.leaveOneOut,
      seed: choice.seed,
      ...(choice.group !== undefined && { group: choice.group }),
    });
    const row = Array.from(fit.model.design.rows, (position) => position + 1);
    tables["residuals"] = row.map((number, i) => ({
      row: number,
      pit: result.pit[i]!,
      residual: result.residuals[i]!,
    }));
    const columns = [
      { header: "row", cells: row.map(String) },
      { header: "pit", cells: formatColumn(Array.from(result.pit)) },
      { header: "residual", cells: formatColumn(Array.from(result.residuals)) },
    ];
    texts.push([style("Quantile residuals", "title"), "", ...textTable(columns, style)].join("\n"));
    warnings.push(...result.warnings);
  }
  if (choice.residualTests) {
    const tests = await residualTests(fit, { ...watched, randomEffects: choice.residualTests, ...choice.ownSeed });
    tables["residual_tests"] = tests.rows;
    texts.push(tests.toString(style));
  }
  if (choice.influence !== undefined) {
    const found = await influence(fit, {
      ...watched,
      ...(choice.influence !== true && { by: choice.influence }),
      refit: choice.refit,
    });
    tables["influence"] = found.rows.map(({ dfbetas, ...row }) => ({
      ...row,
      ...Object.fromEntries(Object.entries(dfbetas).map(([name, value]) => [`dfbetas_${name}`, value])),
    }));
    texts.push(found.toString(style));
    warnings.push(...found.warnings);
  }
  if (choice.rSquared) {
    const shares = rSquared(fit, { scale: choice.rSquared });
    tables["r_squared"] = shares.rows;
    warnings.push(...shares.warnings);
    texts.push(shares.toString(style));
  }
  if (choice.collinearity) {
    const found = collinearity(fit);
    tables["collinearity"] = found.rows;
    texts.push(found.toString(style));
  }
  if (choice.normality) {
    const rows = await randomEffectsNormality(fit, { ...watched, ...choice.ownSeed });
    tables["normality"] = rows;
    warnings.push(...rows.warnings);
    texts.push(rows.toString(style));
  }
  const gathered = { tables, texts, warnings };
  if (choice.loo)
    await predictiveAccuracy(
      "loo",
      fits,
      choice.loo,
      choice,
      (own, options) => loo(own, { ...options, ...watched }),
      gathered,
      style,
    );
  if (choice.waic)
    await predictiveAccuracy(
      "waic",
      fits,
      choice.waic,
      choice,
      (own, options) => waic(own, { ...options, ...watched }),
      gathered,
      style,
    );
  if (choice.evidence) await evidence(fits, choice.evidence, gathered, style, watched);
  return { tables, text: texts.join("\n\n"), warnings };
}

interface Gathered {
  readonly tables: Record<string, unknown>;
  readonly texts: string[];
  readonly warnings: FitWarning[];
}

/** loo or WAIC of each fit, and their differences. */
async function predictiveAccuracy(
  name: "loo" | "waic",
  fits: NamedFits,
  by: "row" | "group",
  { group, likelihood }: CheckChoice,
  measure: (fit: Fit, options: object) => Promise<Loo | Waic>,
  { tables, texts, warnings }: Gathered,
  style: Style,
): Promise<void> {
  const options = { by, ...(group !== undefined && { group }), ...(likelihood !== undefined && { likelihood }) };
  const results: (readonly [string, Loo | Waic])[] = [];
  for (const [label, fit] of fits) results.push([label, await measure(fit, options)]);
  tables[name] = results.map(([label, result]) => ({ fit: label, ...result }));
  for (const [label, result] of results) {
    texts.push(fits.length === 1 ? result.toString(style) : `${style(label, "label")}\n${result.toString(style)}`);
    warnings.push(...result.warnings);
  }
  if (fits.length > 1) {
    const comparison = looCompare(Object.fromEntries(results));
    tables[`${name}_compare`] = comparison.rows;
    texts.push(comparison.toString(style));
  }
}

/** The log evidence of each fit, and Bayes factors of the first against the others. */
async function evidence(
  fits: NamedFits,
  method: "bridge" | "importance",
  { tables, texts, warnings }: Gathered,
  style: Style,
  watched: Watched,
): Promise<void> {
  const results: (readonly [string, LogEvidence])[] = [];
  for (const [label, fit] of fits) results.push([label, await logEvidence(fit as Posterior, { method, ...watched })]);
  tables["evidence"] = results.map(([label, { logEvidence: value, error, paretoK }]) => ({
    fit: label,
    logEvidence: value,
    error,
    paretoK,
  }));
  texts.push(evidenceText(results, style));
  for (const [, result] of results) warnings.push(...result.warnings);
  const [first, ...others] = results;
  if (others.length === 0) return;
  const factors = others.map(([label, other]) => {
    const { warnings: _, ...factor } = bayesFactor(first![1], other);
    return { against: label, ...factor };
  });
  tables["bayes_factor"] = factors;
  const columns = [
    { header: "against", cells: factors.map(({ against }) => against), align: "left" as const },
    ...(["logBayesFactor", "error", "bayesFactor", "low", "high", "probability"] as const).map((header) => ({
      header,
      cells: formatColumn(factors.map((factor) => factor[header])),
    })),
  ];
  texts.push([style(`Bayes factors of ${first![0]}`, "title"), "", ...textTable(columns, style)].join("\n"));
}

function evidenceText(results: readonly (readonly [string, LogEvidence])[], style: Style): string {
  const columns = [
    { header: "fit", cells: results.map(([label]) => label), align: "left" as const },
    { header: "logEvidence", cells: formatColumn(results.map(([, { logEvidence: value }]) => value)) },
    { header: "error", cells: formatColumn(results.map(([, { error }]) => error)) },
  ];
  return [style(`Log evidence by ${results[0]![1].method} sampling`, "title"), "", ...textTable(columns, style)].join(
    "\n",
  );
}
