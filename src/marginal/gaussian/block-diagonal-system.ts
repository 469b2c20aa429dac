/** One grouping factor: H is block-diagonal, one q × q block a level, and everything is a loop over levels. */

import { choleskyFactor, choleskyInverse, symmetrise } from "../../linalg/dense-cholesky.ts";
import { blockDiagonalForm } from "../block-diagonal-form.ts";
import type { RandomEffectsSystem } from "./random-effects-system.ts";
import { addLogDetGradientTwo, factoriseTwo } from "./two-effects.ts";

/** Z'WZ and the factors of H by level, and room for one level. */
interface Blocks {
  readonly blocks: Float64Array;
  readonly levels: number;
  readonly q: number;
  readonly cells: number;
  readonly factors: Float64Array;
  readonly product: Float64Array;
  readonly inverse: Float64Array;
  lambda: Float64Array;
  determinant: number;
}

/** product ← AΛ of one level; Λ is lower triangular. */
function multiplyByFactor(s: Blocks, start: number): void {
  const { blocks, q, product, lambda } = s;
  for (let a = 0; a < q; a++)
    for (let b = 0; b < q; b++) {
      let sum = 0;
      for (let c = b; c < q; c++) sum += blocks[start + a * q + c]! * lambda[c * q + b]!;
      product[a * q + b] = sum;
    }
}

function factorise(s: Blocks, given: readonly Float64Array[]): boolean {
  const { blocks, q, cells, factors, product } = s;
  const lambda = given[0]!;
  s.lambda = lambda;
  let logs = 0;
  let pending = 1;
  for (let start = 0; start < factors.length; start += cells) {
    if (q === 2) {
      if (!factoriseTwo(blocks, lambda, factors, start)) return false;
    } else {
      // product = AΛ, then H = I + Λ'(AΛ); Λ is lower triangular.
      multiplyByFactor(s, start);
      for (let a = 0; a < q; a++)
        for (let b = 0; b <= a; b++) {
          let sum = a === b ? 1 : 0;
          for (let c = a; c < q; c++) sum += lambda[c * q + a]! * product[c * q + b]!;
          factors[start + a * q + b] = sum;
        }
      if (!choleskyFactor(factors, q, start, q)) return false;
    }
    for (let a = 0; a < q; a++) {
      // Multiply pivots up and take the logarithm now and then.
      pending *= factors[start + a * q + a]!;
      if (pending > 1e100 || pending < 1e-100) {
        logs += Math.log(pending);
        pending = 1;
      }
    }
  }
  s.determinant = 2 * (logs + Math.log(pending));
  return s.determinant < Number.POSITIVE_INFINITY;
}

function halfSolve(s: Blocks, x: Float64Array, columns: number): void {
  const { levels, q, cells, factors } = s;
  if (q === 2 && columns === 1) {
    for (let start = 0, row = 0; start < factors.length; start += 4, row += 2) {
      const first = x[row]! / factors[start]!;
      x[row] = first;
      x[row + 1] = (x[row + 1]! - factors[start + 2]! * first) / factors[start + 3]!;
    }
    return;
  }
  for (let level = 0; level < levels; level++) {
    const start = level * cells;
    const rows = level * q * columns;
    for (let a = 0; a < q; a++) {
      const diagonal = factors[start + a * q + a]!;
      for (let c = 0; c < columns; c++) {
        let sum = x[rows + a * columns + c]!;
        for (let b = 0; b < a; b++) sum -= factors[start + a * q + b]! * x[rows + b * columns + c]!;
        x[rows + a * columns + c] = sum / diagonal;
      }
    }
  }
}

