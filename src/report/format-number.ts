/** Numbers as text: a column at a time, so that decimals line up and no digit is invented. */

/** Beyond these magnitudes a column is written in scientific notation. */
const largestPlain = 1e7;
const smallestPlain = 1e-5;

/** What stands for a number that is absent. */
export const missing = "";

/**
 * Formats a column with common decimals: as many as show `digits` significant digits of the entry that is typical of it (its median
 * magnitude), at most 6, and none in a column of whole numbers. Entries that would show as 0, or are very large, are written as 1.2e-7.
 *
 * @param digits significant digits, default 4
 * @param decimals decimals of your own, for columns that belong together
 */
export function formatColumn(values: readonly (number | null | undefined)[], digits = 4, decimals?: number): string[] {
  const finite = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  const places = decimals ?? commonDecimals(finite, digits);
  return values.map((value) => formatOne(value, places, digits));
}

function commonDecimals(values: readonly number[], digits: number): number {
  if (values.length === 0 || values.every(Number.isInteger)) return 0;
  const magnitudes = values
    .filter((value) => value !== 0)
    .map((value) => Math.floor(Math.log10(Math.abs(value))))
    .sort((a, b) => a - b);
  const typical = magnitudes[magnitudes.length >> 1]!;
  return Math.max(0, Math.min(6, digits - 1 - typical));
}

function formatOne(value: number | null | undefined, decimals: number, digits: number): string {
  if (value === null || value === undefined) return missing;
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Inf" : "-Inf";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size >= largestPlain && size < 1e12) return String(value);
  if (size >= largestPlain || (value !== 0 && (size < smallestPlain || size < 0.5 * 10 ** -decimals)))
    return value.toExponential(Math.max(0, digits - 3));
  const text = value.toFixed(decimals);
  // −0.000 of a number that is not 0 has been caught above
  return Object.is(value, -0) ? text.replace("-", "") : text;
}

/** One number with the given significant digits. */
export function formatNumber(value: number | null | undefined, digits = 4): string {
  return formatColumn([value], digits)[0]!;
}

/** A p-value: three decimals, or `<0.001`. */
export function formatPValue(value: number | null | undefined): string {
  if (value === null || value === undefined) return missing;
  if (Number.isNaN(value)) return "NaN";
  return value < 0.001 ? "<0.001" : value.toFixed(3);
}

/** Degrees of freedom: whole numbers as they are, else with one decimal, or two where some are below 10. */
export function formatDf(values: readonly (number | null | undefined)[]): string[] {
  const finite = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  const decimals = finite.every(Number.isInteger) ? 0 : finite.some((value) => value < 10) ? 2 : 1;
  return formatColumn(values, 4, decimals);
}
