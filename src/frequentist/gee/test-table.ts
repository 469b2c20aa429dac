/** χ² tests as rows and as text. */
import { formatColumn, formatPValue } from "../../report/format-number.ts";
import { type Style, textTable } from "../../report/text-table.ts";

export interface TestRow {
  /** The term, or the coefficients tested together. */
  readonly term: string;
  /** χ². */
  readonly statistic: number;
  readonly df: number;
  readonly p_value: number;
}

/** The rows as a table under a title. */
export const testText = (title: string, rows: readonly TestRow[], style: Style): string =>
  [
    style(title, "title"),
    "",
    ...textTable(
      [
        { header: "term", cells: rows.map(({ term }) => term), align: "left" },
        {
          header: "statistic",
          cells: formatColumn(
            rows.map(({ statistic }) => statistic),
            4,
            3,
          ),
        },
        { header: "df", cells: rows.map(({ df }) => String(df)) },
        { header: "p_value", cells: rows.map(({ p_value }) => formatPValue(p_value)) },
      ],
      style,
    ),
  ].join("\n");
