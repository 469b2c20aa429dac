/** The text of a bootstrap. */
import type { ResampleInterval } from "../../estimates/resample-intervals.ts";
import { parameterLabel } from "../../model/reported-parameters.ts";
import { type Printable, printable } from "../../report/printable.ts";
import { formatRows, rowDecimals } from "../../report/row-decimals.ts";
import { type Style, textTable } from "../../report/text-table.ts";
import { visibleLines } from "../../report/visible-text.ts";
import type { Bootstrap } from "./bootstrap-of-refits.ts";
import type { BootstrapKind } from "./plan.ts";

const TITLES: Readonly<Record<BootstrapKind, (clusters: number) => string>> = {
  parametric: () => "Parametric bootstrap",
  cluster: (clusters) => `Cluster bootstrap of ${clusters} clusters`,
  nested: (clusters) => `Nested bootstrap of ${clusters} clusters`,
  residual: () => "Residual bootstrap",
  weights: (clusters) => `Bayesian bootstrap of ${clusters} clusters`,
};

const INTERVALS: Readonly<Record<ResampleInterval, string>> = {
  percentile: "percentile",
  basic: "basic",
  studentised: "studentised",
  bca: "BCa",
  normal: "normal",
};

const NUMBERS = ["estimate", "std_error", "bias", "conf_low", "conf_high"] as const;

/** Gives the data of a bootstrap their text. */
export const printedBootstrap = (boot: Omit<Bootstrap, keyof Printable>, confLevel: number): Bootstrap =>
  printable(boot, (style) => text(boot, confLevel, style));

function text(
  { kind, rows, kept, clusters, warnings }: Omit<Bootstrap, keyof Printable>,
  confLevel: number,
  style: Style,
): string {
  const methods = [...new Set(rows.map(({ method }) => method))];
  const decimals = rowDecimals(rows);
  const said = `${TITLES[kind](clusters ?? 0)}, ${kept} replicate${kept === 1 ? "" : "s"}; level ${confLevel}`;
  return [
    style(methods.length === 1 ? `${said}, ${INTERVALS[methods[0]!]} intervals` : said, "title"),
    "",
    ...textTable(
      [
        { header: "", cells: rows.map(parameterLabel), align: "left" },
        ...NUMBERS.map((name) => ({
          header: name,
          cells: formatRows(
            rows.map((row) => row[name]),
            decimals,
          ),
        })),
        ...(methods.length > 1
          ? [{ header: "method", cells: rows.map(({ method }) => method), align: "left" as const }]
          : []),
      ],
      style,
    ),
    ...warnings.flatMap(({ message }) => ["", style(`Warning: ${visibleLines(message)}`, "warning")]),
  ].join("\n");
}
