/** Reports in the markup of documents: the tables and titles that are printed, as Markdown, HTML or LaTeX. */
import type { Style, TextColumn } from "./text-table.ts";
import { visible } from "./visible-text.ts";

export const markups = ["markdown", "html", "latex"] as const;

export type Markup = (typeof markups)[number];

/** Marks at the beginning of a line: no text of a report holds these, being written as `\x01` there. */
const TABLE = "\u0001";
const TITLE = "\u0002";

/**
 * The style of a report that is to become markup: its text then holds each table as data, on one line, and marks each title. `inMarkup` reads
 * that text.
 */
export const markupStyle: Style = Object.assign(
  (text: string, role: Parameters<Style>[1]) => (role === "title" ? `${TITLE}${text}` : text),
  { table: (columns: readonly TextColumn[]) => [`${TABLE}${JSON.stringify(columns)}`] },
);

/** How one markup writes what a report consists of; everything given is escaped but `title`, `lines` and cells, which were by `escaped`. */
interface Writer {
  readonly escaped: (text: string) => string;
  readonly title: (text: string) => string;
  readonly lines: (lines: readonly string[]) => string;
  readonly table: (header: readonly string[], rows: readonly (readonly string[])[], left: readonly boolean[]) => string;
}

const replaced = (characters: Readonly<Record<string, string>>) => {
  const pattern = new RegExp(
    `[${Object.keys(characters)
      .join("")
      .replace(/[\\\]^-]/g, "\\$&")}]`,
    "gu",
  );
  return (text: string) => text.replace(pattern, (character) => characters[character]!);
};

const htmlEscape = replaced({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" });

const GREEK = {
  α: "alpha",
  β: "beta",
  γ: "gamma",
  δ: "delta",
  ε: "varepsilon",
  ζ: "zeta",
  η: "eta",
  θ: "theta",
  κ: "kappa",
  λ: "lambda",
  Λ: "Lambda",
  μ: "mu",
  ν: "nu",
  π: "pi",
  ρ: "rho",
  σ: "sigma",
  Σ: "Sigma",
  τ: "tau",
  φ: "varphi",
  χ: "chi",
  ψ: "psi",
  ω: "omega",
  "≤": "leq",
  "≥": "geq",
  "≈": "approx",
  "×": "times",
  "√": "surd",
  "∞": "infty",
  "−": "mathord-",
};

const latexEscape = replaced({
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "#": "\\#",
  _: "\\_",
  "%": "\\%",
  "^": "\\textasciicircum{}",
  "~": "\\textasciitilde{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "`": "\\textasciigrave{}",
  "|": "\\ensuremath{|}",
  "²": "\\textsuperscript{2}",
  "…": "\\ldots{}",
  // after the end of a row these would be arguments of it
  "*": "{*}",
  "[": "{[}",
  "]": "{]}",
  ...Object.fromEntries(Object.entries(GREEK).map(([character, name]) => [character, `\\ensuremath{\\${name}}`])),
});

/** Spaces about a cell, as a source of markup is read. */
const joined = (cells: readonly string[], before: string, between: string, after: string) =>
  `${before}${cells.join(between)}${after}`;

const writers: Readonly<Record<Markup, Writer>> = {
  markdown: {
    escaped: (text) =>
      text
        .replace(/[\\`*_[\]<>|~$&]/g, "\\$&")
        .replace(/^(\s*)([-+#=])(?=\s|\2|$)/, "$1\\$2")
        .replace(/^(\s*\d+)([.)])(?=\s|$)/, "$1\\$2"),
    title: (text) => `**${text}**`,
    lines: (lines) => lines.join("\\\n"),
    table: (header, rows, left) =>
      [
        joined(header, "| ", " | ", " |"),
        joined(
          left.map((is) => (is ? ":--" : "--:")),
          "| ",
          " | ",
          " |",
        ),
        ...rows.map((cells) => joined(cells, "| ", " | ", " |")),
      ].join("\n"),
  },
  html: {
    escaped: htmlEscape,
    title: (text) => `<p><strong>${text}</strong></p>`,
    lines: (lines) => `<p>${lines.join("<br>\n")}</p>`,
    table: (header, rows, left) => {
      const cell = (tag: string) => (text: string, c: number) =>
        `<${tag}${left[c] ? "" : ' style="text-align: right"'}>${text}</${tag}>`;
      return [
        "<table>",
        `<thead><tr>${header.map(cell("th")).join("")}</tr></thead>`,
        "<tbody>",
        ...rows.map((cells) => `<tr>${cells.map(cell("td")).join("")}</tr>`),
        "</tbody>",
        "</table>",
      ].join("\n");
    },
  },
  latex: {
    escaped: latexEscape,
    title: (text) => `\\noindent\\textbf{${text}}`,
    lines: (lines) => `\\noindent ${lines.join(" \\\\\n")}`,
    table: (header, rows, left) => {
      const row = (cells: readonly string[]) =>
        // a hyphen is no minus
        `${cells.map((text, c) => (left[c] ? text : text.replace(/^-(?=[\d.]|Inf)/, "$-$"))).join(" & ")} \\\\`;
      return [
        "\\begin{center}",
        `\\begin{tabular}{${left.map((is) => (is ? "l" : "r")).join("")}}`,
        "\\hline",
        row(header),
        "\\hline",
        ...rows.map(row),
        "\\hline",
        "\\end{tabular}",
        "\\end{center}",
      ].join("\n");
    },
  },
};

/**
 * A report in a markup, its text escaped: titles, tables, and lines between them as paragraphs.
 *
 * @param text what a report gives in `markupStyle`
 * @example
 * inMarkup(summaryText(fit, markupStyle), "latex");
 */
export function inMarkup(text: string, markup: Markup): string {
  const { escaped, title, lines: paragraph, table } = writers[markup];
  const blocks: string[] = [];
  let lines: string[] = [];
  const endParagraph = () => {
    if (lines.length > 0) blocks.push(paragraph(lines));
    lines = [];
  };
  for (const line of text.split("\n")) {
    if (line.startsWith(TABLE)) {
      endParagraph();
      const columns = JSON.parse(line.slice(TABLE.length)) as TextColumn[];
      const rows = Math.max(0, ...columns.map(({ cells }) => cells.length));
      const cell = (content: string | undefined) => escaped(visible(content ?? ""));
      blocks.push(
        table(
          columns.map(({ header }) => cell(header)),
          Array.from({ length: rows }, (_, i) => columns.map(({ cells }) => cell(cells[i]))),
          columns.map(({ align }) => align === "left"),
        ),
      );
    } else if (line.startsWith(TITLE)) {
      endParagraph();
      blocks.push(title(escaped(line.replaceAll(TITLE, ""))));
    } else if (line.trim() === "") endParagraph();
    else lines.push(escaped(visible(line.replaceAll(TITLE, "").trim())));
  }
  endParagraph();
  return `${blocks.join("\n\n")}\n`;
}
