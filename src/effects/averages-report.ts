/** Population averages and their contrasts as text. */
import type { FitWarning } from "../messages/issue.ts";
import type { Estimand } from "../prediction/estimand.ts";
import { fewDfNote } from "../report/ddf-text.ts";
import { formatColumn, formatDf, formatPValue } from "../report/format-number.ts";
import { formatLimit, formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import type { ContrastRow, QuantityRow } from "./averages-rows.ts";
import type { Averaging } from "./averaging-options.ts";
import { adjustmentNote, distributionNote, levelNote, marginNote } from "./inference-notes.ts";
import { readMargin } from "./margin.ts";

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

const NUMBERS = [
  "estimate",
  "std_error",
  "statistic",
  "df",
  "p_value",
  "conf_low",
  "conf_high",
  "tost_low",
  "tost_high",
];

const LIMITS: readonly string[] = ["conf_low", "conf_high", "tost_low", "tost_high"];

/** Columns that are the same in all rows. */
const SAID = ["ddf", "conf_level", "infer", "adjust", "family_size", "alternative", "margin_low", "margin_high"];

/** What intervals and tests are, below the tables. */
function inferenceNotes(rows: readonly QuantityRow[], contrasts: readonly ContrastRow[], wanted: Averaging): string[] {
  const { confLevel, adjust, ci, vcov } = wanted;
  const all = [...rows, ...contrasts];
  const sampled = all.every(({ statistic }) => statistic === null || statistic === undefined) && contrasts.length > 0;
  const scales = all.flatMap(({ infer, conf_low }) => (typeof infer === "string" && conf_low !== null ? [infer] : []));
  const margin = readMargin(wanted);
  const tukey = adjust === "tukey";
  const sizes = new Map(
    contrasts.map((row) => {
      const { family_size: size = 1 } = row;
      // of k means there are k (k − 1) / 2 pairs
      return [size, tukey ? Math.round((1 + Math.sqrt(1 + 8 * size)) / 2) : size] as const;
    }),
  );
  const untested = contrasts.every(({ p_value }) => p_value === null);
  const grid = [...wanted.by, ...Object.keys(wanted.at)];
  const own = [
    ci === "profile" ? "Intervals by profile likelihood" : null,
    sampled ? null : distributionNote(all, vcov),
    all.every(({ conf_low, conf_high }) => (conf_low ?? conf_high ?? null) === null)
      ? null
      : levelNote(
          confLevel,
          ci === "profile" ? [] : scales,
          contrasts.some(({ infer }) => infer !== undefined),
        ),
    untested ? null : adjustmentNote(adjust, [...sizes.values()], tukey ? "estimates" : "contrasts"),
    marginNote(
      margin,
      confLevel,
      contrasts.some(({ infer }) => infer !== undefined),
    ),
  ];
  const label = (row: QuantityRow | ContrastRow) =>
    [row["term"], ...grid.map((name) => row[name])].filter((text) => text !== undefined).join(" ");
  return [
    ...own.flatMap((note) => (note === null ? [] : [`${note}.`])),
    ...fewDfNote<QuantityRow | ContrastRow>(all, (row) => label(row) || "the average"),
  ];
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
  // said below the tables, unless columns of the grid are called so
  const grid = [...wanted.by, ...Object.keys(wanted.at)];
  const hidden = [...(estimands.length === 1 ? ["estimand"] : []), ...SAID].filter((name) => !grid.includes(name));
  lines.push("", ...numbersTable(rows, NUMBERS, hidden, style));
  if (contrasts.length > 0)
    lines.push("", style("Contrasts", "title"), "", ...numbersTable(contrasts, NUMBERS, hidden, style));
  lines.push("", ...inferenceNotes(rows, contrasts, wanted));
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
        if (key === "df") return { header: key, cells: formatDf(values) };
        if (key === "statistic") return { header: key, cells: formatColumn(values, 3) };
        if (LIMITS.includes(key))
          return { header: key, cells: rows.map((row, k) => formatLimit(row, values[k], decimals[k]!)) };
        const cells = formatRows(values, decimals);
        if (key !== "estimate") return { header: key, cells };
        return { header: key, cells: cells.map((cell, i) => (values[i] === null ? "not estimable" : cell)) };
      }),
    ],
    style,
  );
}
