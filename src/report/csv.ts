/** Rows as CSV: every digit, no text of a report. */

/** A field: what is missing or no number is NA, text is quoted where it has to be, records are JSON. */
function field(value: unknown): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "NA";
  const text = typeof value === "object" ? jsonText(value) : String(value);
  return /[",\r\n]|^\s|\s$|^(NA)?$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** JSON on one line; NaN and infinities, which JSON has not, become null, and typed arrays lists. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_key, entry) => {
    if (typeof entry === "number") return Number.isFinite(entry) ? entry : null;
    if (ArrayBuffer.isView(entry)) return Array.from(entry as Float64Array);
    return entry;
  });

/** Rows with a column for each name that a row has. */
export function csvText(rows: readonly object[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => names.map((name) => field((row as Record<string, unknown>)[name])).join(","));
  return `${[names.map(field).join(","), ...lines].join("\n")}\n`;
}

const isRows = (value: unknown): value is readonly object[] =>
  Array.isArray(value) && value.length > 0 && value.every((row) => typeof row === "object" && row !== null);

/** The rows of a result: itself, its first list of records, or the numbers and texts that it has. */
export function rowsOf(result: object): readonly object[] {
  if (Array.isArray(result)) return result;
  const rows = Object.values(result).find(isRows);
  if (rows) return rows;
  const own = Object.entries(result).filter(([, value]) => value === null || typeof value !== "object");
  return [Object.fromEntries(own)];
}
