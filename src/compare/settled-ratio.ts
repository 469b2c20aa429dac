/** Twice gains in log-likelihood that are 0 up to where maxima are found: a mixture of χ² has all of χ²₀ there, and half of it beyond. */
const SEARCHED = 1e-7;
const ROUNDING = 1e-11;

/** @param logLik one of the two that the ratio is of */
export const settledRatio = (ratio: number, logLik: number): number =>
  ratio <= SEARCHED + ROUNDING * Math.abs(logLik) ? 0 : ratio;
