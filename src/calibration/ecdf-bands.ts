/**
 * Simultaneous bands of the empirical distribution of ranks that should be uniform: pointwise binomial intervals whose common level is chosen so
 * that the whole path stays inside with the wanted probability, computed exactly from the Markov chain of the counts.
 * Säilynoja, Bürkner & Vehtari (2022), "Graphical test for discrete uniformity and its applications in goodness-of-fit evaluation and multiple
 * sample comparison", Statistics and Computing 32:32, section 2.2 and algorithm 2.
 */

export interface EcdfBands {
  /** Number of ranks N. */
  readonly count: number;
  /** Points z_k = k/K, k = 1 … K − 1, where the ECDF is looked at. */
  readonly points: Float64Array;
  /** The least and the largest number of ranks below z_k that lie within the band. */
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  /** The level 1 − γ of the pointwise intervals. */
  readonly pointwise: number;
}

/** Two-sided pointwise p-values p_k(x) = 2 min(P(X ≤ x), P(X ≥ x)), X ~ Binomial(N, k/K), at most 1: (K − 1) × (N + 1). */
interface Pointwise {
  readonly count: number;
  readonly cells: number;
  readonly p: Float64Array;
  readonly logFactorial: Float64Array;
}

function pointwisePValues(count: number, cells: number): Pointwise {
  const logFactorial = new Float64Array(count + 1);
  for (let i = 2; i <= count; i++) logFactorial[i] = logFactorial[i - 1]! + Math.log(i);
  const p = new Float64Array((cells - 1) * (count + 1));
  const mass = new Float64Array(count + 1);
  for (let k = 1; k < cells; k++) {
    const logP = Math.log(k / cells);
    const logQ = Math.log1p(-k / cells);
    const row = (k - 1) * (count + 1);
    let below = 0;
    for (let x = 0; x <= count; x++) {
      mass[x] = Math.exp(
        logFactorial[count]! - logFactorial[x]! - logFactorial[count - x]! + x * logP + (count - x) * logQ,
      );
      below += mass[x]!;
      p[row + x] = 2 * below;
    }
    let above = 0;
    for (let x = count; x >= 0; x--) {
      above += mass[x]!;
      p[row + x] = Math.min(1, p[row + x]!, 2 * above);
    }
  }
  return { count, cells, p, logFactorial };
}

/**
 * P(p_k(X_k) > limit for all k) of the path X_k of counts of uniform ranks, or with `orEqual` p_k(X_k) ≥ limit: the counts go
 * from X_k to X_k + Binomial(N − X_k, 1/(K − k)), so the probability is a forward sum over the counts inside.
 */
function stayProbability({ count, cells, p, logFactorial }: Pointwise, limit: number, orEqual: boolean): number {
  let from = 0;
  let probability = new Float64Array([1]);
  for (let k = 1; k < cells; k++) {
    const row = (k - 1) * (count + 1);
    // p_k rises to 1 and falls again: the counts inside are an interval around the mode.
    let low = 0;
    let high = count;
    const outside = (x: number) => (orEqual ? p[row + x]! < limit : p[row + x]! <= limit);
    while (low <= count && outside(low)) low++;
    while (high >= low && outside(high)) high--;
    if (low > high) return 0;
    const next = new Float64Array(high - low + 1);
    const chance = 1 / (cells - k + 1);
    const logP = Math.log(chance);
    const logQ = Math.log1p(-chance);
    for (let i = 0; i < probability.length; i++) {
      const x = from + i;
      const here = probability[i]!;
      if (here === 0) continue;
      const rest = count - x;
      for (let to = Math.max(x, low); to <= high; to++) {
        const j = to - x;
        next[to - low]! +=
          here *
          Math.exp(logFactorial[rest]! - logFactorial[j]! - logFactorial[rest - j]! + j * logP + (rest - j) * logQ);
      }
    }
    from = low;
    probability = next;
  }
  return probability.reduce((sum, value) => sum + value, 0);
}

/**
 * Bands within which the ECDF of `count` uniform ranks, looked at in `cells` equal cells, stays with probability of at least `level`.
 *
 * @param cells number K of cells, at least 2
 * @param level default 0.95
 */
export function simultaneousBands(count: number, cells: number, level = 0.95): EcdfBands {
  const table = pointwisePValues(count, cells);
  // The coverage is a falling step function of the limit: the largest limit that still covers.
  let low = 0;
  let high = 1 - level;
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (stayProbability(table, middle, true) >= level) low = middle;
    else high = middle;
  }
  const lower = new Int32Array(cells - 1);
  const upper = new Int32Array(cells - 1);
  for (let k = 1; k < cells; k++) {
    const row = (k - 1) * (count + 1);
    let a = 0;
    let b = count;
    while (table.p[row + a]! < low) a++;
    while (table.p[row + b]! < low) b--;
    lower[k - 1] = a;
    upper[k - 1] = b;
  }
  const points = Float64Array.from({ length: cells - 1 }, (_, k) => (k + 1) / cells);
  return { count, points, lower, upper, pointwise: 1 - low };
}

/** For k = 1 … cells − 1 the number of ranks (0 … ranks − 1) in the first k of `cells` equal cells. */
export function rankCounts(ranks: Int32Array, possible: number, cells: number): Int32Array {
  const counts = new Int32Array(cells);
  for (const rank of ranks) counts[Math.floor((rank * cells) / possible)]!++;
  for (let k = 1; k < cells; k++) counts[k]! += counts[k - 1]!;
  return counts.subarray(0, cells - 1);
}

/**
 * Tests ranks for uniformity: the exact p-value of the smallest pointwise p-value along the ECDF. It is below 1 − level where, and only
 * where, the ECDF leaves the simultaneous band of that level (up to the steps of a discrete distribution).
 */
export function uniformityTest(counts: Int32Array, count: number): number {
  const cells = counts.length + 1;
  const table = pointwisePValues(count, cells);
  let least = 1;
  for (let k = 1; k < cells; k++) least = Math.min(least, table.p[(k - 1) * (count + 1) + counts[k - 1]!]!);
  return Math.min(1, Math.max(0, 1 - stayProbability(table, least, false)));
}
