/** The pattern of P + Λ'Z'WZΛ where W is given by pairs of rows, and where each product of two effects of a pair falls on it. */
import { entryPosition, type SparsePattern, sparsePattern } from "../../linalg/sparse-pattern.ts";
import type { Grouping } from "./grouping.ts";
import type { groupingPrecision } from "./grouping-precision.ts";
import type { PairedRows } from "./paired-rows.ts";

/** The entry at a row and a column, or at the column and the row. */
export const entryAt = (pattern: SparsePattern, r: number, c: number): number =>
  entryPosition(pattern, Math.max(r, c), Math.min(r, c));

/** `entryOf`: pairs × effects of a row × effects of its partner; −1 above the diagonal of a row with itself. */
export function pairPattern(
  { factors, size }: Grouping,
  { position, pairs }: PairedRows,
  prior: ReturnType<typeof groupingPrecision>,
): { readonly pattern: SparsePattern; readonly entryOf: Int32Array } {
  const F = factors.length;
  const width = factors.reduce((total, { q }) => total + q, 0);
  const count = pairs.row.length;

  /** Position in u of each effect of a row. */
  const places = (i: number): number[] => {
    const out: number[] = [];
    factors.forEach(({ q }, f) => {
      for (let a = 0; a < q; a++) out.push(position[i * F + f]! + a);
    });
    return out;
  };
  const patternRows: number[] = [...prior.rows];
  const patternColumns: number[] = [...prior.columns];
  const wanted = (r: number, c: number): void => {
    patternRows.push(r);
    patternColumns.push(c);
  };
  factors.forEach(({ levels, q, base }) => {
    for (let at = base; at < base + levels * q; at += q)
      for (let a = 0; a < q; a++) for (let b = 0; b < a; b++) wanted(at + a, at + b);
  });
  for (let t = 0; t < count; t++) {
    const own = places(pairs.row[t]!);
    const other = places(pairs.partner[t]!);
    for (const r of own) for (const c of other) wanted(r, c);
  }
  const pattern = sparsePattern(size, patternRows, patternColumns);
  const entryOf = new Int32Array(count * width * width);
  for (let t = 0; t < count; t++) {
    const own = places(pairs.row[t]!);
    const other = places(pairs.partner[t]!);
    const alone = pairs.row[t] === pairs.partner[t];
    for (let a = 0; a < width; a++)
      for (let b = 0; b < width; b++)
        entryOf[(t * width + a) * width + b] = alone && own[a]! < other[b]! ? -1 : entryAt(pattern, own[a]!, other[b]!);
  }
  return { pattern, entryOf };
}
