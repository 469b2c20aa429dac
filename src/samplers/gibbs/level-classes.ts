/**
 * Levels of a grouping factor put together where their blocks A = Z'WZ are the same, as in balanced data: with random effects integrated out, a
 * class of levels takes E'WE = [X̃ r]'W[X̃ r] down by Σ_rc G_rc Σ_j (Z'WE)_jr'(Z'WE)_jc, G = ΛH⁻¹Λ' and H = I + Λ'AΛ with Λ times √s. So the integrated
 * likelihood costs one small factorisation a class, whatever the number of levels (Harville 1977, "Maximum likelihood approaches to variance component
 * estimation", JASA 72, gives the balanced case).
 */
import { choleskyFactor } from "../../linalg/dense-cholesky.ts";
import { solveLower } from "../../linalg/triangular.ts";
import type { WorkingModel } from "./working-model.ts";

export interface LevelClasses {
  readonly count: number;
  /**
   * Sets `reduced` (k × k row-major, lower triangle) to E'WE less what the effects explain.
   *
   * @param factor √sΛ of the merged effects, q × q lower triangular row-major
   * @returns log|H| over all levels; NaN where H is not positive definite to working precision
   */
  reduce(factor: Float64Array, reduced: Float64Array): number;
}

/** The blocks A of the classes, and room for one. */
interface Classes {
  readonly q: number;
  readonly A: Float64Array;
  readonly product: Float64Array;
  readonly H: Float64Array;
  readonly half: Float64Array;
  readonly G: Float64Array;
}

/** Two effects: the loops of `prepareClass` written out. */
function prepareTwo(s: Classes, start: number, factor: Float64Array): number {
  const { A, G } = s;
  const f00 = factor[0]!;
  const f10 = factor[2]!;
  const f11 = factor[3]!;
  const below = A[start + 2]!;
  const last = A[start + 3]!;
  const product0 = A[start]! * f00 + below * f10;
  const product1 = below * f00 + last * f10;
  const h00 = 1 + f00 * product0 + f10 * product1;
  const h10 = f11 * product1;
  const h11 = 1 + f11 * f11 * last;
  const determinant = h00 * h11 - h10 * h10;
  const i00 = h11 / determinant;
  const i10 = -h10 / determinant;
  const i11 = h00 / determinant;
  const left = f10 * i00 + f11 * i10;
  G[0] = f00 * f00 * i00;
  G[1] = f00 * left;
  G[2] = f10 * left + f11 * (f10 * i10 + f11 * i11);
  return Math.log(determinant);
}

/** G of class c; returns log|H| of one level. */
function prepareClass(s: Classes, c: number, factor: Float64Array): number {
  const { q, A, product, H, half, G } = s;
  if (q === 1) {
    const square = factor[0]! * factor[0]!;
    const h = 1 + square * A[c]!;
    G[0] = square / h;
    return Math.log(h);
  }
  if (q === 2) return prepareTwo(s, 4 * c, factor);
  for (let a = 0; a < q; a++)
    for (let b = 0; b < q; b++) {
      let sum = 0;
      for (let d = b; d < q; d++) sum += A[(c * q + a) * q + d]! * factor[d * q + b]!;
      product[a * q + b] = sum;
    }
  for (let a = 0; a < q; a++)
    for (let b = 0; b <= a; b++) {
      let sum = a === b ? 1 : 0;
      for (let d = a; d < q; d++) sum += factor[d * q + a]! * product[d * q + b]!;
      H[a * q + b] = sum;
    }
  if (!choleskyFactor(H, q)) return Number.NaN;
  // half = L⁻¹Λ', G = half'half.
  for (let a = 0; a < q; a++) for (let b = 0; b < q; b++) half[a * q + b] = b >= a ? factor[b * q + a]! : 0;
  solveLower(H, 0, q, q, half, 0, q);
  let at = 0;
  for (let row = 0; row < q; row++)
    for (let column = 0; column <= row; column++) {
      let sum = 0;
      for (let d = 0; d < q; d++) sum += half[d * q + row]! * half[d * q + column]!;
      G[at++] = sum;
    }
  let determinant = 1;
  for (let a = 0; a < q; a++) determinant *= H[a * q + a]!;
  return 2 * Math.log(determinant);
}

/**
 * The classes of a model whose weights do not change.
 *
 * @returns null without random effects, with several grouping factors, and with a known covariance across levels
 */
export function levelClasses({ grouping, blocks, EE, ZE, k }: WorkingModel): LevelClasses | null {
  const [only, ...others] = grouping.factors;
  if (!only || others.length > 0 || only.known) return null;
  const { levels, q, base } = only;
  const block = blocks[0]!;
  const members = new Map<string, number[]>();
  for (let l = 0; l < levels; l++) {
    const key = block.subarray(l * q * q, (l + 1) * q * q).join();
    const own = members.get(key);
    if (own) own.push(l);
    else members.set(key, [l]);
  }
  const classes = [...members.values()];
  const count = classes.length;
  const sizes = Float64Array.from(classes, (own) => own.length);
  const A = new Float64Array(count * q * q);
  const pairs = (k * (k + 1)) / 2;
  const cells = (q * (q + 1)) / 2;
  // Sums over the levels of a class, by pair of columns b ≤ a of E and cell r ≥ c of G, off-diagonal cells counted twice.
  const products = new Float64Array(count * pairs * cells);
  classes.forEach((own, c) => {
    A.set(block.subarray(own[0]! * q * q, (own[0]! + 1) * q * q), c * q * q);
    for (const l of own) {
      const from = (base + l * q) * k;
      let at = c * pairs * cells;
      for (let a = 0; a < k; a++)
        for (let b = 0; b <= a; b++)
          for (let row = 0; row < q; row++)
            for (let column = 0; column <= row; column++) {
              const value = ZE[from + row * k + a]! * ZE[from + column * k + b]!;
              const mirrored = ZE[from + column * k + a]! * ZE[from + row * k + b]!;
              products[at++]! += row === column ? value : value + mirrored;
            }
    }
  });
  const product = new Float64Array(q * q);
  const H = new Float64Array(q * q);
  const half = new Float64Array(q * q);
  const G = new Float64Array(cells);
  const s: Classes = { q, A, product, H, half, G };

  return {
    count,
    reduce(factor, reduced) {
      let logDet = 0;
      for (let a = 0; a < k; a++) for (let b = 0; b <= a; b++) reduced[a * k + b] = EE[a * k + b]!;
      let at = 0;
      for (let c = 0; c < count; c++) {
        logDet += sizes[c]! * prepareClass(s, c, factor);
        for (let a = 0; a < k; a++)
          for (let b = 0; b <= a; b++) {
            let sum = 0;
            for (let cell = 0; cell < cells; cell++) sum += G[cell]! * products[at++]!;
            reduced[a * k + b]! -= sum;
          }
      }
      return logDet;
    },
  };
}
