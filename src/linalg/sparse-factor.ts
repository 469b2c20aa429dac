/** The numeric factorisation of a sparse matrix whose pattern was analysed: left-looking head columns, each updating the dense tail when done. */

import { choleskyFactor } from "./dense-cholesky.ts";
import type { SparsePattern } from "./sparse-pattern.ts";

/** What the analysis of a pattern lays out, and the numbers of the last factorisation. */
export interface SparseFactor {
  readonly pattern: SparsePattern;
  readonly permutation: Int32Array;
  readonly place: Int32Array;
  readonly parent: Int32Array;
  readonly tail: number;
  readonly head: number;
  /** Where the entries below the diagonal of each head column begin in `l`. */
  readonly start: Int32Array;
  readonly diagonal: number;
  readonly dense: number;
  /** The row of each of them. */
  readonly row: Int32Array;
  /** Where in a head column the rows of the tail begin. */
  readonly tailStart: Int32Array;
  /** L: the entries below the diagonal of the head columns, their diagonal from `diagonal` on, the dense tail from `dense` on. */
  readonly l: Float64Array;
  /** The dense tail, tail × tail: a view of `l`. */
  readonly lTail: Float64Array;
  /** For each entry of the pattern its cell in `l`. */
  readonly target: Int32Array;
  /** Where in a head column the factorisation stands. */
  readonly next: Int32Array;
  /** Lists of the columns that contribute to a column next. */
  readonly link: Int32Array;
  readonly firstLinked: Int32Array;
  readonly work: Float64Array;
  readonly column: Float64Array;
  wide: Float64Array;
  inverse: Float64Array;
  /** Which unknowns a vector with few entries reaches: columns of the head, rows of the tail. */
  readonly reached: Uint8Array;
  /** The same as a list. */
  readonly reach: Int32Array;
  /** That vector. */
  readonly sparse: Float64Array;
  tailInverse: Float64Array | null;
  /** How often the tail was solved for one form. */
  tailSolves: number;
}

export function factor(of: SparseFactor, values: Float64Array): boolean {
  const { tail, head, start, diagonal, row, tailStart, l, lTail, target, next, link, firstLinked, work } = of;
  of.tailInverse = null;
  of.tailSolves = 0;
  l.fill(0);
  for (let e = 0; e < target.length; e++) l[target[e]!]! += values[e]!;
  firstLinked.fill(-1);
  for (let j = 0; j < head; j++) {
    const from = start[j]!;
    const to = start[j + 1]!;
    for (let p = from; p < to; p++) work[row[p]!] = l[p]!;
    let pivot = l[diagonal + j]!;
    for (let k = firstLinked[j]!; k !== -1; ) {
      const following = link[k]!;
      const at = next[k]!;
      const factorEntry = l[at]!;
      pivot -= factorEntry * factorEntry;
      for (let p = at + 1, end = start[k + 1]!; p < end; p++) work[row[p]!]! -= l[p]! * factorEntry;
      enlist(of, k, at + 1);
      k = following;
    }
    if (!(pivot > 0) || pivot === Number.POSITIVE_INFINITY) return false;
    const root = Math.sqrt(pivot);
    l[diagonal + j] = root;
    for (let p = from; p < to; p++) l[p] = work[row[p]!]! / root;
    for (let a = tailStart[j]!; a < to; a++) {
      const entry = l[a]!;
      const base = (row[a]! - head) * tail - head;
      for (let b = tailStart[j]!; b <= a; b++) lTail[base + row[b]!]! -= entry * l[b]!;
    }
    enlist(of, j, from);
  }
  return choleskyFactor(lTail, tail);
}

/** Column k next contributes to the head column that its entry at `p` names, if it is one. */
function enlist(of: SparseFactor, k: number, p: number): void {
  const { row, tailStart, next, link, firstLinked } = of;
  if (p >= tailStart[k]!) return;
  next[k] = p;
  link[k] = firstLinked[row[p]!]!;
  firstLinked[row[p]!] = k;
}

export function logDet(of: SparseFactor): number {
  const { tail, head, diagonal, l, lTail } = of;
  let sum = 0;
  for (let j = 0; j < head; j++) sum += Math.log(l[diagonal + j]!);
  for (let j = 0; j < tail; j++) sum += Math.log(lTail[j * tail + j]!);
  return 2 * sum;
}

/** Room for a matrix of these columns. */
export function roomFor(of: SparseFactor, columns: number): Float64Array {
  const { size } = of.pattern;
  if (of.wide.length < size * columns) of.wide = new Float64Array(size * columns);
  return of.wide;
}
