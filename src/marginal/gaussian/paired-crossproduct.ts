/**
 * Z'R⁻¹Z where R⁻¹ is given by pairs of rows: a block where the levels of two rows of a pair meet. Its pattern is found once, its values are
 * summed anew for each R; the same walk over the pairs gives z_i'Gz_j for G = ΛH⁻¹Λ' on that pattern.
 */
import type { PairList } from "../../residual/correlation.ts";
import { blockDiagonalSystem } from "./block-diagonal-system.ts";
import type { Grouping } from "./grouping.ts";
import type { RandomEffectsSystem } from "./random-effects-system.ts";
import { sparseSystem } from "./sparse-system.ts";

export interface PairedCrossproduct {
  /**
   * Sums Z'R⁻¹Z from the rows' effects z (in the order of the pairs, n × effects a row), and Σ_i of `own`, a symmetric matrix a row (n × effects ×
   * effects), where it is given.
   */
  update(z: Float64Array, own?: Float64Array): void;
  /** Adds z_i'ΛH⁻¹Λ'z_j of each pair p to out[place[p]], by default where its entry of C⁻¹ is; the system must be factored at `lambda`. */
  addCovariances(z: Float64Array, lambda: readonly Float64Array[], out: Float64Array, place?: Int32Array): void;
  /** Prepares ΛH⁻¹Λ' on the pattern for `covariance`; the system must be factored at `lambda`. */
  invert(lambda: readonly Float64Array[]): void;
  /** Writes the effects × effects block of ΛH⁻¹Λ' between the rows of pair k: those of its first row by those of its second. */
  covariance(k: number, out: Float64Array): void;
  readonly system: RandomEffectsSystem;
}

/**
 * @param position n × factors: first effect in u of each row's level, in the order of the pairs
 */
