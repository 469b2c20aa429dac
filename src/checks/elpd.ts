/** Sums over units with their standard errors. */
import { mean, variance } from "../diagnostics/chains.ts";
import { formatColumn } from "../report/format-number.ts";
import { type Style, textTable } from "../report/text-table.ts";

/** A sum over units. */
export interface ElpdEstimate {
  readonly estimate: number;
  /** √(N · variance over units): how the sum would vary over other units of the same kind. */
  readonly se: number;
}

/**
 * The sum over units.
 *
 * @param counts how many like units each stands for; absent: one
 */
export function totalOf(values: readonly number[], counts?: ArrayLike<number>): ElpdEstimate {
  const all = Float64Array.from(values);
  if (!counts) return { estimate: mean(all) * all.length, se: Math.sqrt(all.length * variance(all)) };
  let units = 0;
  let estimate = 0;
  all.forEach((value, i) => {
    units += counts[i]!;
    estimate += counts[i]! * value;
  });
  const centre = estimate / units;
  const squares = all.reduce((sum, value, i) => sum + counts[i]! * (value - centre) ** 2, 0);
  return { estimate, se: Math.sqrt((units * squares) / (units - 1)) };
}

/** Lines of a table of such sums, one a row. */
export function elpdTable<Name extends string>(
  names: readonly Name[],
  sums: Readonly<Record<Name, ElpdEstimate>>,
  style: Style,
): string[] {
  return textTable(
    [
      { header: "", cells: names, align: "left" },
      { header: "estimate", cells: formatColumn(names.map((name) => sums[name].estimate)) },
      { header: "se", cells: formatColumn(names.map((name) => sums[name].se)) },
    ],
    style,
  );
}
