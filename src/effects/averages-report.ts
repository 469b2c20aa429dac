/** Population averages and their contrasts as text. */
import type { FitWarning } from "../messages/issue.ts";
import { formatColumn, formatPValue } from "../report/format-number.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import type { AverageRow, ContrastRow } from "./population-average.ts";

/** @param asked whether estimands were asked for; else contrasts of the population average alone are shown */
export function averagesReport(
  rows: readonly AverageRow[],
  contrasts: readonly ContrastRow[],
  asked: boolean,
  warnings: readonly FitWarning[],
  style: Style,
): string {
  const lines = [
    style("Average of the response: population = random effects integrated out, typical = random effect 0,", "title"),
    style("conditional = the groups observed", "title"),
    "",
    ...numbersTable(rows, ["estimate", "std_error", "df", "conf_low", "conf_high"], style),
  ];
  if (contrasts.length > 0) {
    const numbers = ["estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"];
    // several estimands would answer one question with several p values
    const shown = asked ? contrasts : contrasts.filter(({ estimand }) => estimand === "population");
    const title = asked ? "Contrasts" : "Contrasts of the population average";
    lines.push("", style(title, "title"), "", ...numbersTable(shown, numbers, style));
  }
  for (const warning of warnings) lines.push("", style(`Warning: ${visibleLines(warning.message)}`, "warning"));
  return lines.join("\n");
}

function numbersTable(rows: readonly (AverageRow | ContrastRow)[], numbers: readonly string[], style: Style): string[] {
  const labels = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (key) => !["estimate", "std_error", "conf_low", "conf_high", "statistic", "df", "p_value"].includes(key),
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
