/** Decimals by row: a table's rows may be of very different magnitude, and each has an error that says how many of its digits mean something. */
import { formatNumber, missing } from "./format-number.ts";

/** What decides on a row's decimals: its standard error, or the estimate where there is none. */
export interface MeasuredRow {
  readonly estimate?: number | null;
  readonly std_error?: number | null;
}

/** More decimals than these are no decimals any more. */
const MOST_DECIMALS = 15;
/** Beyond these a number is written as 1.234e-9 or 1.234e+13. */
const PLAIN_DECIMALS = 8;
const LARGEST_PLAIN = 1e12;

/** Decimals that show `digits` significant digits of a number; null where it has none. */
export function ownDecimals(value: number | null | undefined, digits = 4): number | null {
  if (!value || !Number.isFinite(value)) return null;
  return Math.max(0, Math.min(MOST_DECIMALS, digits - 1 - Math.floor(Math.log10(Math.abs(value)))));
}

/**
 * Decimals of each row. They are the table's, which show four digits of the typical error, wherever the row's own differ by no more than one; so
 * that tables of one magnitude are aligned.
 *
 * @example rowDecimals([{ estimate: 251.4, std_error: 6.825 }, { estimate: -0.0012, std_error: 0.0021 }]); // [3, 6]
 */
export function rowDecimals(rows: readonly MeasuredRow[], digits = 4): number[] {
  const errors = rows.map(({ std_error }) => ownDecimals(std_error, digits));
  const measured = errors.some((places) => places !== null);
  // whole numbers without errors are counts, or given
  if (
    !measured &&
    rows.every(({ estimate }) => estimate === null || estimate === undefined || Number.isInteger(estimate))
  )
    return rows.map(() => 0);
  const wanted = rows.map(({ estimate }, k) => errors[k] ?? ownDecimals(estimate, digits));
  const typical = (measured ? errors : wanted).filter((places) => places !== null).sort((a, b) => b - a);
  const shared = Math.min(6, typical[typical.length >> 1] ?? 0);
  return wanted.map((places) => (places === null || Math.abs(places - shared) <= 1 ? shared : places));
}

/** A number with the decimals of its row; one that would show as 0 as 1.2e-7. */
export function formatFixed(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined) return missing;
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Inf" : "-Inf";
  if (value === 0) return (0).toFixed(Math.min(decimals, PLAIN_DECIMALS));
  const size = Math.abs(value);
  const significant = Math.floor(Math.log10(size)) + decimals;
  if (size < 0.5 * 10 ** -decimals || size >= LARGEST_PLAIN || (decimals > PLAIN_DECIMALS && size < 1e-4))
    return value.toExponential(
      Math.max(1, Math.min(14, size >= LARGEST_PLAIN ? Math.max(3, significant) : significant)),
    );
  return value.toFixed(decimals);
}

/** One column of numbers, a decimal count a row. */
export const formatRows = (values: readonly (number | null | undefined)[], decimals: readonly number[]): string[] =>
  values.map((value, k) => formatFixed(value, decimals[k]!));

/** A limit so many errors away has no digits to be read. */
const FAR_LIMIT = 1e6;

/** A limit of an interval with the decimals of its row, short where it is far. */
export function formatLimit({ std_error }: MeasuredRow, limit: number | null | undefined, decimals: number): string {
  const error = std_error ?? 0;
  const far = typeof limit === "number" && Number.isFinite(limit) && Math.abs(limit) > FAR_LIMIT * error;
  return far && error > 0 ? formatNumber(limit) : formatFixed(limit, decimals);
}
