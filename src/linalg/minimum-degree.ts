/**
 * A minimum-degree elimination order on the quotient graph (George & Liu 1989, "The evolution of the minimum degree ordering
 * algorithm"; approximate external degrees as in Amestoy, Davis & Duff 1996). Eliminated unknowns become elements, an element
 * swallows those it touches, and a degree is bounded by the sum over its elements instead of their union.
 */
import type { SparsePattern } from "./sparse-pattern.ts";

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
  let lowest = 0;
  const insert = (i: number) => {
    const d = degree[i]!;
    const old = first[d]!;
    after[i] = old;
    before[i] = -1;
    if (old !== -1) before[old] = i;
    first[d] = i;
    if (d < lowest) lowest = d;
  };
  const remove = (i: number) => {
    if (before[i]! !== -1) after[before[i]!] = after[i]!;
    else first[degree[i]!] = after[i]!;
    if (after[i]! !== -1) before[after[i]!] = before[i]!;
  };
  for (let i = size - 1; i >= 0; i--) insert(i);

  const order = new Int32Array(size);
  for (let k = 0; k < size; k++) {
    while (first[lowest]! === -1) lowest++;
    if (lowest >= size - k - 1) {
      // Everything left is connected to everything else: the order no longer matters.
      for (let i = 0, next = k; i < size; i++) if (state[i]! === 0) order[next++] = i;
      break;
    }
    const pivot = first[lowest]!;
    remove(pivot);
    order[k] = pivot;

    // The new element: everything the pivot touches, directly or through its elements.
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

    // |L_e \ L_pivot| for every element that a member touches.
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
    const left = size - k - 1;
    for (const i of members) {
      // Neighbours inside the new element are reached through it.
      neighbours[i] = neighbours[i]!.filter((other) => mark[other]! !== k && state[other]! === 0);
      let bound = neighbours[i]!.length + members.length - 1;
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
      remove(i);
      degree[i] = Math.min(bound, degree[i]! + members.length - 1, left - 1);
      insert(i);
    }
  }
  return order;
}
