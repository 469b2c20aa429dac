/** Rows of two sets of draws put together chain by chain. */
export function joinByChain(before: Float64Array, after: Float64Array, chains: number): Float64Array {
  const all = new Float64Array(before.length + after.length);
  const a = before.length / chains;
  const b = after.length / chains;
  for (let c = 0; c < chains; c++) {
    all.set(before.subarray(c * a, (c + 1) * a), c * (a + b));
    all.set(after.subarray(c * b, (c + 1) * b), c * (a + b) + a);
  }
  return all;
}
