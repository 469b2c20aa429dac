/** Models by their predictive accuracy: differences of elpd with their standard errors (Vehtari, Gelman & Gabry 2017, §5.2). */

import { looNotComparable, notALoo, tooFewToCompare } from "../messages/checks.ts";
import { DeclarationError, declarationFault } from "../messages/issue.ts";
import { formatColumn } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { textTable } from "../report/text-table.ts";
import { totalOf } from "./elpd.ts";
import type { Loo } from "./leave-one-out.ts";
import type { Waic } from "./waic.ts";

export interface LooComparisonRow {
  readonly model: string;
  /** elpd of this model less that of the best one: 0 for the best, else negative. */
  readonly elpd_diff: number;
  /** Standard error of the difference, from the differences unit by unit. */
  readonly se_diff: number;
  readonly elpd: number;
  readonly se_elpd: number;
  /** Effective number of parameters. */
  readonly p: number;
}

export interface LooComparison extends Printable {
  /** The best model first. */
  readonly rows: readonly LooComparisonRow[];
}

const elpdOf = (result: Loo | Waic): number[] =>
  result.kind === "loo" ? result.pointwise.map((row) => row.elpd_loo) : result.pointwise.map((row) => row.elpd_waic);

/**
 * Compares results of `loo` (or of `waic`) over the same units, best first.
 *
 * @throws DeclarationError with fewer than two results, or where they left out other units or in another way
 * @example looCompare({ slopes: loo(a, { by: "group" }), intercepts: loo(b, { by: "group" }) }).print();
 */
export function looCompare(results: Readonly<Record<string, Loo | Waic>>): LooComparison {
  const named = Object.entries(results ?? {});
  const others = named.flatMap(([name, result]) =>
    result?.kind === "loo" || result?.kind === "waic" ? [] : [notALoo(name, result)],
  );
  if (others.length > 0) throw new DeclarationError(others);
  if (named.length < 2) throw declarationFault(tooFewToCompare("looCompare", named.length));
  const [firstName, first] = named[0]!;
  for (const [name, result] of named) {
    const what = difference(first, result);
    if (what) throw declarationFault(looNotComparable(firstName, name, what));
  }
  const counts = first.pointwise.some(({ count }) => count !== undefined)
    ? first.pointwise.map(({ count }) => count ?? 1)
    : undefined;
  const elpds = named.map(([model, result]) => ({ model, result, elpd: elpdOf(result) }));
  const ranked = elpds
    .map((entry) => ({ ...entry, total: totalOf(entry.elpd, counts) }))
    .sort((a, b) => b.total.estimate - a.total.estimate);
  const best = ranked[0]!;
  const rows = ranked.map(({ model, result, elpd, total }): LooComparisonRow => {
    const { estimate, se } = totalOf(
      elpd.map((value, unit) => value - best.elpd[unit]!),
      counts,
    );
    const p = result.kind === "loo" ? result.p_loo.estimate : result.p_waic.estimate;
    return { model, elpd_diff: estimate, se_diff: se, elpd: total.estimate, se_elpd: total.se, p };
  });
  return printable({ rows }, (style) =>
    textTable(
      [
        { header: "", cells: rows.map(({ model }) => model), align: "left" },
        ...(["elpd_diff", "se_diff", "elpd", "se_elpd", "p"] as const).map((header) => ({
          header,
          cells: formatColumn(rows.map((row) => row[header])),
        })),
      ],
      style,
    ).join("\n"),
  );
}

/** What keeps two results from being compared; null where nothing does. */
function difference(a: Loo | Waic, b: Loo | Waic): string | null {
  if (a.kind !== b.kind) return `one is by ${a.kind}, the other by ${b.kind}`;
  if (a.by !== b.by) return `one leaves out a ${a.by}, the other a ${b.by}`;
  if (a.pointwise.length !== b.pointwise.length)
    return `one is of ${a.pointwise.length} units, the other of ${b.pointwise.length}`;
  const other = a.pointwise.findIndex(({ unit }, i) => unit !== b.pointwise[i]!.unit);
  const counted = a.pointwise.findIndex(({ count = 1 }, i) => count !== (b.pointwise[i]!.count ?? 1));
  if (other < 0 && counted >= 0)
    return `${a.pointwise[counted]!.unit} counts ${a.pointwise[counted]!.count ?? 1} times in one and ${b.pointwise[counted]!.count ?? 1} times in the other`;
  return other < 0
    ? null
    : `unit ${other + 1} is ${a.pointwise[other]!.unit} in one and ${b.pointwise[other]!.unit} in the other`;
}
