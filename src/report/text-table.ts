/** Aligned columns for terminals. */
import { visible } from "./visible-text.ts";

export interface TextColumn {
  readonly header: string;
  readonly cells: readonly string[];
  /** Default `right`, as numbers want it. */
  readonly align?: "left" | "right";
}

/** Marks up pieces of a report, as with colours of a terminal; the core itself never does. */
export interface Style {
  (text: string, role: "title" | "header" | "label" | "warning"): string;
  /** What stands for a table where it is not to be columns of text. */
  readonly table?: (columns: readonly TextColumn[]) => string[];
}

export const plain: Style = (text) => text;

/**
 * Lines of a table: header and rows, two spaces between columns, no line longer than its content. Characters that a terminal acts upon are
 * written out.
 *
 * @example
 * textTable([{ header: "term", cells: ["period2"], align: "left" }, { header: "estimate", cells: ["-0.98"] }]);
 * // ["term     estimate", "period2     -0.98"]
 */
export function textTable(given: readonly TextColumn[], style: Style = plain): string[] {
  if (style.table) return style.table(given);
  const columns = given.map((column) => ({
    ...column,
    header: visible(column.header),
    cells: column.cells.map(visible),
  }));
  const widths = columns.map(({ header, cells }) => Math.max(width(header), ...cells.map(width)));
  const rows = Math.max(0, ...columns.map(({ cells }) => cells.length));
  const line = (cellOf: (column: TextColumn) => string, mark: (text: string, column: TextColumn) => string) =>
    columns
      .map((column, c) => {
        const text = cellOf(column);
        const space = " ".repeat(widths[c]! - width(text));
        const marked = text === "" ? "" : mark(text, column);
        return column.align === "left" ? marked + space : space + marked;
      })
      .join("  ")
      .trimEnd();
  const lines = [
    line(
      ({ header }) => header,
      (text) => style(text, "header"),
    ),
  ];
  for (let i = 0; i < rows; i++)
    lines.push(
      line(
        ({ cells }) => cells[i] ?? "",
        (text, { align }) => (align === "left" ? style(text, "label") : text),
      ),
    );
  return lines;
}

/** Width in a terminal, near enough: code points, not UTF-16 units. */
const width = (text: string) => [...text].length;
