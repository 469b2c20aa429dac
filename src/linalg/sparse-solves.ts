/** Solves with the factor of a sparse matrix. */
import { roomFor, type SparseFactor } from "./sparse-factor.ts";
import { solveLower, solveLowerTransposed } from "./triangular.ts";

export function halfSolve(of: SparseFactor, x: Float64Array, columns = 1): void {
  const { pattern, permutation, tail, head, start, diagonal, row, l, lTail } = of;
  const { size } = pattern;
  const wide = roomFor(of, columns);
  for (let k = 0; k < size; k++) {
    const source = permutation[k]! * columns;
    for (let c = 0; c < columns; c++) wide[k * columns + c] = x[source + c]!;
  }
  for (let j = 0; j < head; j++) {
    const root = l[diagonal + j]!;
    for (let c = 0; c < columns; c++) {
      const value = (wide[j * columns + c]! /= root);
      if (value !== 0)
        for (let p = start[j]!, to = start[j + 1]!; p < to; p++) wide[row[p]! * columns + c]! -= l[p]! * value;
    }
  }
  solveLower(lTail, 0, tail, tail, wide, head * columns, columns);
  for (let k = 0; k < size * columns; k++) x[k] = wide[k]!;
}

export function halfSolveTransposed(of: SparseFactor, x: Float64Array, columns = 1): void {
  const { pattern, permutation, tail, head, start, diagonal, row, l, lTail } = of;
  const { size } = pattern;
  const wide = roomFor(of, columns);
  for (let k = 0; k < size * columns; k++) wide[k] = x[k]!;
  solveLowerTransposed(lTail, 0, tail, tail, wide, head * columns, columns);
  for (let j = head - 1; j >= 0; j--) {
    const root = l[diagonal + j]!;
    for (let c = 0; c < columns; c++) {
      let sum = wide[j * columns + c]!;
      for (let p = start[j]!, to = start[j + 1]!; p < to; p++) sum -= l[p]! * wide[row[p]! * columns + c]!;
      wide[j * columns + c] = sum / root;
    }
  }
  for (let k = 0; k < size; k++) {
    const to = permutation[k]! * columns;
    for (let c = 0; c < columns; c++) x[to + c] = wide[k * columns + c]!;
  }
}
