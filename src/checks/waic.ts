/**
 * The widely applicable information criterion: Watanabe (2010), "Asymptotic equivalence of Bayes cross validation and widely applicable
 * information criterion in singular learning theory", JMLR 11; with the variance form of the effective number of parameters (Gelman,
 * Hwang & Vehtari 2014, Statistics and Computing 24, eq. 12).
 */

import type { InferOutput } from "valibot";
import { variance } from "../diagnostics/chains.ts";
import type { ColumnsOfFit, ColumnsToGroup } from "../effects/checked-columns.ts";
import { waicUnreliable } from "../messages/checks.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import type { Pausable } from "../optimise/pausable.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import { type DoneOrPromised, doneOrPromised, type Report, type SlicesOf } from "../options/long-work.ts";
import { optionsSchema, readOptions } from "../options/read-options.ts";
import { type Printable, printable } from "../report/printable.ts";
import type { Style } from "../report/text-table.ts";
import { logMeanExp } from "../special/log-sum-exp.ts";
import { type ElpdEstimate, elpdTable, totalOf } from "./elpd.ts";
import {
  finiteUnitDraws,
  type LogLikelihoodOptions,
  logLikelihoodEntries,
  type PointwiseLogLikelihood,
  pointwiseOfSource,
} from "./pointwise-log-likelihood.ts";

export interface WaicUnit {
  readonly unit: string;
  /** How many like units it stands for: the frequency weight of a row; absent: one. Sums count all. */
  readonly count?: number;
  readonly elpd_waic: number;
  /** Posterior variance of the unit's log-likelihood. */
  readonly p_waic: number;
  readonly waic: number;
}

export interface Waic extends Printable {
  readonly kind: "waic";
  readonly by: PointwiseLogLikelihood["by"];
  readonly likelihood: PointwiseLogLikelihood["likelihood"];
  readonly pointwise: readonly WaicUnit[];
  readonly elpd_waic: ElpdEstimate;
  readonly p_waic: ElpdEstimate;
  readonly waic: ElpdEstimate;
  readonly warnings: readonly FitWarning[];
}

const waicOptions = optionsSchema(logLikelihoodEntries);

/** A unit with a larger p_waic makes WAIC unreliable (Vehtari, Gelman & Gabry 2017, §2.2). */
const LARGEST_P = 0.4;

/**
 * WAIC of a posterior, with the same units and likelihoods as `loo`, which is to be preferred: it says where it fails.
 *
 * @returns the result; with a `signal` or `onProgress` a promise of it, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError for a maximum-likelihood fit, or where a log-likelihood is not finite
 * @example waic(fit, { by: "group" }).elpd_waic; // { estimate: -97.6, se: 9.1 }
 */
export function waic<
  const F extends Fit | PointwiseLogLikelihood,
  const Group extends string = never,
  Signal extends StopSignal | undefined = undefined,
  Told = never,
>(
  source: F,
  options?: LogLikelihoodOptions & ColumnsToGroup<ColumnsOfFit<F>, Group> & SlicesOf<Signal, Told>,
): DoneOrPromised<Waic, Signal, Told>;
export function waic(source: Fit | PointwiseLogLikelihood, options?: LogLikelihoodOptions): Waic | Promise<Waic> {
  const read = readOptions(waicOptions, options, { of: "waic()" });
  return doneOrPromised((report) => widelyApplicable(source, read, report), read);
}

function* widelyApplicable(
  source: Fit | PointwiseLogLikelihood,
  read: InferOutput<typeof waicOptions>,
  report: Report,
): Pausable<Waic> {
  const pointwise = yield* pointwiseOfSource(source, read, "waic()", report);
  const { units, by, likelihood, counts } = pointwise;
  const rows = units.map((unit, u): WaicUnit => {
    const logLik = finiteUnitDraws(pointwise, u);
    const p_waic = variance(logLik);
    const elpd_waic = logMeanExp(logLik) - p_waic;
    return { unit, ...(counts && { count: counts[u]! }), elpd_waic, p_waic, waic: -2 * elpd_waic };
  });
  const high = rows.filter((row) => row.p_waic > LARGEST_P).map((row) => row.unit);
  const sum = (of: (row: WaicUnit) => number) => totalOf(rows.map(of), counts);
  const result = {
    kind: "waic" as const,
    by,
    likelihood,
    pointwise: rows,
    elpd_waic: sum((row) => row.elpd_waic),
    p_waic: sum((row) => row.p_waic),
    waic: sum((row) => row.waic),
    warnings: high.length > 0 ? [waicUnreliable(high)] : [],
  };
  return printable(result, (style) => reportOf(result, style));
}

function reportOf(result: Omit<Waic, keyof Printable>, style: Style): string {
  const names = ["elpd_waic", "p_waic", "waic"] as const;
  return [
    style(`WAIC by ${result.by} (${result.likelihood}), ${result.pointwise.length} ${result.by}s`, "title"),
    "",
    ...elpdTable(names, result, style),
    ...result.warnings.map(({ message }) => style(message, "warning")),
  ].join("\n");
}
