/** One grouping factor: H is block-diagonal, one q × q block a level, and everything is a loop over levels. */
import { choleskyFactor, choleskyInverse, symmetrise } from "../../linalg/dense-cholesky.ts";
import { blockDiagonalForm } from "../block-diagonal-form.ts";
import type { RandomEffectsSystem } from "./random-effects-system.ts";

/** @param blocks Z'WZ by level: levels × q × q row-major */
export function blockDiagonalSystem(blocks: Float64Array, levels: number, q: number): RandomEffectsSystem {
  const cells = q * q;
  const factors = new Float64Array(levels * cells);
  const product = new Float64Array(cells);
  const inverse = new Float64Array(cells);
  let lambda: Float64Array = new Float64Array(cells);
  let determinant = 0;

  /** product ← AΛ of one level; Λ is lower triangular. */
  function multiplyByFactor(start: number): void {
    for (let a = 0; a < q; a++)
      for (let b = 0; b < q; b++) {
        let sum = 0;
        for (let c = b; c < q; c++) sum += blocks[start + a * q + c]! * lambda[c * q + b]!;
        product[a * q + b] = sum;
      }
  }

  /** H = LL' of one level, two effects: the loops of `factorise` written out. */
  function factoriseTwo(start: number): boolean {
    const l10 = lambda[2]!;
    const l11 = lambda[3]!;
    const product0 = blocks[start]! * lambda[0]! + blocks[start + 1]! * l10;
    const product1 = blocks[start + 2]! * lambda[0]! + blocks[start + 3]! * l10;
    const first = 1 + lambda[0]! * product0 + l10 * product1;
    const root = Math.sqrt(first);
    const below = (l11 * product1) / root;
    const second = 1 + l11 * blocks[start + 3]! * l11 - below * below;
    factors[start] = root;
    factors[start + 2] = below;
    factors[start + 3] = Math.sqrt(second);
    return first > 0 && first < Number.POSITIVE_INFINITY && second > 0 && second < Number.POSITIVE_INFINITY;
  }

  function factorise(given: readonly Float64Array[]): boolean {
    lambda = given[0]!;
    let logs = 0;
    let pending = 1;
    for (let start = 0; start < factors.length; start += cells) {
      if (q === 2) {
        if (!factoriseTwo(start)) return false;
      } else {
        // product = AΛ, then H = I + Λ'(AΛ); Λ is lower triangular.
        multiplyByFactor(start);
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
    determinant = 2 * (logs + Math.log(pending));
    return determinant < Number.POSITIVE_INFINITY;
  }

  function halfSolve(x: Float64Array, columns: number): void {
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

  function halfSolveTransposed(x: Float64Array, columns: number): void {
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

  function subtractCrossproduct(x: Float64Array, out: Float64Array, columns: number): void {
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
  function invertLevel(start: number): void {
    for (let c = 0; c < cells; c++) inverse[c] = factors[start + c]!;
    choleskyInverse(inverse, q);
    symmetrise(inverse, q);
  }

  /** Σ over levels of 2AΛH⁻¹ for two effects, in scalars. */
  function addLogDetGradientTwo(target: Float64Array): void {
    const l00 = lambda[0]!;
    const l10 = lambda[2]!;
    const l11 = lambda[3]!;
    let d00 = 0;
    let d10 = 0;
    let d11 = 0;
    for (let start = 0; start < factors.length; start += 4) {
      const root = factors[start]!;
      const below = factors[start + 2]!;
      const last = factors[start + 3]!;
      const scale = 1 / (root * last);
      const inverse00 = (below * below + last * last) * scale * scale;
      const inverse10 = -below * root * scale * scale;
      const inverse11 = 1 / (last * last);
      const product00 = blocks[start]! * l00 + blocks[start + 1]! * l10;
      const product10 = blocks[start + 2]! * l00 + blocks[start + 3]! * l10;
      const product11 = blocks[start + 3]! * l11;
      d00 += product00 * inverse00 + blocks[start + 1]! * l11 * inverse10;
      d10 += product10 * inverse00 + product11 * inverse10;
      d11 += product10 * inverse10 + product11 * inverse11;
    }
    target[0]! += 2 * d00;
    target[2]! += 2 * d10;
    target[3]! += 2 * d11;
  }

  function addLogDetGradient(gradient: readonly Float64Array[]): void {
    const target = gradient[0]!;
    if (q === 2) {
      addLogDetGradientTwo(target);
      return;
    }
    for (let start = 0; start < factors.length; start += cells) {
      invertLevel(start);
      multiplyByFactor(start);
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
    quadraticForm: (position, value, count) => blockDiagonalForm(factors, q, position, value, count),
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
