/**
 * Square roots of the covariances of rows' predictors: e = Lx, x standard normal. Factored from the last predictor to the first, so that each
 * predictor has a direction of its own beside those it shares with later ones: in self-starting means the first parameters enter linearly,
 * and a direction that moves only them needs few nodes. Singular covariances have fewer directions.
 */

/** Relative sd of a predictor given the later ones below which it is taken to be a function of them. */
const NEGLIGIBLE = 1e-7;

export interface RowFactors {
  /** Number of predictors K. */
  readonly size: number;
  /** Number of directions d ≤ K that some row uses. */
  readonly directions: number;
  /** n × K × d, row-major: L of each row. */
  readonly L: Float64Array;
  /** Writes a left inverse of the L of row i, d × K, with zeros for directions that the row does not use. */
  leftInverse(i: number, out: Float64Array): void;
}

/**
 * Factors the covariances of n rows.
 *
 * @param variance by predictor, a value a row
 * @param covariance of predictors r > s at r(r − 1)/2 + s; null = 0
 */
export function rowFactors(
  variance: readonly Float64Array[],
  covariance: readonly (Float64Array | null)[],
  n: number,
): RowFactors {
  const K = variance.length;
  const full = new Float64Array(n * K * K);
  const entry = (r: number, s: number, i: number): number => {
    if (r === s) return variance[r]![i]!;
    const values = covariance[r > s ? (r * (r - 1)) / 2 + s : (s * (s - 1)) / 2 + r];
    return values ? values[i]! : 0;
  };
  const used = new Uint8Array(K);
  for (let i = 0; i < n; i++) {
    const base = i * K * K;
    // column k belongs to predictor k; predictors are taken from the last to the first
    for (let k = K - 1; k >= 0; k--) {
      let pivot = entry(k, k, i);
      for (let c = k + 1; c < K; c++) pivot -= full[base + k * K + c]! ** 2;
      if (!(pivot > NEGLIGIBLE ** 2 * entry(k, k, i))) continue;
      const root = Math.sqrt(pivot);
      used[k] = 1;
      full[base + k * K + k] = root;
      for (let r = 0; r < k; r++) {
        let sum = entry(r, k, i);
        for (let c = k + 1; c < K; c++) sum -= full[base + r * K + c]! * full[base + k * K + c]!;
        full[base + r * K + k] = sum / root;
      }
    }
  }
  const columns = Array.from({ length: K }, (_, k) => k).filter((k) => used[k]);
  const d = columns.length;
  const L = new Float64Array(n * K * d);
  for (let i = 0; i < n; i++)
    for (let r = 0; r < K; r++)
      for (let c = 0; c < d; c++) L[(i * K + r) * d + c] = full[(i * K + r) * K + columns[c]!]!;
  return {
    size: K,
    directions: d,
    L,
    leftInverse(i, out) {
      out.fill(0);
      // the rows of the predictors with a pivot are triangular: solve T M = E there, from the last direction back
      for (let c = d - 1; c >= 0; c--) {
        const k = columns[c]!;
        const pivot = L[(i * K + k) * d + c]!;
        if (pivot === 0) continue;
        out[c * K + k] = 1 / pivot;
        for (let later = c + 1; later < d; later++) {
          const share = L[(i * K + k) * d + later]! / pivot;
          if (share !== 0) for (let r = 0; r < K; r++) out[c * K + r]! -= share * out[later * K + r]!;
        }
      }
    },
  };
}
