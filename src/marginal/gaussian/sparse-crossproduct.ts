/** Z'WZ of several grouping factors as a sparse matrix: a q × q block for each level, and one where two levels meet in a row. */
import type { RandomTermDesign } from "../../data/design.ts";
import type { SparsePattern } from "../../linalg/sparse-pattern.ts";
import type { Grouping } from "./grouping.ts";
import { rowEffects } from "./merged-factor.ts";

/** Z'WZ: its pattern (with places for the entries of a known covariance's inverse) and its values, whole blocks, lower triangle by columns. */
export interface SparseCrossproduct {
  readonly pattern: SparsePattern;
  readonly values: Float64Array;
}

/**
 * Which levels of later factors meet each level of factor `f` in a row of positive weight, and which later levels of its own it is related to
 * by a known covariance.
 * @returns level l meets entries start[l] … start[l+1] − 1 of `first`, ascending: positions in u of the first effect of the other level
 */
function meetings(grouping: Grouping, f: number, weight: Float64Array): { start: Int32Array; first: Int32Array } {
  const { factors } = grouping;
  const { index, levels, known, base, q } = factors[f]!;
  const n = weight.length;
  const rowStart = new Int32Array(levels + 1);
  for (let i = 0; i < n; i++) if (weight[i]! > 0) rowStart[index[i]! + 1]!++;
  for (let l = 0; l < levels; l++) rowStart[l + 1]! += rowStart[l]!;
  const rows = new Int32Array(rowStart[levels]!);
  const next = rowStart.slice(0, levels);
  for (let i = 0; i < n; i++) if (weight[i]! > 0) rows[next[index[i]!]!++] = i;

  const start = new Int32Array(levels + 1);
  const found: number[] = [];
  const seen = new Int32Array(grouping.size).fill(-1);
  for (let l = 0; l < levels; l++) {
    const met: number[] = [];
    if (known)
      for (let p = known.pattern.columnStart[l]! + 1; p < known.pattern.columnStart[l + 1]!; p++)
        met.push(base + known.pattern.rowIndex[p]! * q);
    for (let r = rowStart[l]!; r < rowStart[l + 1]!; r++)
      for (let g = f + 1; g < factors.length; g++) {
        const other = factors[g]!;
        const position = other.base + other.index[rows[r]!]! * other.q;
        if (seen[position] === l) continue;
        seen[position] = l;
        met.push(position);
      }
    met.sort((a, b) => a - b);
    for (const position of met) found.push(position);
    start[l + 1] = found.length;
  }
  return { start, first: Int32Array.from(found) };
}

/** Factor of each position of u. */
export function factorOfPositions(grouping: Grouping): Uint8Array {
  const owner = new Uint8Array(grouping.size);
  grouping.factors.forEach((factor, f) => {
    owner.fill(f, factor.base, factor.base + factor.levels * factor.q);
  });
  return owner;
}

/**
 * @param weight weight of each row; rows of weight 0 take no part
 * @param blocks diagonal blocks by factor: levels × q × q row-major
 */
export function sparseCrossproduct(
  random: readonly RandomTermDesign[],
  grouping: Grouping,
  weight: Float64Array,
  blocks: readonly Float64Array[],
): SparseCrossproduct {
  const { factors, size } = grouping;
  const owner = factorOfPositions(grouping);
  const met = factors.map((_, f) => meetings(grouping, f, weight));
  const columnStart = new Int32Array(size + 1);
  factors.forEach(({ levels, q, base }, f) => {
    const { start, first } = met[f]!;
    for (let l = 0; l < levels; l++) {
      let below = 0;
      for (let m = start[l]!; m < start[l + 1]!; m++) below += factors[owner[first[m]!]!]!.q;
      for (let a = 0; a < q; a++) columnStart[base + l * q + a + 1] = q - a + below;
    }
  });
  for (let j = 0; j < size; j++) columnStart[j + 1]! += columnStart[j]!;
  const rowIndex = new Int32Array(columnStart[size]!);
  const values = new Float64Array(columnStart[size]!);
  // Place of each met block below the diagonal block, the same in all columns of a level.
  const place = factors.map((_, f) => new Int32Array(met[f]!.first.length));
  factors.forEach(({ levels, q, base }, f) => {
    const { start, first } = met[f]!;
    for (let l = 0; l < levels; l++) {
      let below = 0;
      for (let m = start[l]!; m < start[l + 1]!; m++) {
        place[f]![m] = below;
        below += factors[owner[first[m]!]!]!.q;
      }
      for (let a = 0; a < q; a++) {
        let p = columnStart[base + l * q + a]!;
        for (let b = a; b < q; b++, p++) {
          rowIndex[p] = base + l * q + b;
          values[p] = blocks[f]![(l * q + b) * q + a]!;
        }
        for (let m = start[l]!; m < start[l + 1]!; m++)
          for (let b = 0; b < factors[owner[first[m]!]!]!.q; b++) rowIndex[p++] = first[m]! + b;
      }
    }
  });

  const effects = factors.map(({ q }) => new Float64Array(q));
  for (let i = 0; i < weight.length; i++) {
    const w = weight[i]!;
    if (w === 0) continue;
    for (let f = 0; f < factors.length; f++) rowEffects(factors[f]!, random, i, effects[f]!);
    for (let f = 0; f < factors.length; f++) {
      const { q, base } = factors[f]!;
      const level = factors[f]!.index[i]!;
      const { start, first } = met[f]!;
      for (let g = f + 1; g < factors.length; g++) {
        const other = factors[g]!;
        const m = find(first, start[level]!, start[level + 1]!, other.base + other.index[i]! * other.q);
        for (let a = 0; a < q; a++) {
          const from = columnStart[base + level * q + a]! + (q - a) + place[f]![m]!;
          const value = w * effects[f]![a]!;
          for (let b = 0; b < other.q; b++) values[from + b]! += value * effects[g]![b]!;
        }
      }
    }
  }
  return { pattern: { size, columnStart, rowIndex }, values };
}

/** Position of `wanted` in the ascending slice [from, to), where it is known to be. */
function find(sorted: Int32Array, from: number, to: number, wanted: number): number {
  let low = from;
  let high = to - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
