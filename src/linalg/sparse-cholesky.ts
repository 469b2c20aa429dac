/**
 * Sparse Cholesky factorisation PAP' = LL' with a dense tail, its solves and its selected inverse.
 *
 * Analysis happens once for a pattern. The last columns of a factor tend to be full: they are split off, as many as makes the
 * whole cheapest, and handed to the dense kernels. The columns before them are computed left-looking, each updating
 * the dense tail when done (Davis 2006, *Direct Methods for Sparse Linear Systems*, ch. 4 for the sparse theory). The selected
 * inverse follows Takahashi, Fagan & Chin (1973): only entries of A⁻¹ on the pattern of L are computed.
 *
 * @example
 * const pattern = sparsePattern(3, [1, 2], [0, 1]);           // tridiagonal
 * const cholesky = analyse(pattern);
 * cholesky.factor(Float64Array.of(2, -1, 2, -1, 2));          // true
 * const x = Float64Array.of(1, 0, 1);
 * cholesky.solve(x);                                          // [1, 1, 1]
 */
import { choleskyFactor, choleskyInverse } from "./dense-cholesky.ts";
import { eliminationPlan, type Ordering } from "./elimination-plan.ts";
import { visitFactor } from "./elimination-tree.ts";
import type { SparsePattern } from "./sparse-pattern.ts";
import { solveLower, solveLowerTransposed } from "./triangular.ts";

export type { Ordering } from "./elimination-plan.ts";

export interface SparseCholesky {
  readonly pattern: SparsePattern;
  /** Position in the elimination order → index of the matrix. */
  readonly permutation: Int32Array;
  /** Number of stored entries of L, diagonal and dense tail included. */
  readonly nonzeros: number;
  /** Order of the dense tail. */
  readonly tail: number;
  /**
   * Factors the matrix whose entries, aligned with `pattern.rowIndex`, are given.
   * @returns false where it is not positive definite (or holds NaN); nothing else may then be called
   */
  factor(values: Float64Array): boolean;
  /** log|A|. */
  logDet(): number;
  /** X ← A⁻¹X in place; X is size × columns, row-major (default one column). */
  solve(x: Float64Array, columns?: number): void;
  /** X ← L⁻¹PX: the result is in elimination order, so only its crossproducts mean anything outside. */
  halfSolve(x: Float64Array, columns?: number): void;
  /** X ← P'L⁻ᵀX: takes elimination order, gives matrix order. With X standard normal the result has covariance A⁻¹. */
  halfSolveTransposed(x: Float64Array, columns?: number): void;
  /** Entries of A⁻¹ on the pattern, aligned with `pattern.rowIndex`. */
  selectedInverse(out: Float64Array): void;
  /**
   * x'A⁻¹x of the vector with value[e] at index[e], e < count, and zeros elsewhere: only the columns that its elimination reaches are visited.
   * An index may come twice, its values add up.
   */
  quadraticForm(index: Int32Array, value: Float64Array, count: number): number;
}

/**
 * Prepares the factorisation of matrices with one pattern.
 *
 * @param ordering default `natural`: number the largest block of mutually unconnected unknowns first
 */
