/** Sets of rows that are independent of each other given the parameters of a model with a residual structure. */
import type { CompiledModel } from "../model/compiled-model.ts";

/** Rows by block: those of block k are rows[start[k]] … rows[start[k + 1] − 1]; rows of different blocks are independent. */
export interface Blocks {
  readonly start: Int32Array;
  readonly rows: Int32Array;
}

/** Rows that share a group of the correlation, or with `random` a level of a random term, directly or through others. */
export function independentBlocks({ design, residual }: CompiledModel, random: boolean): Blocks {
  const { n } = design;
  const parent = Int32Array.from({ length: n }, (_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  const join = (i: number, j: number) => {
    parent[root(i)] = root(j);
  };
  const { correlation } = residual;
  if (correlation)
    for (let g = 0; g + 1 < correlation.start.length; g++)
      for (let k = correlation.start[g]! + 1; k < correlation.start[g + 1]!; k++)
        join(correlation.order[k]!, correlation.order[k - 1]!);
  if (random)
    for (const { index, levels } of design.random) {
      const first = new Int32Array(levels.length).fill(-1);
      for (let i = 0; i < n; i++) {
        if (first[index[i]!] === -1) first[index[i]!] = i;
        join(i, first[index[i]!]!);
      }
    }
  const members = new Map<number, number[]>();
  for (let i = 0; i < n; i++) {
    const at = root(i);
    const list = members.get(at);
    if (list) list.push(i);
    else members.set(at, [i]);
  }
  const start = [0];
  const rows: number[] = [];
  for (const list of members.values()) {
    for (const i of list) rows.push(i);
    start.push(rows.length);
  }
  return { start: Int32Array.from(start), rows: Int32Array.from(rows) };
}
