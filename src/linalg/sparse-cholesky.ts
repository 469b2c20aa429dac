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

import { eliminationPlan, type Ordering } from "./elimination-plan.ts";
import { visitFactor } from "./elimination-tree.ts";
import { selectedInverse } from "./selected-inverse.ts";
import { factor, logDet, type SparseFactor } from "./sparse-factor.ts";
import { quadraticForm } from "./sparse-form.ts";
import type { SparsePattern } from "./sparse-pattern.ts";
import { halfSolve, halfSolveTransposed } from "./sparse-solves.ts";

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

  // what a vector with few entries reaches: columns of the head, rows of the tail
  const reached = new Uint8Array(size);
  const reach = new Int32Array(size);
  const sparse = new Float64Array(size);
  const of: SparseFactor = {
    pattern,
    permutation,
    place,
    parent,
    tail,
    head,
    start,
    diagonal,
    dense,
    row,
    tailStart,
    l,
    lTail,
    target,
    next,
    link,
    firstLinked,
    work,
    column,
    wide: new Float64Array(size),
    inverse: new Float64Array(0),
    reached,
    reach,
    sparse,
    tailInverse: null,
    tailSolves: 0,
  };

  return {
    pattern: { size, columnStart, rowIndex },
    permutation,
    nonzeros: dense + (tail * (tail + 1)) / 2,
    tail,
    factor: (values) => factor(of, values),
    logDet: () => logDet(of),
    solve(x, columns = 1) {
      halfSolve(of, x, columns);
      halfSolveTransposed(of, x, columns);
    },
    halfSolve: (x, columns) => halfSolve(of, x, columns),
    halfSolveTransposed: (x, columns) => halfSolveTransposed(of, x, columns),
    selectedInverse: (out) => selectedInverse(of, out),
    quadraticForm: (index, value, count) => quadraticForm(of, index, value, count),
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
