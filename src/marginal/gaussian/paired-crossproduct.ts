/**
 * Z'R⁻¹Z where R⁻¹ is given by pairs of rows: a block where the levels of two rows of a pair meet. Its pattern is found once, its values are
 * summed anew for each R; the same walk over the pairs gives z_i'Gz_j for G = ΛH⁻¹Λ' on that pattern.
 */
import type { PairList } from "../../residual/correlation.ts";
import { blockDiagonalSystem } from "./block-diagonal-system.ts";
import type { Grouping } from "./grouping.ts";
import { type BlockPattern, blockPattern, type PairedBlocks, pairedBlocks } from "./paired-blocks.ts";
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

/** Pairs of rows, the blocks that they meet in, and the values of those. */
interface Paired {
  readonly grouping: Grouping;
  readonly position: Int32Array;
  readonly pairs: PairList;
  readonly blocks: PairedBlocks;
  readonly count: number;
  readonly values: Float64Array;
  readonly inverse: Float64Array;
  readonly sparse: BlockPattern | null;
  readonly system: RandomEffectsSystem;
  readonly scratch: Float64Array;
}

/** Copies between the blocks and the sparse values. */
function exchange(s: Paired, cells: Float64Array, entries: Float64Array, toEntries: boolean): void {
  const { grouping, blocks, sparse } = s;
  const { factors } = grouping;
  const { below, above, rowFactor, columnFactor, start } = blocks;
  const { place, widest } = sparse!;
  for (let block = 0; block < below.length; block++) {
    const height = factors[rowFactor[block]!]!.q;
    const columns = factors[columnFactor[block]!]!.q;
    const own = below[block] === above[block];
    for (let c = 0; c < columns; c++)
      for (let r = own ? c : 0; r < height; r++) {
        const entry = place[block * widest + c]! + r;
        const cell = start[block]! + r * columns + c;
        if (toEntries) entries[entry] = cells[cell]!;
        else {
          cells[cell] = entries[entry]!;
          if (own) cells[start[block]! + c * columns + r] = entries[entry]!;
        }
      }
  }
}

function update(s: Paired, z: Float64Array, own?: Float64Array): void {
  const { grouping, position, pairs, blocks, count, values, sparse } = s;
  const { factors } = grouping;
  const { F, at, width, start, blockAt } = blocks;
  const { row, partner, stored, precision } = pairs;
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
  if (sparse) exchange(s, values, sparse.values, true);
}

function invert(s: Paired, lambda: readonly Float64Array[]): void {
  const { grouping, inverse, sparse, system } = s;
  const { size } = grouping;
  if (sparse) {
    const entries = system.inverseEntries!();
    exchange(s, inverse, entries, false);
  } else if (size > 0) system.inverseBlocks(0, inverse);
  sandwich(s, lambda);
}

function covariance(s: Paired, k: number, out: Float64Array): void {
  const { grouping, position, pairs, blocks, inverse } = s;
  const { factors } = grouping;
  const { F, at, width, start, blockAt } = blocks;
  const { row, partner } = pairs;
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

function addCovariances(
  s: Paired,
  z: Float64Array,
  lambda: readonly Float64Array[],
  out: Float64Array,
  place = s.pairs.stored,
): void {
  const { grouping, position, pairs, blocks, count, inverse } = s;
  const { factors } = grouping;
  const { F, at, width, start, blockAt } = blocks;
  const { row, partner } = pairs;
  invert(s, lambda);
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

/** Blocks of H⁻¹ in `inverse` become blocks of ΛH⁻¹Λ'. */
function sandwich(s: Paired, lambda: readonly Float64Array[]): void {
  const { grouping, blocks, inverse, scratch } = s;
  const { factors } = grouping;
  const { below, rowFactor, columnFactor, start } = blocks;
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

/**
 * @param position n × factors: first effect in u of each row's level, in the order of the pairs
 */
export function pairedCrossproduct(grouping: Grouping, position: Int32Array, pairs: PairList): PairedCrossproduct {
  const { factors } = grouping;
  const blocks = pairedBlocks(grouping, position, pairs);
  const { F, below } = blocks;
  const { row } = pairs;
  const count = row.length;
  const values = new Float64Array(blocks.length);
  const inverse = new Float64Array(blocks.length);

  const single = F <= 1 && below.length === blocks.diagonal && !factors[0]?.known;
  const sparse = single ? null : blockPattern(grouping, blocks);
  const system = sparse
    ? sparseSystem(grouping, sparse)
    : blockDiagonalSystem(values, factors[0]?.levels ?? 0, factors[0]?.q ?? 0);

  const widestBlock = factors.reduce((most, { q }) => Math.max(most, q), 0) ** 2;
  const scratch = new Float64Array(widestBlock);
  const s: Paired = { grouping, position, pairs, blocks, count, values, inverse, sparse, system, scratch };

  return {
    update: (z, own) => update(s, z, own),
    addCovariances: (z, lambda, out, place) => addCovariances(s, z, lambda, out, place),
    invert: (lambda) => invert(s, lambda),
    covariance: (k, out) => covariance(s, k, out),
    system,
  };
}
