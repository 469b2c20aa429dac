/**
 * Where the entries of a symmetric sparse matrix are: its lower triangle, column by column (compressed sparse columns).
 * Every diagonal entry is present and is the first of its column; rows ascend within a column.
 */
export interface SparsePattern {
  /** Order of the matrix. */
  readonly size: number;
  /** Length size + 1: column j holds entries columnStart[j] … columnStart[j+1] − 1. */
  readonly columnStart: Int32Array;
  /** Row of each entry, ≥ its column. */
  readonly rowIndex: Int32Array;
}

/**
 * The pattern with an entry for every given pair, each pair once, and all diagonal entries.
 *
 * @param rows, columns pairs in any order, either triangle, repetitions allowed
 * @example
 * sparsePattern(3, [2], [0]); // columnStart [0, 2, 3, 4], rowIndex [0, 2, 1, 2]
 */
export function sparsePattern(size: number, rows: ArrayLike<number>, columns: ArrayLike<number>): SparsePattern {
  const entries = rows.length;
  // Two counting sorts, by row and then by column, leave rows ascending within columns.
  const byRow = new Int32Array(size + 1);
  for (let e = 0; e < entries; e++) byRow[Math.max(rows[e]!, columns[e]!) + 1]!++;
  for (let i = 0; i < size; i++) byRow[i + 1]! += byRow[i]!;
  const sortedRow = new Int32Array(entries);
  const sortedColumn = new Int32Array(entries);
  const counts = new Int32Array(size + 1);
  for (let e = 0; e < entries; e++) {
    const i = Math.max(rows[e]!, columns[e]!);
    const j = Math.min(rows[e]!, columns[e]!);
    const at = byRow[i]!++;
    sortedRow[at] = i;
    sortedColumn[at] = j;
  }
  const last = new Int32Array(size);
  for (let j = 0; j < size; j++) last[j] = j;
  counts.fill(1, 1);
  for (let e = 0; e < entries; e++) {
    const j = sortedColumn[e]!;
    if (sortedRow[e]! > last[j]!) {
      last[j] = sortedRow[e]!;
      counts[j + 1]!++;
    }
  }
  for (let j = 0; j < size; j++) counts[j + 1]! += counts[j]!;
  const rowIndex = new Int32Array(counts[size]!);
  const next = counts.slice(0, size);
  for (let j = 0; j < size; j++) {
    last[j] = j;
    rowIndex[next[j]!++] = j;
  }
  for (let e = 0; e < entries; e++) {
    const j = sortedColumn[e]!;
    if (sortedRow[e]! > last[j]!) {
      last[j] = sortedRow[e]!;
      rowIndex[next[j]!++] = sortedRow[e]!;
    }
  }
  return { size, columnStart: counts, rowIndex };
}

/** Position of entry (row, column) of the lower triangle in the pattern, or −1. Binary search. */
export function entryPosition(pattern: SparsePattern, row: number, column: number): number {
  let low = pattern.columnStart[column]!;
  let high = pattern.columnStart[column + 1]! - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const at = pattern.rowIndex[middle]!;
    if (at === row) return middle;
    if (at < row) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
