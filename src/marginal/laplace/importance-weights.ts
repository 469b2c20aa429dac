/** The mean of importance weights given as logarithms in antithetic pairs (2j, 2j + 1), and how well it is known. */
export interface WeightSums {
  readonly logMean: number;
  /** Estimated variance of the mean over its square; pairs are the independent units. */
  readonly relativeVariance: number;
  /** (Σw)²/Σw² (Kish 1965). */
  readonly effectiveDraws: number;
}

/** Sums of at least two pairs. */
export function weightSums(logWeights: Float64Array): WeightSums {
  const pairs = logWeights.length / 2;
  let largest = -Infinity;
  for (const value of logWeights) if (value > largest) largest = value;
  if (largest === -Infinity) return { logMean: -Infinity, relativeVariance: NaN, effectiveDraws: 0 };
  let sum = 0;
  let squares = 0;
  let pairSquares = 0;
  for (let j = 0; j < pairs; j++) {
    const a = Math.exp(logWeights[2 * j]! - largest);
    const b = Math.exp(logWeights[2 * j + 1]! - largest);
    const mean = 0.5 * (a + b);
    sum += mean;
    pairSquares += mean * mean;
    squares += a * a + b * b;
  }
  const mean = sum / pairs;
  return {
    logMean: largest + Math.log(mean),
    relativeVariance: Math.max(0, (pairSquares / pairs - mean * mean) / ((pairs - 1) * mean * mean)),
    effectiveDraws: (2 * sum) ** 2 / squares,
  };
}
