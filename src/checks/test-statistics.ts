/** Test statistics of a response vector by name. */
import { mean, variance } from "../diagnostics/chains.ts";
import { quantile } from "../diagnostics/quantile.ts";

/** A number computed of responses; for binomial responses, of the numbers of successes. */
export type TestStatistic = (y: Float64Array) => number;

const sd = (y: Float64Array) => Math.sqrt(variance(y));

/** Σ(y − ȳ)³/n over the cubed standard deviation. */
function skewness(y: Float64Array): number {
  const centre = mean(y);
  let second = 0;
  let third = 0;
  for (const value of y) {
    second += (value - centre) ** 2;
    third += (value - centre) ** 3;
  }
  return third / y.length / (second / y.length) ** 1.5;
}

export const TEST_STATISTICS = {
  mean,
  sd,
  min: (y: Float64Array) => y.reduce((a, b) => Math.min(a, b), Infinity),
  max: (y: Float64Array) => y.reduce((a, b) => Math.max(a, b), -Infinity),
  median: (y: Float64Array) => quantile(y.slice().sort(), 0.5),
  /** Share of responses equal to 0. */
  zeros: (y: Float64Array) => y.reduce((count, value) => count + (value === 0 ? 1 : 0), 0) / y.length,
  skewness,
  /** Variance over mean: 1 for Poisson counts with one mean. */
  dispersion: (y: Float64Array) => variance(y) / mean(y),
} as const satisfies Readonly<Record<string, TestStatistic>>;

export type StatisticName = keyof typeof TEST_STATISTICS;
