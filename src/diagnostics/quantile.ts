/** Sample quantiles, R's type 7 (Hyndman & Fan 1996): linear between order statistics. */

/** The quantile of an ascending array. */
export function quantile(sorted: ArrayLike<number>, probability: number): number {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  // As R does: a position within a few rounding errors of a whole number is that number.
  const position = (n - 1) * probability;
  const fuzz = 4 * Number.EPSILON;
  const below = Math.floor(position + fuzz);
  const fraction = position - below;
  const low = sorted[below]!;
  if (Math.abs(fraction) < fuzz || below + 1 >= n) return low;
  return (1 - fraction) * low + fraction * sorted[below + 1]!;
}

/** Quantiles of draws in any order; NaN when a draw is NaN. */
export function quantiles(draws: Float64Array, probabilities: readonly number[]): number[] {
  if (draws.some(Number.isNaN)) return probabilities.map(() => Number.NaN);
  const sorted = draws.slice().sort();
  return probabilities.map((probability) => quantile(sorted, probability));
}
