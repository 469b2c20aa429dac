/** Where a kernel keeps ∂²ℓ/∂η_r∂η_s and ∂³ℓ/∂η_r∂η_s∂η_t: pairs r ≤ s and triples r ≤ s ≤ t in lexicographic order. */
export interface DerivativeIndex {
  /** K × K: number of the pair {r, s}. */
  readonly pair: Int32Array;
  /** K × K × K: number of the triple {r, s, t}. */
  readonly triple: Int32Array;
}

/** Tables for K predictors, symmetric in their arguments. */
export function derivativeIndex(K: number): DerivativeIndex {
  const pair = new Int32Array(K * K);
  const triple = new Int32Array(K * K * K);
  let pairs = 0;
  let triples = 0;
  for (let r = 0; r < K; r++)
    for (let s = r; s < K; s++) {
      pair[r * K + s] = pairs;
      pair[s * K + r] = pairs++;
      for (let t = s; t < K; t++) {
        for (const [a, b, c] of [
          [r, s, t],
          [r, t, s],
          [s, r, t],
          [s, t, r],
          [t, r, s],
          [t, s, r],
        ] as const)
          triple[(a * K + b) * K + c] = triples;
        triples++;
      }
    }
  return { pair, triple };
}
