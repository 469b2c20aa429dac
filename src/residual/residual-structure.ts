/**
 * The residual structure of rows: R = DCD, D = diag(g) of a variance function and C of a correlation structure; the residual covariance is
 * σ²R. Here it is applied to vectors, for residuals and simulation; the integral uses its parts (`marginal/gaussian/residual-gram.ts`).
 */
import { createCorrelation } from "./create-correlation.ts";
import type { ResidualData } from "./residual-data.ts";
import { varianceFunction } from "./variance-function.ts";

export interface ResidualStructure {
  /** Number of parameters ψ. */
  readonly size: number;
  /** Takes ψ[at …]; false where the structure is not defined there. */
  set(psi: Float64Array, at: number): boolean;
  /** g_i, by row of the design. */
  readonly sd: Float64Array;
  /** x ← R^(−1/2)x: by rows of the design, the root being the inverse Cholesky factor in the structure's order. */
  whiten(x: Float64Array): void;
  /** x ← Rx, by rows of the design. */
  multiply(x: Float64Array): void;
  /** x ← R⁻¹x, by rows of the design. */
  solve(x: Float64Array): void;
  /** x ← R^(1/2)x: from independent standard normals to the structure's variances and correlations. */
  colour(x: Float64Array): void;
}

/**
 * @example
 * const structure = residualStructure(data);
 * structure.set(fit.estimate, model.layout.phi.offset + 1);
 * structure.sd; // the residual sd of each row over sigma
 */
export function residualStructure(data: ResidualData): ResidualStructure {
  const { n } = data;
  const variance = varianceFunction(data);
  const correlation = createCorrelation(data, false);
  const order = data.correlation?.order ?? null;
  const sd = new Float64Array(n);
  const ordered = new Float64Array(n);
  const solved = new Float64Array(n);
  const gather = (x: Float64Array) => {
    for (let i = 0; i < n; i++) ordered[i] = order ? x[order[i]!]! : x[i]!;
  };
  const scatter = (x: Float64Array) => {
    for (let i = 0; i < n; i++) x[order ? order[i]! : i] = ordered[i]!;
  };
  return {
    size: variance.size + correlation.size,
    sd,
    set(psi, at) {
      if (!variance.evaluate(psi, at, sd) || !correlation.set(psi, at + variance.size)) return false;
      for (let i = 0; i < n; i++) sd[i] = Math.exp(sd[i]!);
      return true;
    },
    whiten(x) {
      for (let i = 0; i < n; i++) x[i]! /= sd[i]!;
      gather(x);
      correlation.whiten(ordered);
      scatter(x);
    },
    multiply(x) {
      for (let i = 0; i < n; i++) x[i]! *= sd[i]!;
      gather(x);
      correlation.multiply(ordered);
      scatter(x);
      for (let i = 0; i < n; i++) x[i]! *= sd[i]!;
    },
    solve(x) {
      for (let i = 0; i < n; i++) x[i]! /= sd[i]!;
      gather(x);
      correlation.multiplyPrecision(ordered, 1, solved);
      ordered.set(solved);
      scatter(x);
      for (let i = 0; i < n; i++) x[i]! /= sd[i]!;
    },
    colour(x) {
      gather(x);
      correlation.colour(ordered);
      scatter(x);
      for (let i = 0; i < n; i++) x[i]! *= sd[i]!;
    },
  };
}
