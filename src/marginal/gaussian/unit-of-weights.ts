/**
 * √c for precision weights that are about c, a power of 2 so that nothing is rounded, c next to their median: in weights w/c standard deviations relative
 * to σ are about as large as those between rows, which is what starts, steps and tolerances are made for. 1 without weights.
 */
export function unitOfWeights(weights: Float64Array | undefined): number {
  if (!weights || weights.every((w) => w === 1)) return 1;
  const used = weights.filter((w) => w > 0 && w < Number.POSITIVE_INFINITY).sort();
  return used.length === 0 ? 1 : 2 ** Math.round(0.5 * Math.log2(used[used.length >> 1]!));
}

/** The largest weight, in about median ones, beside which what all other rows say keeps half of its digits. */
const LARGEST = 1e7;

/** The largest weight that can be computed with in doubles; infinite where all can. */
export function largestWeight(weights: Float64Array | undefined): number {
  const largest = LARGEST * unitOfWeights(weights) ** 2;
  return weights?.some((w) => w > largest) ? largest : Number.POSITIVE_INFINITY;
}
