/**
 * The chart of an increasing sequence x_1 < … < x_m: z_1 = x_1, z_k = log(x_k − x_{k−1}). Its Jacobian is triangular, with log determinant
 * Σ_{k>1} z_k.
 */
import type { Chart } from "./chart.ts";

/** The smallest gap that the sequence is taken to have, relative to 1: an exponential that underflows would make two entries one. */
const LEAST_GAP = 1e-300;

export function orderedChart(size: number): Chart {
  return {
    size,
    naturalSize: size,
    toNatural(z, x) {
      let value = z[0]!;
      x[0] = value;
      for (let k = 1; k < size; k++) {
        value += Math.exp(z[k]!);
        x[k] = value;
      }
    },
    toUnconstrained(x, z) {
      // backwards, so that z may be x
      for (let k = size - 1; k > 0; k--) z[k] = Math.log(Math.max(x[k]! - x[k - 1]!, LEAST_GAP));
      z[0] = x[0]!;
    },
    pullback(z, dx, dz) {
      // each gap moves all entries from its own on
      let above = 0;
      for (let k = size - 1; k > 0; k--) {
        above += dx[k]!;
        dz[k]! += above * Math.exp(z[k]!);
      }
      dz[0]! += above + dx[0]!;
    },
    logJacobian(z, dz) {
      let sum = 0;
      for (let k = 1; k < size; k++) {
        sum += z[k]!;
        if (dz) dz[k]! += 1;
      }
      return sum;
    },
  };
}
