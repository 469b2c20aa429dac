/** Products with a precision matrix that is given by pairs of rows, and the adjoints of its entries. */
import type { PairList } from "./correlation.ts";

/** out ← Qx. */
export function multiplyPairs(pairs: PairList, x: Float64Array, columns: number, out: Float64Array): void {
  const { row, partner, stored, precision } = pairs;
  out.fill(0);
  for (let k = 0; k < row.length; k++) {
    const q = precision[stored[k]!]!;
    const i = row[k]! * columns;
    const j = partner[k]! * columns;
    if (i === j) for (let c = 0; c < columns; c++) out[i + c]! += q * x[i + c]!;
    else
      for (let c = 0; c < columns; c++) {
        out[i + c]! += q * x[j + c]!;
        out[j + c]! += q * x[i + c]!;
      }
  }
}

/** adjoint[stored] += Σ_c weight_c f_ic f_jc of each pair. */
export function addPairProducts(
  pairs: PairList,
  f: Float64Array,
  columns: number,
  weight: Float64Array,
  adjoint: Float64Array,
): void {
  const { row, partner, stored } = pairs;
  for (let k = 0; k < row.length; k++) {
    const i = row[k]! * columns;
    const j = partner[k]! * columns;
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += weight[c]! * f[i + c]! * f[j + c]!;
    adjoint[stored[k]!]! += sum;
  }
}
