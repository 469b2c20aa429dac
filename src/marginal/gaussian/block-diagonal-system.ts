/** One grouping factor: H is block-diagonal, one q × q block a level, and everything is a loop over levels. */
import { choleskyFactor, choleskyInverse, symmetrise } from "../../linalg/dense-cholesky.ts";
import type { RandomEffectsSystem } from "./random-effects-system.ts";

/** @param blocks Z'WZ by level: levels × q × q row-major */
export function blockDiagonalSystem(blocks: Float64Array, levels: number, q: number): RandomEffectsSystem {
  const cells = q * q;
  const factors = new Float64Array(levels * cells);
  const product = new Float64Array(cells);
  const inverse = new Float64Array(cells);
  let lambda: Float64Array = new Float64Array(cells);
  let determinant = 0;

  function factorise(given: readonly Float64Array[]): boolean {
    lambda = given[0]!;
    let logs = 0;
    let pending = 1;
    for (let start = 0; start < factors.length; start += cells) {
      // product = AΛ, then H = I + Λ'(AΛ); Λ is lower triangular.
      for (let a = 0; a < q; a++)
        for (let b = 0; b < q; b++) {
          let sum = 0;
          for (let c = b; c < q; c++) sum += blocks[start + a * q + c]! * lambda[c * q + b]!;
          product[a * q + b] = sum;
        }
      for (let a = 0; a < q; a++)
        for (let b = 0; b <= a; b++) {
          let sum = a === b ? 1 : 0;
          for (let c = a; c < q; c++) sum += lambda[c * q + a]! * product[c * q + b]!;
          factors[start + a * q + b] = sum;
        }
      if (!choleskyFactor(factors, q, start, q)) return false;
      for (let a = 0; a < q; a++) {
        // Pivots are at least 1: multiply them up and take the logarithm now and then.
        pending *= factors[start + a * q + a]!;
        if (pending > 1e100) {
          logs += Math.log(pending);
          pending = 1;
        }
      }
    }
    determinant = 2 * (logs + Math.log(pending));
    return determinant < Number.POSITIVE_INFINITY;
  }

  function halfSolve(x: Float64Array, columns: number): void {
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

  function halfSolveTransposed(x: Float64Array, columns: number): void {
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

  function subtractCrossproduct(x: Float64Array, out: Float64Array, columns: number): void {
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
  function invertLevel(start: number): void {
    for (let c = 0; c < cells; c++) inverse[c] = factors[start + c]!;
    choleskyInverse(inverse, q);
    symmetrise(inverse, q);
  }

  function addLogDetGradient(gradient: readonly Float64Array[]): void {
    const target = gradient[0]!;
    for (let start = 0; start < factors.length; start += cells) {
      invertLevel(start);
      for (let a = 0; a < q; a++)
        for (let b = 0; b < q; b++) {
          let sum = 0;
          for (let c = b; c < q; c++) sum += blocks[start + a * q + c]! * lambda[c * q + b]!;
          product[a * q + b] = sum;
        }
      for (let a = 0; a < q; a++)
        for (let b = 0; b <= a; b++) {
          let sum = 0;
          for (let c = 0; c < q; c++) sum += product[a * q + c]! * inverse[c * q + b]!;
          target[a * q + b]! += 2 * sum;
        }
    }
  }

  return {
    size: levels * q,
    factorise,
    logDet: () => determinant,
    halfSolve,
    halfSolveTransposed,
    subtractCrossproduct,
    addLogDetGradient,
    inverseBlocks(_, out) {
      for (let start = 0; start < factors.length; start += cells) {
        invertLevel(start);
        for (let c = 0; c < cells; c++) out[start + c] = inverse[c]!;
      }
    },
  };
}
