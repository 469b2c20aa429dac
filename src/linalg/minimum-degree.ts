/**
 * A minimum-degree elimination order on the quotient graph (George & Liu 1989, "The evolution of the minimum degree ordering
 * algorithm"; approximate external degrees as in Amestoy, Davis & Duff 1996). Eliminated unknowns become elements, an element
 * swallows those it touches, and a degree is bounded by the sum over its elements instead of their union.
 */
import type { SparsePattern } from "./sparse-pattern.ts";

/** The quotient graph of what is not yet eliminated. */
interface Quotient {
  readonly pattern: SparsePattern;
  readonly neighbours: number[][];
  /** Elements an unknown touches. */
  readonly elementsOf: number[][];
  /** Unknowns of an element. */
  readonly membersOf: number[][];
  /** 0 unknown, 1 element, 2 swallowed element. */
  readonly state: Uint8Array;
  readonly degree: Int32Array;
  /** The last pivot that an unknown was a neighbour of. */
  readonly mark: Int32Array;
  readonly overlap: Int32Array;
  readonly stamped: Int32Array;
  /** Doubly linked lists of unknowns by degree. */
  readonly first: Int32Array;
  readonly after: Int32Array;
  readonly before: Int32Array;
  lowest: number;
}

function insert(graph: Quotient, i: number): void {
  const { degree, first, after, before } = graph;
  const d = degree[i]!;
  const old = first[d]!;
  after[i] = old;
  before[i] = -1;
  if (old !== -1) before[old] = i;
  first[d] = i;
  if (d < graph.lowest) graph.lowest = d;
}

function remove(graph: Quotient, i: number): void {
  const { degree, first, after, before } = graph;
  if (before[i]! !== -1) after[before[i]!] = after[i]!;
  else first[degree[i]!] = after[i]!;
  if (after[i]! !== -1) before[after[i]!] = before[i]!;
}

/** Makes the k-th pivot an element: of everything it touches, directly or through its elements. */
function eliminate(graph: Quotient, pivot: number, k: number): number[] {
  const { neighbours, elementsOf, membersOf, state, mark } = graph;
  const members: number[] = [];
  mark[pivot] = k;
  const take = (i: number) => {
    if (mark[i]! === k || state[i]! !== 0) return;
    mark[i] = k;
    members.push(i);
  };
  for (const i of neighbours[pivot]!) take(i);
  for (const e of elementsOf[pivot]!) {
    for (const i of membersOf[e]!) take(i);
    state[e] = 2;
    membersOf[e] = [];
  }
  state[pivot] = 1;
  membersOf[pivot] = members;
  neighbours[pivot] = [];
  elementsOf[pivot] = [];
  return members;
}

/** |L_e \ L_pivot| for every element that a member of the k-th touches. */
function countOverlaps(graph: Quotient, members: readonly number[], k: number): void {
  const { elementsOf, membersOf, state, overlap, stamped } = graph;
  for (const i of members) {
    const live: number[] = [];
    for (const e of elementsOf[i]!) {
      if (state[e]! !== 1) continue;
      live.push(e);
      if (stamped[e]! !== k) {
        stamped[e] = k;
        overlap[e] = membersOf[e]!.length;
      }
      overlap[e]!--;
    }
    elementsOf[i] = live;
  }
}

/** Bounds the degree of a member of the new element, and forgets what it reaches through it. */
function renewDegree(graph: Quotient, i: number, pivot: number, k: number, members: number): void {
  const { pattern, neighbours, elementsOf, membersOf, state, degree, mark, overlap } = graph;
  const { size } = pattern;
  neighbours[i] = neighbours[i]!.filter((other) => mark[other]! !== k && state[other]! === 0);
  let bound = neighbours[i]!.length + members - 1;
  const live: number[] = [];
  for (const e of elementsOf[i]!) {
    if (overlap[e]! === 0) {
      if (state[e]! === 1) {
        state[e] = 2;
        membersOf[e] = [];
      }
      continue;
    }
    live.push(e);
    bound += overlap[e]!;
  }
  live.push(pivot);
  elementsOf[i] = live;
  remove(graph, i);
  degree[i] = Math.min(bound, degree[i]! + members - 1, size - k - 2);
  insert(graph, i);
}

/** Position in the elimination order → index of the matrix. Ties go to the lowest index, so the order is reproducible. */
export function minimumDegree(pattern: SparsePattern): Int32Array {
  const { size, columnStart, rowIndex } = pattern;
  const neighbours: number[][] = Array.from({ length: size }, () => []);
  for (let j = 0; j < size; j++)
    for (let p = columnStart[j]!; p < columnStart[j + 1]!; p++) {
      const i = rowIndex[p]!;
      if (i === j) continue;
      neighbours[i]!.push(j);
      neighbours[j]!.push(i);
    }
  /** Elements an unknown touches; unknowns of an element. */
  const elementsOf: number[][] = Array.from({ length: size }, () => []);
  const membersOf: number[][] = Array.from({ length: size }, () => []);
  const state = new Uint8Array(size); // 0 unknown, 1 element, 2 swallowed element
  const degree = Int32Array.from(neighbours, (list) => list.length);
  const mark = new Int32Array(size).fill(-1);
  const overlap = new Int32Array(size);
  const stamped = new Int32Array(size).fill(-1);

  // Doubly linked lists of unknowns by degree.
  const first = new Int32Array(size + 1).fill(-1);
  const after = new Int32Array(size).fill(-1);
  const before = new Int32Array(size).fill(-1);
  const graph: Quotient = {
    pattern,
    neighbours,
    elementsOf,
    membersOf,
    state,
    degree,
    mark,
    overlap,
    stamped,
    first,
    after,
    before,
    lowest: 0,
  };

  for (let i = size - 1; i >= 0; i--) insert(graph, i);

  const order = new Int32Array(size);
  for (let k = 0; k < size; k++) {
    while (first[graph.lowest]! === -1) graph.lowest++;
    if (graph.lowest >= size - k - 1) {
      // Everything left is connected to everything else: the order no longer matters.
      for (let i = 0, next = k; i < size; i++) if (state[i]! === 0) order[next++] = i;
      break;
    }
    const pivot = first[graph.lowest]!;
    remove(graph, pivot);
    order[k] = pivot;
    const members = eliminate(graph, pivot, k);
    countOverlaps(graph, members, k);
    for (const i of members) renewDegree(graph, i, pivot, k, members.length);
  }
  return order;
}
