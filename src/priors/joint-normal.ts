/** A joint normal prior of all coefficients, as a density of the coordinates β̃. */
import { choleskyFactor } from "../linalg/dense-cholesky.ts";
import { solveLower, solveLowerTransposed } from "../linalg/triangular.ts";
import { HALF_LOG_2PI } from "../special/stirling.ts";
import type { LogPrior, PriorUnits } from "./prior-density.ts";

/** Plain data; the covariance is p × p row-major. */
export interface JointNormal {
  readonly mean: readonly number[];
  readonly covariance: readonly number[];
}

/** β = Tβ̃ ~ N(mean, covariance). */
export function jointNormalPrior(
  { mean, covariance }: JointNormal,
  { coefficientMap: T, logDeterminant }: PriorUnits,
): LogPrior {
  const p = mean.length;
  const factor = Float64Array.from(covariance);
  let constant = choleskyFactor(factor, p) ? logDeterminant - p * HALF_LOG_2PI : Number.NaN;
  for (let j = 0; j < p; j++) constant -= Math.log(factor[j * p + j]!);
  const residual = new Float64Array(p);
  return {
    evaluate(z, dz) {
      for (let j = 0; j < p; j++) {
        let beta = 0;
        for (let k = 0; k < p; k++) beta += T[j * p + k]! * z[k]!;
        residual[j] = beta - mean[j]!;
      }
      solveLower(factor, 0, p, p, residual);
      let squares = 0;
      for (let j = 0; j < p; j++) squares += residual[j]! ** 2;
      solveLowerTransposed(factor, 0, p, p, residual);
      for (let k = 0; k < p; k++) {
        let sum = 0;
        for (let j = 0; j < p; j++) sum += T[j * p + k]! * residual[j]!;
        dz[k]! -= sum;
      }
      return constant - 0.5 * squares;
    },
  };
}