export function pairedCrossproduct(grouping: Grouping, position: Int32Array, pairs: PairList): PairedCrossproduct {
  const { factors, size } = grouping;
  const F = factors.length;
  const at = new Int32Array(F);
  let width = 0;
  factors.forEach(({ q }, f) => {
    at[f] = width;
    width += q;
  });
  const { row, partner, stored, precision } = pairs;
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
  const values = new Float64Array(length);
  const inverse = new Float64Array(length);

  const single = F <= 1 && below.length === diagonal && !factors[0]?.known;
  const sparse = single ? null : blockPattern();
  const system = sparse
    ? sparseSystem(grouping, sparse)
    : blockDiagonalSystem(values, factors[0]?.levels ?? 0, factors[0]?.q ?? 0);

  /** The lower triangle by columns, whole blocks, and where the columns of each block are in it. */
  function blockPattern() {
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

  /** Copies between the blocks and the sparse values. */
  function exchange(blocks: Float64Array, entries: Float64Array, toEntries: boolean): void {
    const { place, widest } = sparse!;
    for (let block = 0; block < below.length; block++) {
      const height = factors[rowFactor[block]!]!.q;
      const columns = factors[columnFactor[block]!]!.q;
      const own = below[block] === above[block];
      for (let c = 0; c < columns; c++)
        for (let r = own ? c : 0; r < height; r++) {
          const entry = place[block * widest + c]! + r;
          const cell = start[block]! + r * columns + c;
          if (toEntries) entries[entry] = blocks[cell]!;
          else {
            blocks[cell] = entries[entry]!;
            if (own) blocks[start[block]! + c * columns + r] = entries[entry]!;
          }
        }
    }
  }

  function update(z: Float64Array, own?: Float64Array): void {
    values.fill(0);
    for (let k = 0; k < count; k++) {
      const value = precision[stored[k]!]!;
      const i = row[k]!;
      const j = partner[k]!;
      for (let f = 0; f < F; f++) {
        const qf = factors[f]!.q;
        const zi = i * width + at[f]!;
        const a = position[i * F + f]!;
        for (let g = 0; g < F; g++) {
          const qg = factors[g]!.q;
          const zj = j * width + at[g]!;
          const b = position[j * F + g]!;
          // a row with itself meets each pair of its factors twice
          if (i === j && a < b) continue;
          const to = start[blockAt[(k * F + f) * F + g]!]!;
          if (a >= b)
            for (let r = 0; r < qf; r++)
              for (let c = 0; c < qg; c++) values[to + r * qg + c]! += value * z[zi + r]! * z[zj + c]!;
          if (a < b || (a === b && i !== j))
            for (let r = 0; r < qg; r++)
              for (let c = 0; c < qf; c++) values[to + r * qf + c]! += value * z[zj + r]! * z[zi + c]!;
          if (own && i === j)
            for (let r = 0; r < qf; r++)
              for (let c = 0; c < qg; c++)
                values[to + r * qg + c]! += own[(i * width + at[f]! + r) * width + at[g]! + c]!;
        }
      }
    }
    if (sparse) exchange(values, sparse.values, true);
  }

  function invert(lambda: readonly Float64Array[]): void {
    if (sparse) {
      const entries = system.inverseEntries!();
      exchange(inverse, entries, false);
    } else if (size > 0) system.inverseBlocks(0, inverse);
    sandwich(lambda);
  }

  function covariance(k: number, out: Float64Array): void {
    const i = row[k]!;
    const j = partner[k]!;
    for (let f = 0; f < F; f++) {
      const qf = factors[f]!.q;
      const a = position[i * F + f]!;
      for (let g = 0; g < F; g++) {
        const qg = factors[g]!.q;
        const from = start[blockAt[(k * F + f) * F + g]!]!;
        const straight = a >= position[j * F + g]!;
        for (let r = 0; r < qf; r++)
          for (let c = 0; c < qg; c++)
            out[(at[f]! + r) * width + at[g]! + c] = inverse[from + (straight ? r * qg + c : c * qf + r)]!;
      }
    }
  }

  function addCovariances(z: Float64Array, lambda: readonly Float64Array[], out: Float64Array, place = stored): void {
    invert(lambda);
    for (let k = 0; k < count; k++) {
      const i = row[k]!;
      const j = partner[k]!;
      let sum = 0;
      for (let f = 0; f < F; f++) {
        const qf = factors[f]!.q;
        const zi = i * width + at[f]!;
        const a = position[i * F + f]!;
        for (let g = 0; g < F; g++) {
          const qg = factors[g]!.q;
          const zj = j * width + at[g]!;
          const from = start[blockAt[(k * F + f) * F + g]!]!;
          const straight = a >= position[j * F + g]!;
          for (let r = 0; r < qf; r++)
            for (let c = 0; c < qg; c++)
              sum += z[zi + r]! * inverse[from + (straight ? r * qg + c : c * qf + r)]! * z[zj + c]!;
        }
      }
      out[place[k]!]! += sum;
    }
  }

  const widestBlock = factors.reduce((most, { q }) => Math.max(most, q), 0) ** 2;
  const scratch = new Float64Array(widestBlock);

  /** Blocks of H⁻¹ in `inverse` become blocks of ΛH⁻¹Λ'. */
  function sandwich(lambda: readonly Float64Array[]): void {
    for (let block = 0; block < below.length; block++) {
      const height = factors[rowFactor[block]!]!.q;
      const columns = factors[columnFactor[block]!]!.q;
      const left = lambda[rowFactor[block]!]!;
      const right = lambda[columnFactor[block]!]!;
      const from = start[block]!;
      for (let r = 0; r < height; r++)
        for (let c = 0; c < columns; c++) {
          let sum = 0;
          for (let k = 0; k <= r; k++) sum += left[r * height + k]! * inverse[from + k * columns + c]!;
          scratch[r * columns + c] = sum;
        }
      for (let r = 0; r < height; r++)
        for (let c = 0; c < columns; c++) {
          let sum = 0;
          for (let k = 0; k <= c; k++) sum += scratch[r * columns + k]! * right[c * columns + k]!;
          inverse[from + r * columns + c] = sum;
        }
    }
  }

  return { update, addCovariances, invert, covariance, system };
}
