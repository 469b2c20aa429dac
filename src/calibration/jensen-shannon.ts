/**
 * How far a weighted sample is from the unweighted one: the cumulative Jensen-Shannon distance, from distribution functions, so that no
 * densities need be estimated. Nguyen & Vreeken (2015), "Non-parametric Jensen-Shannon divergence", ECML PKDD, eq. 4; normalised to [0, 1] and
 * taken the larger of x and −x as in Kallioinen, Paananen, Bürkner & Vehtari (2024), "Detecting and diagnosing prior and
 * likelihood sensitivity with power-scaling", Statistics and Computing 34:57, section 2.3.
 */

/** Σ width·P·log2(P/M) over cells, P log P = 0 at 0. */
const part = (p: number, m: number): number => (p > 0 ? p * Math.log2(p / m) : 0);

/** For the draws in the order given, of which the coordinates are ascending (`sign` 1) or descending (−1). */
function oneSided(draws: Float64Array, order: Uint32Array, weights: Float64Array, reverse: boolean): number {
  const total = order.length;
  const at = (i: number) => (reverse ? order[total - 1 - i]! : order[i]!);
  let P = 0;
  let Q = 0;
  let areaP = 0;
  let areaQ = 0;
  let divergence = 0;
  for (let i = 0; i < total - 1; i++) {
    const here = at(i);
    P += 1 / total;
    Q += weights[here]!;
    const width = Math.abs(draws[at(i + 1)]! - draws[here]!);
    const M = 0.5 * (P + Q);
    divergence += width * (part(P, M) + part(Q, M));
    areaP += width * P;
    areaQ += width * Q;
  }
  // the terms (∫Q − ∫P)/(2 ln 2) of both directions cancel
  return areaP + areaQ > 0 ? Math.sqrt(Math.max(0, divergence) / (areaP + areaQ)) : 0;
}

/**
 * Distance between the empirical distribution of the draws and the same draws weighted; 0 where they agree, at most 1.
 *
 * @param weights length of draws, summing to 1
 */
export function cumulativeJensenShannon(draws: Float64Array, weights: Float64Array): number {
  const order = Uint32Array.from(draws, (_, i) => i).sort((a, b) => draws[a]! - draws[b]!);
  return Math.max(oneSided(draws, order, weights, false), oneSided(draws, order, weights, true));
}
