/**
 * What elimination does to a sparse symmetric pattern: the elimination tree (Liu 1990, "The role of elimination trees in sparse
 * factorization") and from it the pattern of the Cholesky factor.
 */

/** The strict lower triangle by rows, after a permutation: row i holds columns `column[start[i]] …`, in no order. */
export interface LowerRows {
  readonly size: number;
  readonly start: Int32Array;
  readonly column: Int32Array;
}

/** Parent of each column, −1 for roots. */
export function eliminationTree(rows: LowerRows): Int32Array {
  const { size, start, column } = rows;
  const parent = new Int32Array(size).fill(-1);
  const ancestor = new Int32Array(size).fill(-1);
  for (let i = 0; i < size; i++)
    for (let p = start[i]!; p < start[i + 1]!; p++) {
      let k = column[p]!;
      // Path compression: all nodes passed now lead straight to i.
      while (ancestor[k]! !== -1 && ancestor[k]! !== i) {
        const next = ancestor[k]!;
        ancestor[k] = i;
        k = next;
      }
      if (ancestor[k]! === -1) {
        ancestor[k] = i;
        parent[k] = i;
      }
    }
  return parent;
}

/** Number of entries below the diagonal in each column of the factor. */
export function factorColumnCounts(rows: LowerRows, parent: Int32Array): Int32Array {
  const counts = new Int32Array(rows.size);
  visitFactor(rows, parent, rows.size, (_, column) => {
    counts[column]!++;
  });
  return counts;
}

/** Calls `visit(row, column)` for every entry below the diagonal in the first `columns` columns of the factor, rows ascending. */
export function visitFactor(
  rows: LowerRows,
  parent: Int32Array,
  columns: number,
  visit: (row: number, column: number) => void,
): void {
  const { size, start, column } = rows;
  const mark = new Int32Array(size).fill(-1);
  for (let i = 0; i < size; i++) {
    mark[i] = i;
    for (let p = start[i]!; p < start[i + 1]!; p++) {
      // The row's pattern is a subtree: climb from each entry until a node already visited for this row.
      for (let k = column[p]!; mark[k]! !== i && k < columns; k = parent[k]!) {
        visit(i, k);
        mark[k] = i;
      }
    }
  }
}
