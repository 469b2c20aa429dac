/** What goes to stdout and stderr, and in what form. */
import pc from "picocolors";
import type { FitWarning, Issue } from "../messages/issue.ts";

/** Where the program writes; tests pass their own. */
export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** True when stderr is a terminal that may be coloured and redrawn. */
  readonly terminal: boolean;
}

/** One JSON object on one line; NaN and infinities, which JSON has not, become null. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry) => {
    if (typeof entry === "number") return Number.isFinite(entry) ? entry : null;
    if (ArrayBuffer.isView(entry)) return Array.from(entry as Float64Array);
    return entry;
  });
}

export function printJson(streams: Streams, value: unknown): void {
  streams.out(`${toJson(value)}\n`);
}

/** Warnings, one a line, on stderr. */
export function printWarnings(streams: Streams, warnings: readonly FitWarning[]): void {
  const label = streams.terminal ? pc.yellow("Warning:") : "Warning:";
  for (const { message } of warnings) streams.err(`${label} ${oneLine(message)}\n`);
}

/** Faults, one a line, on stderr. */
export function printFaults(streams: Streams, issues: readonly Issue[]): void {
  const label = streams.terminal ? pc.red("Error:") : "Error:";
  for (const { message } of issues) streams.err(`${label} ${oneLine(message)}\n`);
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}
