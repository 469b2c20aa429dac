/** Coefficients from the Cholesky factor R of E'V⁻¹E (V in units of σ²), E the orthonormal columns and the residual of `OrthogonalDesign`. */
import { solveLowerTransposed } from "../../linalg/triangular.ts";
import type { OrthogonalDesign } from "./orthogonal-design.ts";

/** @param root k × k row-major lower triangular, k = p + 1 */
export function generalisedLeastSquares(root: Float64Array, { p, transform, removed }: OrthogonalDesign) {
  const k = p + 1;
  /** Rows of the orthonormal columns back to those of X: ← L⁻ᵀ. */
  const toOriginal = (x: Float64Array, columns: number): void =>
    solveLowerTransposed(transform, 0, p, p, x, 0, columns);
  return {
    betaHat(): Float64Array {
      const beta = new Float64Array(p);
      for (let a = 0; a < p; a++) beta[a] = root[p * k + a]!;
      solveLowerTransposed(root, 0, k, p, beta);
      for (let a = 0; a < p; a++) beta[a]! += removed[a]!;
      toOriginal(beta, 1);
      return beta;
    },
    /** (X'V⁻¹X)⁻¹, p × p. */
    covarianceBeta(): Float64Array {
      // M = L⁻ᵀR⁻ᵀ, covariance MM'.
      const m = new Float64Array(p * p);
      for (let a = 0; a < p; a++) m[a * p + a] = 1;
      solveLowerTransposed(root, 0, k, p, m, 0, p);
      toOriginal(m, p);
      const covariance = new Float64Array(p * p);
      for (let a = 0; a < p; a++)
        for (let b = 0; b < p; b++) {
          let sum = 0;
          for (let c = 0; c < p; c++) sum += m[a * p + c]! * m[b * p + c]!;
          covariance[a * p + b] = sum;
        }
      return covariance;
    },
  };
}
