/** CSV text → records of fields: the characters, not what they mean. */
import * as messages from "../messages/files.ts";
import { DeclarationError } from "../messages/issue.ts";

const QUOTE = 34;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const TAB = 9;
const CANDIDATES = [",", ";", "\t", "|"];

/** The candidate that splits the first lines into the same number (> 1) of fields; where several do, into the most. */
export function guessDelimiter(text: string, decimal: string): string {
  const sample = firstLines(text, 10);
  let best = decimal === "," ? ";" : ",";
  let bestScore = 0;
  for (const candidate of CANDIDATES) {
    if (candidate === decimal) continue;
    const counts: number[] = [];
    forEachRecord(sample, candidate, "", (record) => counts.push(record.length), true);
    const fields = counts[0] ?? 1;
    const even = counts.every((count) => count === fields);
    const score = fields > 1 ? fields + (even ? 1e6 : 0) : 0;
    if (score > bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

function firstLines(text: string, lines: number): string {
  let end = 0;
  for (let k = 0; k < lines; k++) {
    let next = text.indexOf("\n", end);
    if (next < 0) next = text.indexOf("\r", end);
    if (next < 0) return text;
    end = next + 1;
  }
  return text.slice(0, end);
}

/**
 * Calls `visit` with the fields of each record, the 1-based line it begins on, and where blanks were trimmed off fields those
 * with their blanks, in their places, else null. The arrays are reused. `lenient` swallows faults of quoting, for looking at a piece of a file.
 */
export function forEachRecord(
  text: string,
  delimiter: string,
  source: string,
  visit: (record: string[], line: number, padded: readonly string[] | null) => void,
  lenient = false,
): void {
  const split = delimiter.charCodeAt(0);
  const length = text.length;
  const record: string[] = [];
  const padded: string[] = [];
  let position = 0;
  let line = 1;
  while (position < length) {
    const startLine = line;
    let quotedAny = false;
    let trimmedAny = false;
    record.length = 0;
    for (;;) {
      const from = position;
      let start = position;
      while (start < length && isBlank(text.charCodeAt(start), split)) start++;
      if (text.charCodeAt(start) === QUOTE) {
        quotedAny = true;
        const opened = line;
        let value = "";
        position = start + 1;
        for (;;) {
          const close = text.indexOf('"', position);
          if (close < 0) {
            if (lenient) return;
            throw new DeclarationError([messages.unclosedQuote(source, opened)]);
          }
          const piece = text.slice(position, close);
          line += lineBreaks(piece);
          value += piece;
          position = close + 1;
          if (text.charCodeAt(position) !== QUOTE) break;
          value += '"';
          position++;
        }
        while (position < length && isBlank(text.charCodeAt(position), split)) position++;
        const next = text.charCodeAt(position);
        if (position < length && next !== split && next !== NEWLINE && next !== RETURN) {
          if (lenient) return;
          throw new DeclarationError([
            messages.textAfterQuote(source, line, text.slice(position, position + 12).split(/[\r\n]/)[0]!),
          ]);
        }
        record.push(value);
      } else {
        let end = start;
        let code = text.charCodeAt(end);
        while (end < length && code !== split && code !== NEWLINE && code !== RETURN) code = text.charCodeAt(++end);
        position = end;
        while (end > start && isBlank(text.charCodeAt(end - 1), split)) end--;
        if (start > from || end < position) {
          trimmedAny = true;
          padded[record.length] = text.slice(from, position);
        }
        record.push(text.slice(start, end));
      }
      if (position < length && text.charCodeAt(position) === split) position++;
      else break;
    }
    if (text.charCodeAt(position) === RETURN && text.charCodeAt(position + 1) === NEWLINE) position++;
    position++;
    line++;
    if (quotedAny || record.length > 1 || record[0] !== "") visit(record, startLine, trimmedAny ? padded : null);
    if (trimmedAny) padded.length = 0;
  }
}

function isBlank(code: number, delimiter: number): boolean {
  return (code === SPACE || code === TAB) && code !== delimiter;
}

function lineBreaks(text: string): number {
  let breaks = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === NEWLINE || (code === RETURN && text.charCodeAt(i + 1) !== NEWLINE)) breaks++;
  }
  return breaks;
}
