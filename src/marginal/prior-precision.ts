/**
 * The prior precision P of all random effects u of a sparse problem: the identity for terms with independent levels, A⁻¹ ⊗ I for those with a
 * known covariance across levels. H = P + Λ'Z'WZΛ is then positive definite for every Λ, and log|H| − log|P| is what the spherical
 * effects' determinant would be.
 */
import { type LevelPrecision, multiplyPrecision } from "../covariance/level-precision.ts";
import { entryPosition, type SparsePattern } from "../linalg/sparse-pattern.ts";

/** A run of effects with a known covariance across levels: effect a of level l is at start[l] + a. */
export interface KnownBlock {
  readonly precision: LevelPrecision;
  readonly start: Int32Array;
  readonly q: number;
}

export interface PriorPrecision {
  readonly blocks: readonly KnownBlock[];
  /** log|P|. */
  readonly logDet: number;
  /** Pairs of positions in u, row ≥ column, where P has an entry off the diagonal. */
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

export function priorPrecision(blocks: readonly KnownBlock[]): PriorPrecision {
  const rows: number[] = [];
  const columns: number[] = [];
  let logDet = 0;
  for (const { precision, start, q } of blocks) {
    logDet += q * precision.logDet;
    eachEntry(precision, (l, m) => {
      if (l === m) return;
      for (let a = 0; a < q; a++) {
        rows.push(Math.max(start[l]!, start[m]!) + a);
        columns.push(Math.min(start[l]!, start[m]!) + a);
      }
    });
  }
  return { blocks, logDet, rows: Int32Array.from(rows), columns: Int32Array.from(columns) };
}

/** The entries of P on a pattern that has them all. */
export function entriesOnPattern({ blocks }: PriorPrecision, pattern: SparsePattern): Float64Array {
  const entries = new Float64Array(pattern.rowIndex.length);
  for (let j = 0; j < pattern.size; j++) entries[pattern.columnStart[j]!] = 1;
  for (const { precision, start, q } of blocks)
    eachEntry(precision, (l, m, value) => {
      for (let a = 0; a < q; a++)
        entries[entryPosition(pattern, Math.max(start[l]!, start[m]!) + a, Math.min(start[l]!, start[m]!) + a)] = value;
    });
  return entries;
}

function eachEntry(
  { pattern: { size, columnStart, rowIndex }, values }: LevelPrecision,
  visit: (row: number, column: number, value: number) => void,
): void {
  for (let j = 0; j < size; j++)
    for (let p = columnStart[j]!; p < columnStart[j + 1]!; p++) visit(rowIndex[p]!, j, values[p]!);
}

/** Makes a function that writes Pu into `out`. */
export function priorProduct({ blocks }: PriorPrecision): (u: Float64Array, out: Float64Array) => void {
  const runs = blocks.map(({ precision, start, q }) => ({
    precision,
    start,
    q,
    x: new Float64Array(start.length * q),
    y: new Float64Array(start.length * q),
  }));
  return (u, out) => {
    out.set(u);
    for (const { precision, start, q, x, y } of runs) {
      for (let l = 0; l < start.length; l++) for (let a = 0; a < q; a++) x[l * q + a] = u[start[l]! + a]!;
      multiplyPrecision(precision, x, q, y);
      for (let l = 0; l < start.length; l++) for (let a = 0; a < q; a++) out[start[l]! + a] = y[l * q + a]!;
    }
  };
}
