/**
 * Several grouping factors, crossed or nested: Z'WZ is sparse with a q × q block where two levels meet in a row. Its factors are
 * eliminated in order of size, so the largest one's block-diagonal block causes no fill of its own; what is left at the end is
 * dense and goes to the dense kernels (see `linalg/sparse-cholesky.ts`).
 */
import { analyse, type SparseCholesky } from "../../linalg/sparse-cholesky.ts";
import { entriesOnPattern } from "../prior-precision.ts";
import type { Grouping } from "./grouping.ts";
import { groupingPrecision } from "./grouping-precision.ts";
import type { MergedFactor } from "./merged-factor.ts";
import type { RandomEffectsSystem } from "./random-effects-system.ts";
import { factorOfPositions, type SparseCrossproduct } from "./sparse-crossproduct.ts";

/** Z'WZ and H on the pattern of their blocks, and room for a block. */
interface SparseBlocks {
  readonly grouping: Grouping;
  readonly crossproduct: SparseCrossproduct;
  readonly owner: Uint8Array;
  readonly cholesky: SparseCholesky;
  readonly precision: Float64Array;
  readonly system: Float64Array;
  readonly inverse: Float64Array;
  readonly product: Float64Array;
  readonly block: Float64Array;
  readonly inverseBlock: Float64Array;
  lambda: readonly Float64Array[];
  inverted: boolean;
}

/**
 * Copies the block in the columns of a level of factor `own` (q of them, first column `column`), at `below` entries under the
 * diagonal block (−1: the diagonal block itself), `height` rows, into `out`, height × q row-major.
 */
function readBlock(
  s: SparseBlocks,
  source: Float64Array,
  column: number,
  q: number,
  below: number,
  height: number,
  out: Float64Array,
): void {
  const { crossproduct } = s;
  const { pattern } = crossproduct;
  const { columnStart } = pattern;
  if (below < 0) {
    for (let a = 0; a < q; a++) {
      const from = columnStart[column + a]! - a;
      for (let b = a; b < q; b++) out[b * q + a] = out[a * q + b] = source[from + b]!;
    }
    return;
  }
  for (let a = 0; a < q; a++) {
    const from = columnStart[column + a]! + (q - a) + below;
    for (let b = 0; b < height; b++) out[b * q + a] = source[from + b]!;
  }
}

/** Calls `visit` for each stored block: its column's factor, its row's factor, first column, place below the diagonal block. */
function visitBlocks(
  s: SparseBlocks,
  visit: (own: MergedFactor, f: number, other: MergedFactor, g: number, column: number, below: number) => void,
): void {
  const { grouping, crossproduct, owner } = s;
  const { factors } = grouping;
  const { pattern } = crossproduct;
  const { columnStart, rowIndex } = pattern;
  factors.forEach((own, f) => {
    const { levels, q, base } = own;
    for (let l = 0; l < levels; l++) {
      const column = base + l * q;
      visit(own, f, own, f, column, -1);
      const first = columnStart[column]! + q;
      for (let p = first; p < columnStart[column + 1]!; ) {
        const g = owner[rowIndex[p]!]!;
        visit(own, f, factors[g]!, g, column, p - first);
        p += factors[g]!.q;
      }
    }
  });
}

function factorise(s: SparseBlocks, given: readonly Float64Array[]): boolean {
  const { crossproduct, cholesky, precision, system, product, block } = s;
  const { pattern, values } = crossproduct;
  const { columnStart } = pattern;
  s.lambda = given;
  s.inverted = false;
  visitBlocks(s, (own, f, other, g, column, below) => {
    const { q } = own;
    const left = s.lambda[g]!;
    const right = s.lambda[f]!;
    if (q === 1 && other.q === 1) {
      const at = columnStart[column]! + (below < 0 ? 0 : 1 + below);
      system[at] = precision[at]! + left[0]! * values[at]! * right[0]!;
      return;
    }
    const height = other.q;
    readBlock(s, values, column, q, below, height, block);
    for (let b = 0; b < height; b++)
      for (let a = 0; a < q; a++) {
        let sum = 0;
        for (let c = a; c < q; c++) sum += block[b * q + c]! * right[c * q + a]!;
        product[b * q + a] = sum;
      }
    for (let a = 0; a < q; a++) {
      const from = columnStart[column + a]! + (below < 0 ? -a : q - a + below);
      for (let b = below < 0 ? a : 0; b < height; b++) {
        let sum = precision[from + b]!;
        for (let c = b; c < height; c++) sum += left[c * height + b]! * product[c * q + a]!;
        system[from + b] = sum;
      }
    }
  });
  return cholesky.factor(system);
}

function invert(s: SparseBlocks): void {
  const { cholesky, inverse } = s;
  if (!s.inverted) cholesky.selectedInverse(inverse);
  s.inverted = true;
}

