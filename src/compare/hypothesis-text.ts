/** The text of tests of hypotheses. */
import { adjustmentNote, distributionNote, marginNote } from "../effects/inference-notes.ts";
import { readMargin } from "../effects/margin.ts";
import type { FitWarning } from "../messages/issue.ts";
import { formatColumn, formatDf, formatPValue } from "../report/format-number.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import type { HypothesisRow, ReadHypothesisOptions } from "./hypothesis.ts";

/** Rows of hypotheses as a table, with what tests and intervals are by below it. */
export function hypothesisText(
  rows: readonly HypothesisRow[],
  read: ReadHypothesisOptions,
  posterior: boolean,
  warnings: readonly FitWarning[],
  style: Style,
): string {
  const { test } = read;
  const decimals = rowDecimals(rows);
  const title = posterior
    ? "Hypotheses, by the draws of the posterior"
    : `Hypotheses: ${test === "lrt" ? "likelihood-ratio tests" : "Wald tests"}`;
  const levels = [...new Set(rows.map(({ conf_level }) => Number(conf_level.toPrecision(6))))];
  const names = [
    "estimate",
    "std_error",
    "statistic",
    "df",
    "p_value",
    "conf_low",
    "conf_high",
    ...(levels.length > 1 ? (["conf_level"] as const) : []),
    "tost_low",
    "tost_high",
    "evid_ratio",
    "post_prob",
  ] as const;
  const shown = names.filter((name) => rows.some((row) => row[name] !== null && row[name] !== undefined));
  return [
    style(levels.length > 1 ? title : `${title}; intervals at ${levels[0]}`, "title"),
    "",
    ...textTable(
      [
        { header: "", cells: rows.map(({ term }) => term), align: "left" },
        ...(rows.every(({ alternative }) => alternative === "two-sided")
          ? []
          : [{ header: "alternative", cells: rows.map(({ alternative }) => alternative), align: "left" as const }]),
        ...shown.map((name) => {
          const values = rows.map((row) => row[name] ?? null);
          if (name === "p_value") return { header: name, cells: values.map(formatPValue) };
          if (name === "df") return { header: name, cells: formatDf(values) };
          if (name === "conf_level") return { header: name, cells: formatColumn(values, 2) };
          if (name === "statistic" || name === "post_prob") return { header: name, cells: formatColumn(values, 3) };
          if (name === "evid_ratio")
            return {
              header: name,
              cells: values.map((value) => (value === Number.POSITIVE_INFINITY ? "Inf" : formatColumn([value], 3)[0]!)),
            };
          return { header: name, cells: formatRows(values, decimals) };
        }),
      ],
      style,
    ),
    ...notesOf(rows, read, posterior),
    ...warnings.flatMap(({ message }) => ["", style(`Warning: ${visibleLines(message)}`, "warning")]),
  ].join("\n");
}

/** What tests are, below the table. */
function notesOf(rows: readonly HypothesisRow[], read: ReadHypothesisOptions, posterior: boolean): string[] {
  const { adjust, test, confLevel } = read;
  const directed = rows.some(({ alternative }) => alternative === "greater" || alternative === "less");
  const notes = posterior
    ? [
        directed && confLevel > 0.5
          ? `Of hypotheses with a direction the interval is at ${Number((2 * confLevel - 1).toPrecision(6))}, so that each end is a bound at ${confLevel}`
          : null,
      ]
    : [
        test === "lrt" ? null : distributionNote(rows),
        adjustmentNote(adjust, [rows.length], "hypotheses"),
        marginNote(readMargin(read), confLevel, false),
      ];
  const found = notes.flatMap((note) => (note === null ? [] : [`${note}.`]));
  return found.length > 0 ? ["", ...found] : [];
}
