/** The table of influences as text: those with the largest distances. */
import { formatColumn } from "../report/format-number.ts";
import type { Printable } from "../report/printable.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import type { Influence } from "./influence.ts";

/** Most units that are printed. */
const SHOWN = 10;

const METHODS: Readonly<Record<Influence["method"], string>> = {
  exact: "exact at the estimated variances",
  "one step": "by one Newton step",
  refit: "refitted",
};

/** @param names of the coefficients */
export function influenceText(
  { by, method, rows, warnings }: Omit<Influence, keyof Printable>,
  names: readonly string[],
  style: Style,
): string {
  const shown = [...rows].sort((a, b) => (b.cooks_distance ?? -1) - (a.cooks_distance ?? -1)).slice(0, SHOWN);
  const left = rows.length - shown.length;
  return [
    style(`Influence of each ${by} on the coefficients, ${METHODS[method]}; DFBETAS by coefficient`, "title"),
    "",
    ...textTable(
      [
        { header: by, cells: shown.map(({ unit }) => unit), align: "left" },
        { header: "cooks_distance", cells: formatColumn(shown.map((row) => row.cooks_distance)) },
        ...(shown.some((row) => row.leverage !== null)
          ? [{ header: "leverage", cells: formatColumn(shown.map((row) => row.leverage)) }]
          : []),
        ...names.map((name) => ({ header: name, cells: formatColumn(shown.map(({ dfbetas }) => dfbetas[name]!)) })),
      ],
      style,
    ),
    ...(left > 0 ? ["", `The ${SHOWN} with the largest distances of ${rows.length}; all are in rows`] : []),
    ...warnings.flatMap(({ message }) => ["", style(`Warning: ${visibleLines(message)}`, "warning")]),
  ].join("\n");
}
