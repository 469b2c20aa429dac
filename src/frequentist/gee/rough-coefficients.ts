/**
 * Coefficients near the solution, from a share of the rows under independence: iterated weighted least squares (McCullagh & Nelder 1989, section
 * 2.5) over blocks of rows spread evenly. What they miss of the solution is a few of its standard errors.
 */

import { addCrossProducts, type RowBlock, rowBlock } from "../../linalg/cross-products.ts";
import { choleskyFactor, choleskySolve } from "../../linalg/dense-cholesky.ts";

/** About as many rows are enough, and as many to start those from. */
const ROWS = [8_192, 65_536];
const ITERATIONS = 25;
const HALVINGS = 40;
/** A step this short, in standard errors of these rows, ends the iteration. */
const TOLERANCE = 1e-2;

/** Rows by block as the iteration sees them. */
export interface RowBlocks {
  /** Number of coefficients. */
  readonly p: number;
  /** Number of blocks, and of rows in all but the last. */
  readonly blocks: number;
  readonly rows: number;
  sizeOf(block: number): number;
  /**
   * Fills Z = [∂μ/∂β' | y − μ]/√v of a block at β; false where that is undefined. At β = null the mean is the family's guess from the
   * response, and its linear predictor counts as residual, so that the first step is the first β.
   */
  evaluate(block: number, beta: Float64Array | null, Z: RowBlock): boolean;
}

export type RoughCoefficients = Float64Array | "undefined mean" | "singular information";

/** Iterated least squares over every `stride`th block, from coefficients near its solution where there are some. */
function overBlocks(
  { p, blocks, rows, sizeOf, evaluate }: RowBlocks,
  stride: number,
  near: Float64Array | null,
): RoughCoefficients {
  const q = p + 1;
  const Z = rowBlock(q, rows);
  Z.weight.fill(1);
  const total = new Float64Array(q * q);
  const factor = new Float64Array(p * p);
  const step = new Float64Array(p);
  const beta = near ? near.slice() : new Float64Array(p);
  const products = (at: Float64Array | null): boolean => {
    total.fill(0);
    for (let b = 0; b < blocks; b += stride) {
      if (!evaluate(b, at, Z)) return false;
      addCrossProducts(Z, sizeOf(b), total);
    }
    return true;
  };
  let defined = products(near);
  for (let k = 0; k < ITERATIONS; k++) {
    for (let halving = 0; !defined && k > 0 && halving < HALVINGS; halving++) {
      for (let a = 0; a < p; a++) {
        step[a]! /= 2;
        beta[a]! -= step[a]!;
      }
      defined = products(beta);
    }
    if (!defined) return "undefined mean";
    for (let a = 0; a < p; a++) {
      for (let b = 0; b <= a; b++) factor[a * p + b] = total[a * q + b]!;
      step[a] = total[p * q + a]!;
    }
    if (!choleskyFactor(factor, p)) return "singular information";
    choleskySolve(factor, p, step);
    let square = 0;
    for (let a = 0; a < p; a++) {
      square += step[a]! * total[p * q + a]!;
      beta[a]! += step[a]!;
    }
    if ((k > 0 || near) && square < TOLERANCE * TOLERANCE) break;
    defined = products(beta);
  }
  return beta;
}

/** β from a share of the blocks, or from all of them where a share does not lead to one. */
export function roughCoefficients(data: RowBlocks): RoughCoefficients {
  let near: Float64Array | null = null;
  for (const rows of ROWS) {
    const stride = Math.floor((data.blocks * data.rows) / rows);
    if (stride <= 1) break;
    let shared: RoughCoefficients = overBlocks(data, stride, near);
    if (typeof shared === "string" && near) shared = overBlocks(data, stride, null);
    near = typeof shared === "string" ? null : shared;
  }
  return near ?? overBlocks(data, 1, null);
}
