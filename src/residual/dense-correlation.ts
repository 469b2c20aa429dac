/**
 * Correlation blocks without a short cut: each group's matrix is formed from the structure's entries, factored and inverted, O(m³) for m
 * rows, once for all groups with the same distances.
 */
import type { CorrelationEntries } from "../covariance/correlation-entries.ts";
import { choleskyFactor, choleskyInverse, choleskyLogDet, symmetrise } from "../linalg/dense-cholesky.ts";
import { addProduct } from "../linalg/matrix-product.ts";
import { solveLower } from "../linalg/triangular.ts";
import type { Correlation, PairList } from "./correlation.ts";

interface Pattern {
  readonly m: number;
  /** First entry in `precision` and in the Cholesky factors: m × m row-major. */
  readonly base: number;
  /** By pair i > j, row by row. */
  readonly argument: Float64Array;
  groups: number;
}

/** The patterns of groups, their factors and inverses. */
interface DenseBlocks {
  readonly start: Int32Array;
  readonly entries: CorrelationEntries;
  readonly groups: number;
  readonly patterns: Pattern[];
  readonly patternOf: Pattern[];
  readonly stored: number;
  readonly factor: Float64Array;
  readonly precision: Float64Array;
  readonly scratch: Float64Array;
  readonly product: Float64Array;
  sums: Float64Array | null;
  inverted: boolean;
  logDet: number;
  pairList: PairList | null;
}

function set(dense: DenseBlocks, psi: Float64Array, at: number): boolean {
  const { entries, patterns, factor, pairList } = dense;
  if (!entries.set(psi, at)) return false;
  dense.inverted = false;
  dense.logDet = 0;
  for (const { m, base, argument, groups: count } of patterns) {
    for (let i = 0, k = 0; i < m; i++) {
      for (let j = 0; j < i; j++, k++) factor[base + i * m + j] = entries.value(argument[k]!);
      factor[base + i * m + i] = 1;
    }
    if (!choleskyFactor(factor, m, base, m)) return false;
    dense.logDet += count * choleskyLogDet(factor, m, base, m);
  }
  if (pairList) invert(dense);
  return Number.isFinite(dense.logDet);
}

/** C⁻¹ of every pattern, symmetric. */
function invert(dense: DenseBlocks): void {
  const { patterns, factor, precision } = dense;
  if (dense.inverted) return;
  precision.set(factor);
  for (const { m, base } of patterns) {
    choleskyInverse(precision, m, base, m);
    symmetrise(precision.subarray(base, base + m * m), m);
  }
  dense.inverted = true;
}

/** Adds ⟨groups·C⁻¹ − X, ∂C/∂ψ⟩ of a pattern, X = `minus` (m × m, lower triangle). */
function pullbackMatrix(
  dense: DenseBlocks,
  pattern: Pattern,
  minus: Float64Array,
  from: number,
  dPsi: Float64Array,
  at: number,
): void {
  const { entries, precision } = dense;
  const { m, base, argument, groups: count } = pattern;
  for (let i = 1, k = 0; i < m; i++)
    for (let j = 0; j < i; j++, k++) {
      const adjoint = 2 * (count * precision[base + i * m + j]! - minus[from + i * m + j]!);
      entries.pullback(argument[k]!, adjoint, dPsi, at);
    }
}

function makePairs(dense: DenseBlocks): PairList {
  const { start, groups, patterns, patternOf, precision } = dense;
  let count = 0;
  for (const { m, groups: of } of patterns) count += (of * m * (m + 1)) / 2;
  const row = new Int32Array(count);
  const partner = new Int32Array(count);
  const place = new Int32Array(count);
  let k = 0;
  for (let g = 0; g < groups; g++) {
    const { m, base } = patternOf[g]!;
    for (let i = 0; i < m; i++)
      for (let j = 0; j <= i; j++, k++) {
        row[k] = start[g]! + i;
        partner[k] = start[g]! + j;
        place[k] = base + i * m + j;
      }
  }
  return { row, partner, stored: place, precision };
}

function multiplyPrecision(dense: DenseBlocks, x: Float64Array, columns: number, out: Float64Array): void {
  const { start, groups, patternOf, precision } = dense;
  invert(dense);
  out.fill(0);
  for (let g = 0; g < groups; g++) {
    const { m, base } = patternOf[g]!;
    const from = start[g]! * columns;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < m; j++) {
        const q = precision[base + i * m + j]!;
        for (let c = 0; c < columns; c++) out[from + i * columns + c]! += q * x[from + j * columns + c]!;
      }
  }
}

