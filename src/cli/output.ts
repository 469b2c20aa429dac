/** What goes to stdout and stderr, and in what form. */
import pc from "picocolors";
import type { FitWarning, Issue } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import type { PriorRow } from "../priors/resolved.ts";
import { csvText, jsonText } from "../report/csv.ts";
import { inMarkup, type Markup, markupStyle } from "../report/markup.ts";
import { type SummaryOptions, summaryText } from "../report/summary.ts";
import { plain, type Style, type TextColumn, textTable } from "../report/text-table.ts";
import { visible, visibleLines } from "../report/visible-text.ts";
import { inFlags } from "./flag-words.ts";

/** Where the program writes; tests pass their own. */
export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** True when stdout is a terminal that may be coloured. */
  readonly colour: boolean;
  /** True when stderr is a terminal that may be coloured and redrawn. */
  readonly terminal: boolean;
  /** The markup that reports are printed in; absent: text. */
  markup?: Markup | undefined;
}

/** Colours of a terminal for the roles of a report. */
const coloured: Style = (text, role) => {
  switch (role) {
    case "title":
      return pc.bold(text);
    case "header":
      return pc.dim(text);
    case "label":
      return pc.cyan(text);
    case "warning":
      return pc.yellow(text);
  }
};

/** The style reports take on stdout. */
export const styleFor = ({ colour, markup }: Streams): Style =>
  markup ? markupStyle : colour && pc.isColorSupported ? coloured : plain;

/** A report in the style of stdout. */
function printText({ out, markup }: Streams, text: string): void {
  out(markup ? inMarkup(text, markup) : `${text}\n`);
}

function printJson(streams: Streams, value: unknown): void {
  streams.out(`${jsonText(value)}\n`);
}

export const EXPONENTIATE_HELP =
  "coefficients of a log, logit or cloglog link as ratios of means, odds or hazards, with their intervals";

/** How results are printed: as text where neither is asked for. */
export interface OutputFormat {
  readonly json?: boolean | undefined;
  readonly csv?: boolean | undefined;
}

/** A fit: its table of estimates as CSV, its tables as JSON (`tidy`, `glance`, `ranef`, `warnings`) or as the text of a summary. */
export function printFit(
  streams: Streams,
  fit: Fit,
  { json, csv, inference = {} }: OutputFormat & { readonly inference?: SummaryOptions },
): void {
  if (csv) {
    streams.out(csvText(fit.tidy(inference)));
    printWarnings(streams, fit.warnings);
    return;
  }
  if (json)
    printJson(streams, {
      tidy: fit.tidy(inference),
      glance: fit.glance(),
      ranef: fit.kind === "gee" ? [] : fit.ranef(),
      warnings: fit.warnings,
    });
  else
    printText(
      streams,
      summaryText(fit, styleFor(streams), inference).replace(/(?:Warning|Verdict|Note): .*/g, inFlags),
    );
}

/** The priors of a model before it is sampled: which are declared, which are defaults scaled by the data. */
export function printPriors(streams: Streams, rows: readonly PriorRow[]): void {
  const style = styleFor(streams);
  const column = (header: keyof PriorRow): TextColumn => ({
    header,
    cells: rows.map((row) => row[header]),
    align: "left",
  });
  const lines = textTable([column("class"), column("name"), column("prior"), column("source")], style);
  printText(streams, `${[style("Priors", "title"), ...lines].join("\n")}\n`);
}

/** What was computed from fits: as JSON with its warnings, its first table as CSV, or as text with the warnings that it has not on stderr. */
export function printResult(
  streams: Streams,
  tables: Readonly<Record<string, unknown>>,
  text: string,
  warnings: readonly FitWarning[],
  { json, csv }: OutputFormat,
): void {
  const distinct = warnings.filter(({ message }, i) => warnings.findIndex((other) => other.message === message) === i);
  if (json) {
    printJson(streams, { ...tables, warnings: distinct });
    return;
  }
  const rows = Object.values(tables).find((table): table is readonly object[] => Array.isArray(table));
  if (csv && rows) {
    streams.out(csvText(rows));
    printWarnings(streams, distinct);
    return;
  }
  printText(streams, text.replace(/Warning: .*/g, inFlags));
  // what the text has said is not said again
  printWarnings(
    streams,
    distinct.filter(({ message }) => !text.includes(visibleLines(message))),
  );
}

/** Warnings, one a line, on stderr. */
function printWarnings(streams: Streams, warnings: readonly FitWarning[]): void {
  const label = streams.terminal ? pc.yellow("Warning:") : "Warning:";
  for (const { message } of warnings) streams.err(`${label} ${sentence(streams, message)}\n`);
}

/** Faults, one a line, on stderr. */
export function printFaults(streams: Streams, issues: readonly Issue[]): void {
  const label = streams.terminal ? pc.red("Error:") : "Error:";
  for (const { message } of issues) streams.err(`${label} ${sentence(streams, message)}\n`);
}

/** A message in the words of the command line. */
function sentence({ terminal }: Streams, message: string): string {
  const text = inFlags(message);
  return terminal ? visibleLines(text) : visible(firstLine(text));
}

/** A message's sentence, without the excerpt some carry below it: one line a fault for programs that read them. */
function firstLine(text: string): string {
  return text.split("\n", 1)[0]!;
}
