/** Predictions as a table, the first rows of many. */
import type { FitWarning } from "../messages/issue.ts";
import { type Printable, printable } from "../report/printable.ts";
import { formatRows, rowDecimals } from "../report/row-decimals.ts";
import { type Style, textTable } from "../report/text-table.ts";
import { visibleLines } from "../report/visible-text.ts";
import type { PossibleSummary } from "./interval.ts";

/** Rows that are printed; of more, as many and how many there are. */
const MOST_ROWS = 30;

const NUMBERS = ["estimate", "std_error", "conf_low", "conf_high"] as const;

interface Predicted {
  readonly estimand: string;
  readonly type: string;
  readonly rows: readonly (PossibleSummary & { readonly row: number; readonly category?: string })[];
  readonly warnings: readonly FitWarning[];
}

/** The prediction, which prints itself. */
export const printedPrediction = <Result extends Predicted>(prediction: Result): Result & Printable =>
  printable(prediction, (style) => predictionText(prediction, style));

function predictionText({ estimand, type, rows, warnings }: Predicted, style: Style): string {
  const shown = rows.slice(0, MOST_ROWS);
  const decimals = rowDecimals(shown);
  const numbers = NUMBERS.filter((name) => name === "estimate" || shown.some((row) => row[name] !== null));
  return [
    style(`Predictions: type ${type}, estimand ${estimand}`, "title"),
    "",
    ...textTable(
      [
        { header: "row", cells: shown.map(({ row }) => String(row)) },
        ...(shown.some(({ category }) => category !== undefined)
          ? [{ header: "category", cells: shown.map(({ category }) => category ?? ""), align: "left" as const }]
          : []),
        ...numbers.map((name) => ({
          header: name,
          cells: formatRows(
            shown.map((row) => row[name]),
            decimals,
          ),
        })),
      ],
      style,
    ),
    ...(rows.length > shown.length ? [`… and ${rows.length - shown.length} more`] : []),
    ...warnings.flatMap(({ message }) => ["", style(`Warning: ${visibleLines(message)}`, "warning")]),
  ].join("\n");
}
