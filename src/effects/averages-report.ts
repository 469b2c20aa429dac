/** Population averages and their contrasts as text. */
import type { FitWarning } from "../messages/issue.ts";
import type { Estimand } from "../prediction/estimand.ts";
import { formatColumn, formatPValue } from "../report/format-number.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import type { ContrastRow, QuantityRow } from "./averages-table.ts";
import type { Averaging } from "./averaging-options.ts";

/** Tables of averages, or of slopes, with what they are of. */
export interface ReportedAverages {
  readonly what: "response" | "slopes";
  readonly rows: readonly QuantityRow[];
  readonly contrasts: readonly ContrastRow[];
  readonly warnings: readonly FitWarning[];
  readonly wanted: Averaging;
}

const AVERAGED = {
  response: {
    response: "Averages of the response",
    link: "Averages on the scale of the link",
    "back-transformed": "Means at the average on the scale of the link",
  },
  slopes: {
    response: "Average slopes of the response",
    link: "Average slopes on the scale of the link",
    "back-transformed": "Average slopes of the response",
  },
};

const ESTIMANDS: Readonly<Record<Estimand, string>> = {
  population: "random effects integrated out",
  typical: "random effects 0",
  conditional: "of the groups observed",
};

/** What averages are over, in words. */
function over({ weights, newdata, counterfactual }: Averaging): string {
  if (typeof weights === "object") return "over the target population";
  const rows = newdata === undefined ? "the rows of the data" : "the rows of newdata";
  const each = weights === "trials" ? `the trials of ${rows}` : rows;
  if (weights === "rows" || weights === "trials" || weights === "frequency")
    return counterfactual ? `over ${each}` : `over ${each} that have the values`;
  return `over a reference grid with ${weights} weights`;
}

export function averagesReport({ what, rows, contrasts, warnings, wanted }: ReportedAverages, style: Style): string {
  const { estimands, scale } = wanted;
  const title = `${AVERAGED[what][scale]} ${over(wanted)}`;
  const lines =
    estimands.length === 1
      ? [style(`${title}, ${ESTIMANDS[estimands[0]!]}`, "title")]
      : [
          style(`${title}:`, "title"),
          style(estimands.map((name) => `${name} = ${ESTIMANDS[name]}`).join(", "), "title"),
        ];
  const numbers = ["estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"];
  const hidden = estimands.length === 1 ? ["estimand"] : [];
  lines.push("", ...numbersTable(rows, numbers, hidden, style));
  if (contrasts.length > 0)
    lines.push("", style("Contrasts", "title"), "", ...numbersTable(contrasts, numbers, hidden, style));
  for (const warning of warnings) lines.push("", style(`Warning: ${visibleLines(warning.message)}`, "warning"));
  return lines.join("\n");
}

function numbersTable(
  rows: readonly (QuantityRow | ContrastRow)[],
  numbers: readonly string[],
  hidden: readonly string[],
  style: Style,
): string[] {
  const labels = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (key) => !numbers.includes(key) && !hidden.includes(key),
  );
  const shown = numbers.filter((key) => rows.some((row) => row[key] !== null && row[key] !== undefined));
  const decimals = rowDecimals(rows);
  return textTable(
    [
      ...labels.map((key) => ({
        header: key,
        cells: rows.map((row) => String(row[key] ?? "")),
        align: "left" as const,
      })),
      ...shown.map((key) => {
        const values = rows.map((row) => row[key] as number | null);
        if (key === "p_value") return { header: key, cells: values.map(formatPValue) };
        if (key === "df") return { header: key, cells: formatColumn(values, 1) };
        if (key === "statistic") return { header: key, cells: formatColumn(values, 3) };
        const cells = formatRows(values, decimals);
        if (key !== "estimate") return { header: key, cells };
        return { header: key, cells: cells.map((cell, i) => (values[i] === null ? "not estimable" : cell)) };
      }),
    ],
    style,
  );
}
