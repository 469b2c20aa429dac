/**
 * The factors Λ of a grouping, relative to σ, one block a grouping factor, with their products and the gradient of a function of them.
 */
import type { Grouping } from "./grouping.ts";

export interface FactorBlocks {
  /** One q × q row-major relative Λ a factor, as last set. */
  readonly lambda: readonly Float64Array[];
  /** Sets Λ from its entries θ (layout order), times `scale`, of terms with given standard deviations times `given`, default `scale`. */
  fill(theta: Float64Array, offset: number, scale: number, given?: number): void;
  /** X ← Λ'X, X size × columns. */
  multiplyFactorTransposed(x: Float64Array, columns: number): void;
  /** out ← ΛX. */
  multiplyFactor(x: Float64Array, out: Float64Array, columns: number): void;
  /** Sets the gradient blocks to zero, one q × q block a factor, and returns them. */
  clearGradient(): readonly Float64Array[];
  /** Adds scale · Σ over levels of f_l u_l' to the gradient blocks; f and u are size × columns, column c is taken with weight[c]. */
  addOuterProducts(f: Float64Array, u: Float64Array, columns: number, weight: Float64Array, scale: number): void;
  /** Adds the gradient blocks to the gradient in the entries θ, both at `offset`, times `scale`, or `given` as above. */
  addGradient(theta: Float64Array, out: Float64Array, offset: number, scale: number, given?: number): void;
  /** The derivative in log c, at c = 1, of what the gradient blocks are of, where the Λ of terms with given standard deviations is cΛ. */
  slopeOfGiven(): number;
}

export function factorBlocks(grouping: Pick<Grouping, "factors" | "lambda">): FactorBlocks {
  const { factors } = grouping;
  const lambda = factors.map(({ q }) => new Float64Array(q * q));
  const gradient = factors.map(({ q }) => new Float64Array(q * q));
  return {
    lambda,
    fill(theta, offset, scale, given = scale) {
      grouping.lambda.fill(theta, offset, scale, lambda, given);
    },
    multiplyFactorTransposed(x, columns) {
      for (let f = 0; f < factors.length; f++) {
        const { q, levels, base } = factors[f]!;
        const block = lambda[f]!;
        if (q === 2 && columns === 1) {
          const [l00, l10, l11] = [block[0]!, block[2]!, block[3]!];
          for (let at = base; at < base + 2 * levels; at += 2) {
            x[at] = l00 * x[at]! + l10 * x[at + 1]!;
            x[at + 1]! *= l11;
          }
          continue;
        }
        for (let l = 0; l < levels; l++) {
          const start = (base + l * q) * columns;
          for (let a = 0; a < q; a++)
            for (let c = 0; c < columns; c++) {
              // Entry a needs only entries b ≥ a, which are still old.
              let sum = 0;
              for (let b = a; b < q; b++) sum += block[b * q + a]! * x[start + b * columns + c]!;
              x[start + a * columns + c] = sum;
            }
        }
      }
    },
    multiplyFactor(x, out, columns) {
      for (let f = 0; f < factors.length; f++) {
        const { q, levels, base } = factors[f]!;
        const block = lambda[f]!;
        if (q === 2 && columns === 1) {
          const [l00, l10, l11] = [block[0]!, block[2]!, block[3]!];
          for (let at = base; at < base + 2 * levels; at += 2) {
            out[at] = l00 * x[at]!;
            out[at + 1] = l10 * x[at]! + l11 * x[at + 1]!;
          }
          continue;
        }
        for (let l = 0; l < levels; l++) {
          const start = (base + l * q) * columns;
          for (let a = 0; a < q; a++)
            for (let c = 0; c < columns; c++) {
              let sum = 0;
              for (let b = 0; b <= a; b++) sum += block[a * q + b]! * x[start + b * columns + c]!;
              out[start + a * columns + c] = sum;
            }
        }
      }
    },
    clearGradient() {
      for (const block of gradient) block.fill(0);
      return gradient;
    },
    addOuterProducts(f, u, columns, weight, scale) {
      for (let g = 0; g < factors.length; g++) {
        const { q, levels, base } = factors[g]!;
        const target = gradient[g]!;
        if (q === 2 && columns === 1) {
          let [d00, d10, d11] = [0, 0, 0];
          for (let at = base; at < base + 2 * levels; at += 2) {
            d00 += f[at]! * u[at]!;
            d10 += f[at + 1]! * u[at]!;
            d11 += f[at + 1]! * u[at + 1]!;
          }
          const share = scale * weight[0]!;
          target[0]! += share * d00;
          target[2]! += share * d10;
          target[3]! += share * d11;
          continue;
        }
        for (let l = 0; l < levels; l++) {
          const start = (base + l * q) * columns;
          for (let a = 0; a < q; a++)
            for (let b = 0; b <= a; b++) {
              let sum = 0;
              for (let c = 0; c < columns; c++)
                sum += weight[c]! * f[start + a * columns + c]! * u[start + b * columns + c]!;
              target[a * q + b]! += scale * sum;
            }
        }
      }
    },
    addGradient(theta, out, offset, scale, given = scale) {
      grouping.lambda.addGradient(gradient, theta, offset, scale, out, offset, given);
    },
    slopeOfGiven: () => grouping.lambda.slopeOfGiven(lambda, gradient),
  };
}
