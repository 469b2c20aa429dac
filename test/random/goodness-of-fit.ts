/**
 * Goodness of fit of draws to a distribution. The false-alarm rate is that of one test over seeds; seeds are fixed, so a test that passes
 * goes on passing until the draws change.
 */
import { chiSquareUpper } from "../../src/special/distributions.ts";

/** The p-value below which a test fails. */
export const FALSE_ALARM = 1e-4;

/**
 * P(√n D > what was found) of the Kolmogorov-Smirnov distance D of draws from a continuous distribution function: Kolmogorov's limit with
 * Stephens's (1970) correction for finite n.
 */
export function kolmogorovP(draws: ArrayLike<number>, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(draws).sort();
  const n = sorted.length;
  let distance = 0;
  sorted.forEach((x, i) => {
    const p = cdf(x);
    if (!(p >= -1e-9 && p <= 1 + 1e-9)) throw new Error(`The distribution function is ${p} at ${x}.`);
    distance = Math.max(distance, Math.abs(p - i / n), Math.abs((i + 1) / n - p));
  });
  const x = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * distance;
  let sum = 0;
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x);
  return Math.min(1, sum);
}

/**
 * Upper tail of χ² of whole numbers from 0 against their probabilities; all with less than 20 expected draws are one cell, left out where fewer
 * than 5 are expected in it.
 */
export function chiSquareP(draws: ArrayLike<number>, probability: (k: number) => number): number {
  const n = draws.length;
  const counts = new Map<number, number>();
  let top = 0;
  for (let i = 0; i < n; i++) {
    const k = draws[i]!;
    if (!(Number.isInteger(k) && k >= 0)) throw new Error(`A draw is ${k}.`);
    counts.set(k, (counts.get(k) ?? 0) + 1);
    top = Math.max(top, k);
  }
  let statistic = 0;
  let cells = 0;
  let [restExpected, restObserved] = [n, n];
  for (let k = 0; k <= top; k++) {
    const expected = n * probability(k);
    if (!(expected >= 20)) continue;
    const observed = counts.get(k) ?? 0;
    statistic += (observed - expected) ** 2 / expected;
    restExpected -= expected;
    restObserved -= observed;
    cells++;
  }
  if (restExpected > 5) {
    statistic += (restObserved - restExpected) ** 2 / restExpected;
    cells++;
  }
  return chiSquareUpper(statistic, cells - 1);
}

/** The integral of a density from `from` to x by the midpoint rule. Throws where the whole is not 1. */
export function cdfOf(
  density: (x: number) => number,
  from: number,
  to: number,
  cells = 200_000,
): (x: number) => number {
  const width = (to - from) / cells;
  const cumulative = new Float64Array(cells + 1);
  for (let i = 0; i < cells; i++) cumulative[i + 1] = cumulative[i]! + density(from + (i + 0.5) * width) * width;
  const total = cumulative[cells]!;
  if (!(Math.abs(total - 1) < 5e-4)) throw new Error(`The density integrates to ${total}.`);
  return (x) => {
    const position = Math.min(Math.max((x - from) / width, 0), cells);
    const i = Math.min(Math.floor(position), cells - 1);
    return (cumulative[i]! + (position - i) * (cumulative[i + 1]! - cumulative[i]!)) / total;
  };
}
