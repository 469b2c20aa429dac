/** Tables of shares of the variance, which R² and intraclass correlations are: their estimates and intervals, and what cannot be said of them. */
import { type Estimator, onLogit } from "../estimates/estimator.ts";
import { type EffectRow, summariseInSlices } from "../estimates/summarise.ts";
import { sharesAtInfinity, sharesOfNothing } from "../messages/effects.ts";
import type { FitWarning } from "../messages/issue.ts";
import type { DistributionFit } from "../model/fit.ts";
import type { Pausable } from "../optimise/pausable.ts";
import type { Report } from "../options/long-work.ts";
import { infiniteRows } from "../prediction/estimability.ts";
import { estimateAlone, noSummary, type PossibleSummary } from "../prediction/interval.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import { intervalSource, type SourceMethod } from "./interval-source.ts";

export interface ShareLabel {
  readonly measure: string;
  /** Null: of all groups, or of none. */
  readonly group: string | null;
}

export type ShareScale = "link" | "response";

interface WantedShares {
  readonly scale: ShareScale;
  readonly ci: SourceMethod | undefined;
  readonly confLevel: number;
  /** Of the rows whose shares do not depend on the coefficients. */
  readonly ofVariancesAlone: (k: number) => boolean;
}

/**
 * Shares between 0 and 1 with intervals on the logit scale, by profile likelihood, or draw by draw.
 *
 * @param evaluate the shares at parameters x, in the order of the labels
 */
export function* sharesTable<Label extends ShareLabel>(
  fit: DistributionFit,
  labels: readonly Label[],
  evaluate: (x: Float64Array, out: Float64Array) => void,
  { scale, ci, confLevel, ofVariancesAlone }: WantedShares,
  report: Report,
): Pausable<{ readonly rows: readonly (Label & PossibleSummary)[]; readonly warnings: readonly FitWarning[] }> {
  const ends = infiniteRows(fit, fit.model.design);
  const separated = ends !== null;
  if (ends?.every((end) => end))
    return { rows: labels.map((label) => ({ ...label, ...noSummary })), warnings: [sharesAtInfinity(scale, true)] };
  const infinite = (k: number) => separated && !ofVariancesAlone(k);
  // on the scale of the link the variance of the fixed effects is itself at infinity, on that of the response at an end
  const estimable = (k: number) => !infinite(k) || scale === "response" || labels[k]!.measure === "icc";
  const shares: Estimator<Label> = {
    rows: labels.map((label) => ({ label, scale: onLogit, range: [0, 1] as const })),
    value: (x, _, out) => evaluate(x, out),
    // none has an error
    ...(labels.every((_, k) => infinite(k)) && { gradient: () => {} }),
  };
  // shares lie between 0 and 1, and have means whatever the priors
  const source = intervalSource(fit, ci, { withEffects: false });
  const table = yield* summariseInSlices(shares, source, { confLevel, estimable, infinite }, report);
  const known = table.rows.map((row) => withoutNaN(row));
  const undefinedRows = known.some((numbers, k) => numbers.estimate === null && estimable(k));
  return {
    rows: known.map((numbers, k) => ({ ...labels[k]!, ...numbers })),
    warnings: [
      ...table.warnings,
      ...(labels.some((_, k) => infinite(k)) ? [sharesAtInfinity(scale, false)] : []),
      ...(undefinedRows ? [sharesOfNothing()] : []),
    ],
  };
}

/** Where there is no variance to share, or no error, there is no number. */
function withoutNaN({ numbers }: EffectRow<unknown>): PossibleSummary {
  const { estimate, std_error } = numbers;
  if (estimate === null || Number.isNaN(estimate)) return noSummary;
  return Number.isNaN(std_error ?? 0) ? estimateAlone(numbers) : numbers;
}

const NUMBERS = ["estimate", "std_error", "conf_low", "conf_high"] as const;

/** @param scale null where the link is the identity, and there is one scale */
export function sharesText(
  rows: readonly (ShareLabel & PossibleSummary)[],
  warnings: readonly FitWarning[],
  scale: ShareScale | null,
  style: Style,
): string {
  const decimals = rowDecimals(rows);
  return [
    style(`Shares of the variance${scale ? ` on the scale of the ${scale}` : ""}`, "title"),
    "",
    ...textTable(
      [
        { header: "measure", cells: rows.map(({ measure }) => measure), align: "left" },
        { header: "group", cells: rows.map(({ group }) => group ?? ""), align: "left" },
        ...NUMBERS.map((name) => ({
          header: name,
          cells: formatRows(
            rows.map((row) => row[name]),
            decimals,
          ),
        })),
      ],
      style,
    ),
    ...warnings.flatMap(({ message }) => ["", style(`Warning: ${visibleLines(message)}`, "warning")]),
  ].join("\n");
}