function addLogDetGradient(s: SparseBlocks, gradient: readonly Float64Array[]): void {
  const { crossproduct, inverse, block, inverseBlock, lambda } = s;
  const { pattern, values } = crossproduct;
  const { columnStart } = pattern;
  invert(s);
  visitBlocks(s, (own, f, other, g, column, below) => {
    const { q } = own;
    const height = other.q;
    const target = gradient[f]!;
    const across = gradient[g]!;
    if (q === 1 && height === 1) {
      const at = columnStart[column]! + (below < 0 ? 0 : 1 + below);
      const entry = 2 * values[at]! * inverse[at]!;
      target[0]! += entry * lambda[g]![0]!;
      if (below >= 0) across[0]! += entry * lambda[f]![0]!;
      return;
    }
    readBlock(s, values, column, q, below, height, block);
    readBlock(s, inverse, column, q, below, height, inverseBlock);
    // Block of the column's factor: A'Λ_g H⁻¹.
    addTriple(target, q, height, block, 1, q, lambda[g]!, inverseBlock, q, 1);
    // Block of the row's factor: A Λ_f H⁻¹'.
    if (below >= 0) addTriple(across, height, q, block, q, 1, lambda[f]!, inverseBlock, 1, q);
  });
}

/** target (n × n) += 2·A Λ B with A n × m (strides given), Λ m × m lower triangular, B m × n (strides given). */
function addTriple(
  target: Float64Array,
  n: number,
  m: number,
  a: Float64Array,
  aRow: number,
  aColumn: number,
  factor: Float64Array,
  b: Float64Array,
  bRow: number,
  bColumn: number,
): void {
  for (let i = 0; i < n; i++)
    for (let c = 0; c < m; c++) {
      let sum = 0;
      for (let d = c; d < m; d++) sum += a[i * aRow + d * aColumn]! * factor[d * m + c]!;
      for (let j = 0; j < n; j++) target[i * n + j]! += 2 * sum * b[c * bRow + j * bColumn]!;
    }
}

function subtractCrossproduct(s: SparseBlocks, x: Float64Array, out: Float64Array, columns: number): void {
  const { grouping, crossproduct } = s;
  const { size } = grouping;
  const { pattern, values } = crossproduct;
  const { columnStart, rowIndex } = pattern;
  for (let j = 0; j < size; j++) {
    const from = columnStart[j]!;
    const to = columnStart[j + 1]!;
    for (let c = 0; c < columns; c++) {
      const own = x[j * columns + c]!;
      let sum = values[from]! * own;
      for (let p = from + 1; p < to; p++) {
        const target = rowIndex[p]! * columns + c;
        sum += values[p]! * x[target]!;
        out[target]! -= values[p]! * own;
      }
      out[j * columns + c]! -= sum;
    }
  }
}

function inverseBlocks(s: SparseBlocks, f: number, out: Float64Array): void {
  const { grouping, inverse, block } = s;
  const { factors } = grouping;
  invert(s);
  const { levels, q, base } = factors[f]!;
  for (let l = 0; l < levels; l++) {
    readBlock(s, inverse, base + l * q, q, -1, q, block);
    for (let c = 0; c < q * q; c++) out[l * q * q + c] = block[c]!;
  }
}

/** @param crossproduct Z'WZ on a pattern that P has its entries in; the values may be overwritten between factorisations */
export function sparseSystem(grouping: Grouping, crossproduct: SparseCrossproduct): RandomEffectsSystem {
  const { factors, size } = grouping;
  const { pattern, values } = crossproduct;
  const owner = factorOfPositions(grouping);
  const prior = groupingPrecision(grouping);
  // the block of a known covariance is not diagonal, and eliminating it as numbered fills it
  const cholesky = analyse(pattern, prior.blocks.length > 0 ? "minimum-degree" : "cheapest");
  const precision = entriesOnPattern(prior, pattern);
  const system = new Float64Array(values.length);
  const inverse = new Float64Array(values.length);
  const widest = factors.reduce((most, { q }) => Math.max(most, q), 0);
  const product = new Float64Array(widest * widest);
  const block = new Float64Array(widest * widest);
  const inverseBlock = new Float64Array(widest * widest);
  const s: SparseBlocks = {
    grouping,
    crossproduct,
    owner,
    cholesky,
    precision,
    system,
    inverse,
    product,
    block,
    inverseBlock,
    lambda: [],
    inverted: false,
  };

  return {
    size,
    factorise: (given) => factorise(s, given),
    logDet: () => cholesky.logDet() - prior.logDet,
    halfSolve: (x, columns) => cholesky.halfSolve(x, columns),
    halfSolveTransposed: (x, columns) => cholesky.halfSolveTransposed(x, columns),
    quadraticForm: (position, value, count) => cholesky.quadraticForm(position, value, count),
    subtractCrossproduct: (x, out, columns) => subtractCrossproduct(s, x, out, columns),
    addLogDetGradient: (gradient) => addLogDetGradient(s, gradient),
    inverseEntries() {
      invert(s);
      return inverse;
    },
    inverseBlocks: (f, out) => inverseBlocks(s, f, out),
  };
}
