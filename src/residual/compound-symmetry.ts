/**
 * Compound symmetry in closed form, O(n): C = (1 − ρ)I + ρ11' in a group of m rows has log|C| = (m − 1) log(1 − ρ) + log(1 + (m − 1)ρ)
 * and C⁻¹ = (I − ρ/(1 + (m − 1)ρ) 11')/(1 − ρ). Used where there are no random effects.
 */
import type { Correlation } from "./correlation.ts";

/** @param held ρ when it is not estimated */
export function compoundSymmetry(start: Int32Array, held: number | null): Correlation {
  const groups = start.length - 1;
  let rho = 0;
  let logDet = 0;
  const length = (g: number) => start[g + 1]! - start[g]!;
  return {
    size: held === null ? 1 : 0,
    set(psi, at) {
      rho = held ?? psi[at]!;
      logDet = 0;
      if (!(rho < 1)) return false;
      for (let g = 0; g < groups; g++) {
        const m = length(g);
        const last = 1 + (m - 1) * rho;
        if (!(last > 0)) return false;
        logDet += (m - 1) * Math.log(1 - rho) + Math.log(last);
      }
      return true;
    },
    logDet: () => logDet,
    multiplyPrecision(x, columns, out) {
      for (let g = 0; g < groups; g++) {
        const share = rho / (1 + (length(g) - 1) * rho);
        for (let c = 0; c < columns; c++) {
          let sum = 0;
          for (let i = start[g]!; i < start[g + 1]!; i++) sum += x[i * columns + c]!;
          for (let i = start[g]!; i < start[g + 1]!; i++)
            out[i * columns + c] = (x[i * columns + c]! - share * sum) / (1 - rho);
        }
      }
    },
    pullbackColumns(f, columns, weight, dPsi, at) {
      if (held !== null) return;
      let total = 0;
      for (let g = 0; g < groups; g++) {
        const m = length(g);
        const last = 1 + (m - 1) * rho;
        total += (m - 1) * (1 / last - 1 / (1 - rho));
        for (let c = 0; c < columns; c++) {
          let sum = 0;
          let squares = 0;
          for (let i = start[g]!; i < start[g + 1]!; i++) {
            const value = f[i * columns + c]!;
            sum += value;
            squares += value * value;
          }
          // f'C⁻¹f = (squares − ρ/last sum²)/(1 − ρ)
          const quadratic = squares - (rho / last) * sum * sum;
          total += weight[c]! * (quadratic / (1 - rho) ** 2 - (sum * sum) / (last * last * (1 - rho)));
        }
      }
      dPsi[at]! += total;
    },
    whiten(x) {
      // L of compound symmetry row by row: the mean of the rows before carries all they say of the next one
      for (let g = 0; g < groups; g++) {
        let sum = 0;
        for (let i = start[g]!, k = 0; i < start[g + 1]!; i++, k++) {
          const original = x[i]!;
          const before = 1 + (k - 1) * rho;
          const share = k === 0 ? 0 : rho / before;
          const variance = k === 0 ? 1 : ((1 - rho) * (1 + k * rho)) / before;
          x[i] = (original - share * sum) / Math.sqrt(variance);
          sum += original;
        }
      }
    },
    colour(x) {
      for (let g = 0; g < groups; g++) {
        let sum = 0;
        for (let i = start[g]!, k = 0; i < start[g + 1]!; i++, k++) {
          const before = 1 + (k - 1) * rho;
          const share = k === 0 ? 0 : rho / before;
          const variance = k === 0 ? 1 : ((1 - rho) * (1 + k * rho)) / before;
          x[i] = share * sum + Math.sqrt(variance) * x[i]!;
          sum += x[i]!;
        }
      }
    },
    multiply(x) {
      for (let g = 0; g < groups; g++) {
        let sum = 0;
        for (let i = start[g]!; i < start[g + 1]!; i++) sum += x[i]!;
        for (let i = start[g]!; i < start[g + 1]!; i++) x[i] = (1 - rho) * x[i]! + rho * sum;
      }
    },
  };
}
