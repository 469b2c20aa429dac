/** No correlation: C = I. */
import type { Correlation, PairList } from "./correlation.ts";

export function independent(n: number): Correlation {
  const row = Int32Array.from({ length: n }, (_, i) => i);
  const pairs: PairList = { row, partner: row, stored: new Int32Array(n), precision: Float64Array.of(1) };
  return {
    size: 0,
    set: () => true,
    logDet: () => 0,
    multiplyPrecision(x, _, out) {
      out.set(x);
    },
    pullbackColumns() {},
    whiten() {},
    colour() {},
    multiply() {},
    pairs,
    pullbackPairs() {},
  };
}
