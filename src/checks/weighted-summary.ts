/** Summaries of weighted draws. */

export interface WeightedSummary {
  readonly mean: number;
  readonly sd: number;
  /** Σ w² (x − mean)², square root: the Monte Carlo error of the mean that the weights and independent draws make (Geweke 1989, Econometrica 57). */
  readonly mcse: number;
  quantile(probability: number): number;
}

/**
 * Mean, standard deviation and quantiles of draws with weights that sum to 1. Quantiles interpolate between the midpoints of the
 * weights' steps, so that equal weights give R's type 5 (Hyndman & Fan 1996).
 */
export function weightedSummary(draws: Float64Array, weights: Float64Array): WeightedSummary {
  let mean = 0;
  for (let s = 0; s < draws.length; s++) mean += weights[s]! * draws[s]!;
  let variance = 0;
  let error = 0;
  let squares = 0;
  for (let s = 0; s < draws.length; s++) {
    const square = (draws[s]! - mean) ** 2;
    variance += weights[s]! * square;
    error += weights[s]! ** 2 * square;
    squares += weights[s]! ** 2;
  }
  const order = Int32Array.from(draws.keys()).sort((a, b) => draws[a]! - draws[b]!);
  const middles = new Float64Array(draws.length);
  let below = 0;
  order.forEach((s, i) => {
    middles[i] = below + weights[s]! / 2;
    below += weights[s]!;
  });
  return {
    mean,
    // Equal weights give the divisor n − 1.
    sd: Math.sqrt(variance / (1 - squares)),
    mcse: Math.sqrt(error),
    quantile(probability) {
      let low = 0;
      let high = middles.length - 1;
      if (probability <= middles[low]!) return draws[order[low]!]!;
      if (probability >= middles[high]!) return draws[order[high]!]!;
      while (high - low > 1) {
        const middle = (low + high) >>> 1;
        if (middles[middle]! <= probability) low = middle;
        else high = middle;
      }
      const span = middles[high]! - middles[low]!;
      const share = span > 0 ? (probability - middles[low]!) / span : 0;
      return (1 - share) * draws[order[low]!]! + share * draws[order[high]!]!;
    },
  };
}
