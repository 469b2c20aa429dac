/**
 * The independent parts of a Gaussian model: levels that meet in a row, and rows that are correlated, are in one part, and the marginal covariance V
 * is block-diagonal by parts. What is asked of one column of V⁻¹ can be asked of one column of every part at once.
 */
import type { CorrelationPart } from "../../../residual/residual-data.ts";
import type { MergedFactor } from "../merged-factor.ts";

export interface Components {
  readonly count: number;
  /** By factor, the part of each level. */
  readonly ofLevel: readonly Int32Array[];
  /** Part of each row. */
  readonly ofRow: Int32Array;
  /** By part its levels, as pairs of a factor and a level. */
  readonly levels: readonly (readonly [factor: number, level: number][])[];
}

/** @param n number of rows @param correlation groups of correlated rows, null where rows are independent given the effects */
export function components(
  n: number,
  factors: readonly MergedFactor[],
  correlation: CorrelationPart | null,
): Components {
  // nodes: the levels of each factor, then the groups of correlated rows, or else the rows that have no levels
  const first: number[] = [];
  let nodes = 0;
  for (const { levels } of factors) {
    first.push(nodes);
    nodes += levels;
  }
  const groupOf = new Int32Array(n).fill(-1);
  if (correlation)
    for (let g = 0; g + 1 < correlation.start.length; g++)
      for (let t = correlation.start[g]!; t < correlation.start[g + 1]!; t++) groupOf[correlation.order[t]!] = g;
  const groups = correlation ? correlation.start.length - 1 : factors.length === 0 ? n : 0;
  const firstGroup = nodes;
  nodes += groups;
  const parent = Int32Array.from({ length: nodes }, (_, i) => i);
  const find = (node: number): number => {
    let root = node;
    while (parent[root] !== root) root = parent[root]!;
    for (let i = node; parent[i] !== root; ) [i, parent[i]] = [parent[i]!, root];
    return root;
  };
  const join = (a: number, b: number) => {
    parent[find(a)] = find(b);
  };
  const nodeOfRow = (i: number): number =>
    correlation ? firstGroup + groupOf[i]! : factors.length > 0 ? first[0]! + factors[0]!.index[i]! : firstGroup + i;
  for (let i = 0; i < n; i++) {
    const own = nodeOfRow(i);
    factors.forEach(({ index }, f) => {
      join(own, first[f]! + index[i]!);
    });
  }
  factors.forEach(({ levels, known }, f) => {
    if (known) for (let l = 1; l < levels; l++) join(first[f]!, first[f]! + l);
  });

  const number = new Int32Array(nodes).fill(-1);
  let count = 0;
  const partOf = (node: number): number => {
    const root = find(node);
    if (number[root]! < 0) number[root] = count++;
    return number[root]!;
  };
  const ofRow = Int32Array.from({ length: n }, (_, i) => partOf(nodeOfRow(i)));
  const ofLevel = factors.map(({ levels }, f) => Int32Array.from({ length: levels }, (_, l) => partOf(first[f]! + l)));
  const levels: [number, number][][] = Array.from({ length: count }, () => []);
  ofLevel.forEach((parts, f) => {
    parts.forEach((part, l) => {
      levels[part]!.push([f, l]);
    });
  });
  return { count, ofLevel, ofRow, levels };
}
