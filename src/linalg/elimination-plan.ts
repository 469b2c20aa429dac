/** Before any number is seen: in which order to eliminate a sparse pattern, how much fill that makes, and how much of it to call dense. */
import { eliminationTree, factorColumnCounts, type LowerRows } from "./elimination-tree.ts";
import { minimumDegree } from "./minimum-degree.ts";
import type { SparsePattern } from "./sparse-pattern.ts";

/**
 * Elimination order: as numbered; a minimum-degree order; the cheaper of the two, where the first is dear enough to look for the
 * second; or a permutation (position in the order → index of the matrix).
 */
export type Ordering = "natural" | "minimum-degree" | "cheapest" | Int32Array;

/** How much dearer a floating point operation is on scattered entries than in the dense kernels. */
const SPARSE_COST = 10;
/** Operations of a factorisation from which a minimum-degree order is worth its own time. */
const WORTH_REORDERING = 1e9;
/** Largest dense tail: 8000² doubles are 512 MB. */
const LARGEST_TAIL = 8000;

/** An elimination order and what it leads to. */
export interface EliminationPlan {
  readonly permutation: Int32Array;
  /** Inverse of the permutation. */
  readonly place: Int32Array;
  readonly rows: LowerRows;
  readonly parent: Int32Array;
  /** Entries below the diagonal of each column of L. */
  readonly counts: Int32Array;
  readonly tail: number;
  /** Floating point operations of a factorisation, those of the sparse part weighted. */
  readonly cost: number;
}

/** Plans the elimination of a pattern. */
export function eliminationPlan(pattern: SparsePattern, ordering: Ordering): EliminationPlan {
  if (ordering === "cheapest") {
    const natural = eliminationPlan(pattern, "natural");
    if (natural.cost < WORTH_REORDERING) return natural;
    const other = eliminationPlan(pattern, "minimum-degree");
    return other.cost < natural.cost ? other : natural;
  }
  const { size } = pattern;
  const permutation =
    ordering === "natural"
      ? Int32Array.from({ length: size }, (_, i) => i)
      : ordering === "minimum-degree"
        ? minimumDegree(pattern)
        : ordering;
  const place = new Int32Array(size);
  for (let k = 0; k < size; k++) place[permutation[k]!] = k;
  const rows = permutedRows(pattern, place);
  const parent = eliminationTree(rows);
  const counts = factorColumnCounts(rows, parent);
  const tail = denseTail(counts);
  let cost = tail ** 3 / 3;
  for (let j = 0; j < size - tail; j++) cost += SPARSE_COST * (counts[j]! + 1) ** 2;
  return { permutation, place, rows, parent, counts, tail, cost };
}

/** The strict lower triangle of the permuted matrix by rows. */
function permutedRows(pattern: SparsePattern, place: Int32Array): LowerRows {
  const { size, columnStart, rowIndex } = pattern;
  const start = new Int32Array(size + 1);
  for (let j = 0; j < size; j++)
    for (let p = columnStart[j]!; p < columnStart[j + 1]!; p++)
      if (rowIndex[p]! !== j) start[Math.max(place[rowIndex[p]!]!, place[j]!) + 1]!++;
  for (let i = 0; i < size; i++) start[i + 1]! += start[i]!;
  const column = new Int32Array(start[size]!);
  const next = start.slice(0, size);
  for (let j = 0; j < size; j++)
    for (let p = columnStart[j]!; p < columnStart[j + 1]!; p++)
      if (rowIndex[p]! !== j) {
        const a = place[rowIndex[p]!]!;
        const b = place[j]!;
        column[next[Math.max(a, b)]!++] = Math.min(a, b);
      }
  return { size, start, column };
}

/** The tail that makes factoring cheapest: t³/3 operations there, the square of its length for every column before it. */
function denseTail(counts: Int32Array): number {
  const size = counts.length;
  let saved = 0;
  let least = 0;
  let best = 0;
  for (let t = 1; t <= Math.min(size, LARGEST_TAIL); t++) {
    saved += SPARSE_COST * (counts[size - t]! + 1) ** 2;
    const cost = t ** 3 / 3 - saved;
    if (cost <= least) {
      least = cost;
      best = t;
    }
  }
  return best;
}