function halfSolveTransposed(s: Blocks, x: Float64Array, columns: number): void {
  const { levels, q, cells, factors } = s;
  if (q === 2 && columns === 1) {
    for (let start = 0, row = 0; start < factors.length; start += 4, row += 2) {
      const second = x[row + 1]! / factors[start + 3]!;
      x[row + 1] = second;
      x[row] = (x[row]! - factors[start + 2]! * second) / factors[start]!;
    }
    return;
  }
  for (let level = 0; level < levels; level++) {
    const start = level * cells;
    const rows = level * q * columns;
    for (let a = q - 1; a >= 0; a--) {
      const diagonal = factors[start + a * q + a]!;
      for (let c = 0; c < columns; c++) {
        let sum = x[rows + a * columns + c]!;
        for (let b = a + 1; b < q; b++) sum -= factors[start + b * q + a]! * x[rows + b * columns + c]!;
        x[rows + a * columns + c] = sum / diagonal;
      }
    }
  }
}

function subtractCrossproduct(s: Blocks, x: Float64Array, out: Float64Array, columns: number): void {
  const { blocks, levels, q, cells, factors } = s;
  if (q === 2 && columns === 1) {
    for (let start = 0, row = 0; start < factors.length; start += 4, row += 2) {
      const first = x[row]!;
      const second = x[row + 1]!;
      out[row]! -= blocks[start]! * first + blocks[start + 1]! * second;
      out[row + 1]! -= blocks[start + 2]! * first + blocks[start + 3]! * second;
    }
    return;
  }
  for (let level = 0; level < levels; level++) {
    const start = level * cells;
    const rows = level * q * columns;
    for (let a = 0; a < q; a++)
      for (let c = 0; c < columns; c++) {
        let sum = 0;
        for (let b = 0; b < q; b++) sum += blocks[start + a * q + b]! * x[rows + b * columns + c]!;
        out[rows + a * columns + c]! -= sum;
      }
  }
}

/** H⁻¹ of one level into `inverse`, symmetric. */
function invertLevel(s: Blocks, start: number): void {
  const { q, cells, factors, inverse } = s;
  for (let c = 0; c < cells; c++) inverse[c] = factors[start + c]!;
  choleskyInverse(inverse, q);
  symmetrise(inverse, q);
}

function addLogDetGradient(s: Blocks, gradient: readonly Float64Array[]): void {
  const { blocks, q, cells, factors, product, inverse, lambda } = s;
  const target = gradient[0]!;
  if (q === 2) {
    addLogDetGradientTwo(blocks, lambda, factors, target);
    return;
  }
  for (let start = 0; start < factors.length; start += cells) {
    invertLevel(s, start);
    multiplyByFactor(s, start);
    for (let a = 0; a < q; a++)
      for (let b = 0; b <= a; b++) {
        let sum = 0;
        for (let c = 0; c < q; c++) sum += product[a * q + c]! * inverse[c * q + b]!;
        target[a * q + b]! += 2 * sum;
      }
  }
}

/** @param blocks Z'WZ by level: levels × q × q row-major */
export function blockDiagonalSystem(blocks: Float64Array, levels: number, q: number): RandomEffectsSystem {
  const cells = q * q;
  const factors = new Float64Array(levels * cells);
  const product = new Float64Array(cells);
  const inverse = new Float64Array(cells);
  const s: Blocks = {
    blocks,
    levels,
    q,
    cells,
    factors,
    product,
    inverse,
    lambda: new Float64Array(cells),
    determinant: 0,
  };

  return {
    size: levels * q,
    factorise: (given) => factorise(s, given),
    logDet: () => s.determinant,
    halfSolve: (x, columns) => halfSolve(s, x, columns),
    halfSolveTransposed: (x, columns) => halfSolveTransposed(s, x, columns),
    quadraticForm: (position, value, count) => blockDiagonalForm(factors, q, position, value, count),
    subtractCrossproduct: (x, out, columns) => subtractCrossproduct(s, x, out, columns),
    addLogDetGradient: (gradient) => addLogDetGradient(s, gradient),
    inverseBlocks(_, out) {
      for (let start = 0; start < factors.length; start += cells) {
        invertLevel(s, start);
        for (let c = 0; c < cells; c++) out[start + c] = inverse[c]!;
      }
    },
  };
}
