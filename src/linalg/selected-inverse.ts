/** The entries of an inverse on the pattern of its factor (Takahashi, Fagan & Chin 1973). */

import { choleskyInverse } from "./dense-cholesky.ts";
import type { SparseFactor } from "./sparse-factor.ts";

export function selectedInverse(of: SparseFactor, out: Float64Array): void {
  const { tail, head, start, diagonal, dense, row, tailStart, l, lTail, target, work, column } = of;
  if (of.inverse.length < l.length) of.inverse = new Float64Array(l.length);
  const { inverse } = of;
  inverse.set(lTail, dense);
  choleskyInverse(inverse, tail, dense, tail);
  // From the last head column to the first: Z_Pj = −Z_PP L_Pj / L_jj, Z_jj = (1/L_jj − L_Pj'Z_Pj) / L_jj, with P the rows below j.
  for (let j = head - 1; j >= 0; j--) {
    const from = start[j]!;
    const to = start[j + 1]!;
    for (let p = from; p < to; p++) {
      column[row[p]!] = l[p]!;
      work[row[p]!] = 0;
    }
    const split = tailStart[j]!;
    for (let a = from; a < split; a++) {
      const k = row[a]!;
      const entry = l[a]!;
      let sum = entry * inverse[diagonal + k]!;
      // Rows of column k that are not in P meet a zero of `column`, or a cell of `work` that nobody reads.
      for (let p = start[k]!, last = start[k + 1]!; p < last; p++) {
        const z = inverse[p]!;
        sum += column[row[p]!]! * z;
        work[row[p]!]! += entry * z;
      }
      work[k]! += sum;
    }
    for (let a = split; a < to; a++) {
      const base = dense + (row[a]! - head) * tail - head;
      const entry = l[a]!;
      let sum = entry * inverse[base + row[a]!]!;
      for (let b = split; b < a; b++) {
        const z = inverse[base + row[b]!]!;
        sum += l[b]! * z;
        work[row[b]!]! += entry * z;
      }
      work[row[a]!]! += sum;
    }
    const reciprocal = 1 / l[diagonal + j]!;
    let own = reciprocal;
    for (let p = from; p < to; p++) {
      const z = -work[row[p]!]! * reciprocal;
      inverse[p] = z;
      own -= l[p]! * z;
      column[row[p]!] = 0;
    }
    inverse[diagonal + j] = own * reciprocal;
  }
  for (let e = 0; e < target.length; e++) out[e] = inverse[target[e]!]!;
}