export function analyse(pattern: SparsePattern, ordering: Ordering = "natural"): SparseCholesky {
  const { size, columnStart, rowIndex } = pattern;
  const { permutation, place, rows, parent, counts, tail } = eliminationPlan(pattern, ordering);
  const head = size - tail;

  // L is one array: entries below the diagonal of the head columns, their diagonal, the dense tail (tail × tail).
  const start = new Int32Array(head + 1);
  for (let j = 0; j < head; j++) start[j + 1] = start[j]! + counts[j]!;
  const diagonal = start[head]!;
  const dense = diagonal + head;
  const row = new Int32Array(diagonal);
  const fill = start.slice(0, head);
  visitFactor(rows, parent, head, (i, j) => {
    row[fill[j]!++] = i;
  });
  const tailStart = new Int32Array(head);
  for (let j = 0; j < head; j++) {
    let p = start[j + 1]!;
    while (p > start[j]! && row[p - 1]! >= head) p--;
    tailStart[j] = p;
  }
  const l = new Float64Array(dense + tail * tail);
  const lTail = l.subarray(dense);
  const target = entryTargets(pattern, place, head, tail, start, row, diagonal, dense);

  const next = new Int32Array(head);
  const link = new Int32Array(head);
  const firstLinked = new Int32Array(head);
  const work = new Float64Array(size);
  const column = new Float64Array(size);
  let wide = new Float64Array(size);
  let inverse = new Float64Array(0);

  // what a vector with few entries reaches: columns of the head, rows of the tail
  const reached = new Uint8Array(size);
  const reach = new Int32Array(size);
  const sparse = new Float64Array(size);
  let tailInverse: Float64Array | null = null;
  let tailSolves = 0;

  function factor(values: Float64Array): boolean {
    tailInverse = null;
    tailSolves = 0;
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
        enlist(k, at + 1);
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
      enlist(j, from);
    }
    return choleskyFactor(lTail, tail);
  }

  /** Column k next contributes to the head column that its entry at `p` names, if it is one. */
  function enlist(k: number, p: number): void {
    if (p >= tailStart[k]!) return;
    next[k] = p;
    link[k] = firstLinked[row[p]!]!;
    firstLinked[row[p]!] = k;
  }

  function logDet(): number {
    let sum = 0;
    for (let j = 0; j < head; j++) sum += Math.log(l[diagonal + j]!);
    for (let j = 0; j < tail; j++) sum += Math.log(lTail[j * tail + j]!);
    return 2 * sum;
  }

  function halfSolve(x: Float64Array, columns = 1): void {
    if (wide.length < size * columns) wide = new Float64Array(size * columns);
    for (let k = 0; k < size; k++) {
      const source = permutation[k]! * columns;
      for (let c = 0; c < columns; c++) wide[k * columns + c] = x[source + c]!;
    }
    for (let j = 0; j < head; j++) {
      const root = l[diagonal + j]!;
      for (let c = 0; c < columns; c++) {
        const value = (wide[j * columns + c]! /= root);
        if (value !== 0)
          for (let p = start[j]!, to = start[j + 1]!; p < to; p++) wide[row[p]! * columns + c]! -= l[p]! * value;
      }
    }
    solveLower(lTail, 0, tail, tail, wide, head * columns, columns);
    for (let k = 0; k < size * columns; k++) x[k] = wide[k]!;
  }

  function halfSolveTransposed(x: Float64Array, columns = 1): void {
    if (wide.length < size * columns) wide = new Float64Array(size * columns);
    for (let k = 0; k < size * columns; k++) wide[k] = x[k]!;
    solveLowerTransposed(lTail, 0, tail, tail, wide, head * columns, columns);
    for (let j = head - 1; j >= 0; j--) {
      const root = l[diagonal + j]!;
      for (let c = 0; c < columns; c++) {
        let sum = wide[j * columns + c]!;
        for (let p = start[j]!, to = start[j + 1]!; p < to; p++) sum -= l[p]! * wide[row[p]! * columns + c]!;
        wide[j * columns + c] = sum / root;
      }
    }
    for (let k = 0; k < size; k++) {
      const to = permutation[k]! * columns;
      for (let c = 0; c < columns; c++) x[to + c] = wide[k * columns + c]!;
    }
  }

  function selectedInverse(out: Float64Array): void {
    if (inverse.length < l.length) inverse = new Float64Array(l.length);
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

  function quadraticForm(index: Int32Array, value: Float64Array, count: number): number {
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
    if (below < size) sum += tailForm(reach.subarray(below));
    for (let c = below; c < size; c++) sparse[reach[c]!] = reached[reach[c]!] = 0;
    return sum;
  }

  /** t'(LL')⁻¹t of the dense tail, t in `sparse` at `rows`. Solving is dear: where it would be done often the inverse is made once. */
  function tailForm(rows: Int32Array): number {
    let sum = 0;
    if (!tailInverse && tailSolves++ < tail) {
      for (let a = 0; a < tail; a++) column[a] = sparse[head + a]!;
      solveLower(lTail, 0, tail, tail, column);
      for (let a = 0; a < tail; a++) {
        sum += column[a]! ** 2;
        column[a] = 0;
      }
      return sum;
    }
    if (!tailInverse) {
      tailInverse = lTail.slice();
      choleskyInverse(tailInverse, tail);
    }
    for (const i of rows)
      for (const j of rows)
        sum += sparse[i]! * sparse[j]! * tailInverse[(Math.max(i, j) - head) * tail + Math.min(i, j) - head]!;
    return sum;
  }

  return {
    pattern: { size, columnStart, rowIndex },
    permutation,
    nonzeros: dense + (tail * (tail + 1)) / 2,
    tail,
    factor,
    logDet,
    solve(x, columns = 1) {
      halfSolve(x, columns);
      halfSolveTransposed(x, columns);
    },
    halfSolve,
    halfSolveTransposed,
    selectedInverse,
    quadraticForm,
  };
}

/** For each entry of the pattern its cell in the factor's array. */
function entryTargets(
  pattern: SparsePattern,
  place: Int32Array,
  head: number,
  tail: number,
  start: Int32Array,
  row: Int32Array,
  diagonal: number,
  dense: number,
): Int32Array {
  const { size, columnStart, rowIndex } = pattern;
  const target = new Int32Array(rowIndex.length);
  for (let j = 0; j < size; j++)
    for (let e = columnStart[j]!; e < columnStart[j + 1]!; e++) {
      const r = Math.max(place[rowIndex[e]!]!, place[j]!);
      const c = Math.min(place[rowIndex[e]!]!, place[j]!);
      if (c >= head) target[e] = dense + (r - head) * tail + (c - head);
      else if (r === c) target[e] = diagonal + c;
      else {
        let low = start[c]!;
        let high = start[c + 1]! - 1;
        while (low < high) {
          const middle = (low + high) >> 1;
          if (row[middle]! < r) low = middle + 1;
          else high = middle;
        }
        target[e] = low;
      }
    }
  return target;
}
