/** Quadratic forms with the inverse of a sparse matrix, of vectors with few entries. */

import { choleskyInverse } from "./dense-cholesky.ts";
import type { SparseFactor } from "./sparse-factor.ts";
import { solveLower } from "./triangular.ts";

export function quadraticForm(of: SparseFactor, index: Int32Array, value: Float64Array, count: number): number {
  const { pattern, place, parent, head, start, diagonal, row, tailStart, l, reached, reach, sparse } = of;
  const { size } = pattern;
  let columns = 0;
  let below = size;
  const meet = (k: number) => {
    if (reached[k]) return;
    reached[k] = 1;
    reach[--below] = k;
  };
  for (let e = 0; e < count; e++) {
    const k = place[index[e]!]!;
    sparse[k]! += value[e]!;
    if (k >= head) meet(k);
    // the entries of L⁻¹x lie on the ways from those of x up the elimination tree (Davis 2006, §3.2)
    for (let j = k; j !== -1 && j < head && !reached[j]; j = parent[j]!) {
      reached[j] = 1;
      reach[columns++] = j;
    }
  }
  reach.subarray(0, columns).sort();
  let sum = 0;
  for (let c = 0; c < columns; c++) {
    const j = reach[c]!;
    const entry = sparse[j]! / l[diagonal + j]!;
    sparse[j] = 0;
    reached[j] = 0;
    if (entry === 0) continue;
    sum += entry * entry;
    for (let p = start[j]!, to = start[j + 1]!; p < to; p++) {
      sparse[row[p]!]! -= l[p]! * entry;
      if (p >= tailStart[j]!) meet(row[p]!);
    }
  }
  if (below < size) sum += tailForm(of, reach.subarray(below));
  for (let c = below; c < size; c++) sparse[reach[c]!] = reached[reach[c]!] = 0;
  return sum;
}

/** t'(LL')⁻¹t of the dense tail, t in `sparse` at `rows`. Solving is dear: where it would be done often the inverse is made once. */
function tailForm(of: SparseFactor, rows: Int32Array): number {
  const { tail, head, lTail, column, sparse } = of;
  let sum = 0;
  if (!of.tailInverse && of.tailSolves++ < tail) {
    for (let a = 0; a < tail; a++) column[a] = sparse[head + a]!;
    solveLower(lTail, 0, tail, tail, column);
    for (let a = 0; a < tail; a++) {
      sum += column[a]! ** 2;
      column[a] = 0;
    }
    return sum;
  }
  if (!of.tailInverse) {
    of.tailInverse = lTail.slice();
    choleskyInverse(of.tailInverse, tail);
  }
  for (const i of rows)
    for (const j of rows)
      sum += sparse[i]! * sparse[j]! * of.tailInverse[(Math.max(i, j) - head) * tail + Math.min(i, j) - head]!;
  return sum;
}