function pullbackColumns(
  dense: DenseBlocks,
  f: Float64Array,
  columns: number,
  weight: Float64Array,
  dPsi: Float64Array,
  at: number,
): void {
  const { start, entries, groups, patterns, patternOf, stored, precision, scratch } = dense;
  if (entries.size === 0) return;
  invert(dense);
  dense.sums ??= new Float64Array(stored);
  const { sums } = dense;
  sums.fill(0);
  for (let g = 0; g < groups; g++) {
    const { m, base } = patternOf[g]!;
    const from = start[g]! * columns;
    for (let c = 0; c < columns; c++) {
      for (let i = 0; i < m; i++) {
        let sum = 0;
        for (let j = 0; j < m; j++) sum += precision[base + i * m + j]! * f[from + j * columns + c]!;
        scratch[i] = sum;
      }
      for (let i = 0; i < m; i++) {
        const value = weight[c]! * scratch[i]!;
        for (let j = 0; j <= i; j++) sums[base + i * m + j]! += value * scratch[j]!;
      }
    }
  }
  for (const pattern of patterns) pullbackMatrix(dense, pattern, sums, pattern.base, dPsi, at);
}

function pullbackPairs(dense: DenseBlocks, adjoint: Float64Array, dPsi: Float64Array, at: number): void {
  const { entries, patterns, precision, scratch, product } = dense;
  if (entries.size === 0) return;
  invert(dense);
  for (const pattern of patterns) {
    // the adjoint of C from that of C⁻¹: −C⁻¹ A C⁻¹
    const { m, base } = pattern;
    scratch.fill(0, 0, m * m);
    product.fill(0, 0, m * m);
    symmetrise(adjoint.subarray(base, base + m * m), m);
    addProduct(1, m, m, m, precision, base, m, 1, adjoint, base, m, 1, scratch, 0, m);
    addProduct(1, m, m, m, scratch, 0, m, 1, precision, base, m, 1, product, 0, m);
    pullbackMatrix(dense, pattern, product, 0, dPsi, at);
  }
}

/** @param start groups as contiguous positions */
export function denseCorrelation(start: Int32Array, entries: CorrelationEntries): Correlation {
  const groups = start.length - 1;
  const patterns: Pattern[] = [];
  const patternOf: Pattern[] = [];
  const known = new Map<string, Pattern>();
  let stored = 0;
  for (let g = 0; g < groups; g++) {
    const m = start[g + 1]! - start[g]!;
    const argument = new Float64Array((m * (m - 1)) / 2);
    for (let i = 1, k = 0; i < m; i++)
      for (let j = 0; j < i; j++, k++) argument[k] = entries.argument(start[g]! + i, start[g]! + j);
    // a long list of distances would hardly be met twice
    const key = m <= 60 ? `${m}|${argument.join()}` : `${m}|${g}`;
    let pattern = known.get(key);
    if (!pattern) {
      pattern = { m, base: stored, argument, groups: 0 };
      stored += m * m;
      patterns.push(pattern);
      known.set(key, pattern);
    }
    pattern.groups++;
    patternOf.push(pattern);
  }
  const largest = patterns.reduce((most, { m }) => Math.max(most, m), 0);
  const factor = new Float64Array(stored);
  const precision = new Float64Array(stored);
  const scratch = new Float64Array(largest * largest);
  const product = new Float64Array(largest * largest);
  const dense: DenseBlocks = {
    start,
    entries,
    groups,
    patterns,
    patternOf,
    stored,
    factor,
    precision,
    scratch,
    product,
    sums: null,
    inverted: false,
    logDet: 0,
    pairList: null,
  };

  return {
    size: entries.size,
    set: (psi, at) => set(dense, psi, at),
    logDet: () => dense.logDet,
    multiplyPrecision: (x, columns, out) => multiplyPrecision(dense, x, columns, out),
    pullbackColumns: (f, columns, weight, dPsi, at) => pullbackColumns(dense, f, columns, weight, dPsi, at),
    whiten(x) {
      for (let g = 0; g < groups; g++) {
        const { m, base } = patternOf[g]!;
        solveLower(factor, base, m, m, x, start[g]!, 1);
      }
    },
    colour(x) {
      for (let g = 0; g < groups; g++) {
        const { m, base } = patternOf[g]!;
        const from = start[g]!;
        for (let i = m - 1; i >= 0; i--) {
          let sum = 0;
          for (let j = 0; j <= i; j++) sum += factor[base + i * m + j]! * x[from + j]!;
          x[from + i] = sum;
        }
      }
    },
    multiply(x) {
      for (let g = 0; g < groups; g++) {
        const { m, base } = patternOf[g]!;
        const from = start[g]!;
        // L'x, then L of it
        for (let j = 0; j < m; j++) {
          let sum = 0;
          for (let i = j; i < m; i++) sum += factor[base + i * m + j]! * x[from + i]!;
          x[from + j] = sum;
        }
        for (let i = m - 1; i >= 0; i--) {
          let sum = 0;
          for (let j = 0; j <= i; j++) sum += factor[base + i * m + j]! * x[from + j]!;
          x[from + i] = sum;
        }
      }
    },
    get pairs() {
      dense.pairList ??= makePairs(dense);
      return dense.pairList;
    },
    pullbackPairs: (adjoint, dPsi, at) => pullbackPairs(dense, adjoint, dPsi, at),
  };
}
