/** Where the levels of two rows of a pair meet: the blocks of Z'R⁻¹Z, found once, and the pattern that they make. */
import type { SparsePattern } from "../../linalg/sparse-pattern.ts";
import type { PairList } from "../../residual/correlation.ts";
import type { Grouping } from "./grouping.ts";

/** Blocks have the rows of the level at `below` and the columns of that at `above` ≤ below, and are held height × width row-major. */
export interface PairedBlocks {
  /** Number of grouping factors. */
  readonly F: number;
  /** By factor: its first effect of a row, of `width` effects. */
  readonly at: Int32Array;
  readonly width: number;
  readonly below: readonly number[];
  readonly above: readonly number[];
  /** By block: the factor of its rows, and that of its columns. */
  readonly rowFactor: readonly number[];
  readonly columnFactor: readonly number[];
  /** By block: its first cell, of `length` cells. */
  readonly start: readonly number[];
  readonly length: number;
  /** Blocks of a level with itself, which come first. */
  readonly diagonal: number;
  /** The block of pair k where factor f of its first row meets g of its second, at (kF + f)F + g. */
  readonly blockAt: Int32Array;
}

export interface BlockPattern {
  readonly pattern: SparsePattern;
  readonly values: Float64Array;
  /** Place of the first row of column c of a block, at block·widest + c. */
  readonly place: Int32Array;
  readonly widest: number;
}

/** @param position n × factors: first effect in u of each row's level, in the order of the pairs */
export function pairedBlocks(grouping: Grouping, position: Int32Array, pairs: PairList): PairedBlocks {
  const { factors, size } = grouping;
  const F = factors.length;
  const at = new Int32Array(F);
  let width = 0;
  factors.forEach(({ q }, f) => {
    at[f] = width;
    width += q;
  });
  const { row, partner } = pairs;
  const count = row.length;

  // blocks: rows of the level at `below`, columns of the level at `above` ≤ below; held height × width row-major
  const found = new Map<number, number>();
  const below: number[] = [];
  const above: number[] = [];
  const rowFactor: number[] = [];
  const columnFactor: number[] = [];
  const start: number[] = [];
  let length = 0;
  const blockOf = (a: number, f: number, b: number, g: number): number => {
    const key = a * size + b;
    let block = found.get(key);
    if (block === undefined) {
      block = below.length;
      found.set(key, block);
      below.push(a);
      above.push(b);
      rowFactor.push(f);
      columnFactor.push(g);
      start.push(length);
      length += factors[f]!.q * factors[g]!.q;
    }
    return block;
  };
  // diagonal blocks first, in the order of u: with one factor they are what the block-diagonal system takes
  factors.forEach(({ levels, q, base }, f) => {
    for (let l = 0; l < levels; l++) blockOf(base + l * q, f, base + l * q, f);
  });
  const diagonal = below.length;
  const blockAt = new Int32Array(count * F * F);
  for (let k = 0; k < count; k++)
    for (let f = 0; f < F; f++)
      for (let g = 0; g < F; g++) {
        const a = position[row[k]! * F + f]!;
        const b = position[partner[k]! * F + g]!;
        blockAt[(k * F + f) * F + g] = a >= b ? blockOf(a, f, b, g) : blockOf(b, g, a, f);
      }
  factors.forEach(({ q, base, known }, f) => {
    if (!known) return;
    const { size: levels, columnStart, rowIndex } = known.pattern;
    for (let l = 0; l < levels; l++)
      for (let p = columnStart[l]! + 1; p < columnStart[l + 1]!; p++)
        blockOf(base + rowIndex[p]! * q, f, base + l * q, f);
  });
  return { F, at, width, below, above, rowFactor, columnFactor, start, length, diagonal, blockAt };
}

/** The lower triangle by columns, whole blocks, and where the columns of each block are in it. */
export function blockPattern({ factors, size }: Grouping, { below, above, rowFactor }: PairedBlocks): BlockPattern {
  const byColumn = new Map<number, number[]>();
  below.forEach((_, block) => {
    const list = byColumn.get(above[block]!) ?? [];
    list.push(block);
    byColumn.set(above[block]!, list);
  });
  const columnStart = new Int32Array(size + 1);
  const rowIndex: number[] = [];
  const place = new Int32Array(below.length * Math.max(0, ...factors.map(({ q }) => q)));
  const widest = factors.reduce((most, { q }) => Math.max(most, q), 0);
  factors.forEach(({ levels, q, base }) => {
    for (let l = 0; l < levels; l++) {
      const column = base + l * q;
      const blocks = byColumn.get(column)!.sort((x, y) => below[x]! - below[y]!);
      for (let c = 0; c < q; c++) {
        for (const block of blocks) {
          const own = below[block] === column;
          // place of row 0 of the block; the diagonal block lacks what is above the diagonal
          place[block * widest + c] = rowIndex.length - (own ? c : 0);
          for (let r = own ? c : 0; r < factors[rowFactor[block]!]!.q; r++) rowIndex.push(below[block]! + r);
        }
        columnStart[column + c + 1] = rowIndex.length;
      }
    }
  });
  return {
    pattern: { size, columnStart, rowIndex: Int32Array.from(rowIndex) },
    values: new Float64Array(rowIndex.length),
    place,
    widest,
  };
}
