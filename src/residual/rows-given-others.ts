/**
 * Each row's distribution given the residuals of all other rows (Sundararajan & Keerthi 2001, Neural Computation 13; Bürkner, Gabry & Vehtari 2021,
 * Computational Statistics 36, eq. 5): with Q = R⁻¹ and e = y − μ, row i has mean y_i − (Qe)_i/Q_ii and variance σ²/Q_ii.
 */
import { HALF_LOG_2PI } from "../special/stirling.ts";
import { createCorrelation } from "./create-correlation.ts";
import { multiplyPairs } from "./paired.ts";
import type { ResidualData } from "./residual-data.ts";
import { varianceFunction } from "./variance-function.ts";

export interface RowsGivenOthers {
  /** Takes ψ[at …]; false where the structure is not defined there. */
  set(psi: Float64Array, at: number): boolean;
  /** Writes log p(y_i | the other rows) into `out`: e = y − μ by row of the design, σ the residual sd. */
  evaluate(e: Float64Array, sigma: number, out: Float64Array): void;
}

/**
 * @param weights precision weights of the rows; null = 1
 * @example
 * const rows = rowsGivenOthers(model.residual.data!, null);
 * if (rows.set(x, sigmaAt + 1)) rows.evaluate(e, x[sigmaAt]!, out);
 */
export function rowsGivenOthers(data: ResidualData, weights: Float64Array | null): RowsGivenOthers {
  const { n } = data;
  const variance = varianceFunction(data);
  const correlation = createCorrelation(data, true);
  const pairs = correlation.pairs!;
  const order = data.correlation?.order ?? null;
  const logSd = new Float64Array(n);
  const scaled = new Float64Array(n);
  const product = new Float64Array(n);
  const diagonal = new Float64Array(n);
  return {
    set(psi, at) {
      if (!variance.evaluate(psi, at, logSd) || !correlation.set(psi, at + variance.size)) return false;
      if (weights) for (let i = 0; i < n; i++) logSd[i]! -= 0.5 * Math.log(weights[i]!);
      const { row, partner, stored, precision } = pairs;
      for (let k = 0; k < row.length; k++) if (row[k] === partner[k]) diagonal[row[k]!] = precision[stored[k]!]!;
      return true;
    },
    evaluate(e, sigma, out) {
      for (let k = 0; k < n; k++) {
        const i = order ? order[k]! : k;
        scaled[k] = e[i]! / (sigma * Math.exp(logSd[i]!));
      }
      multiplyPairs(pairs, scaled, 1, product);
      const logSigma = Math.log(sigma);
      for (let k = 0; k < n; k++) {
        const i = order ? order[k]! : k;
        const q = diagonal[k]!;
        out[i] = 0.5 * Math.log(q) - HALF_LOG_2PI - logSigma - logSd[i]! - (0.5 * product[k]! ** 2) / q;
      }
    },
  };
}
